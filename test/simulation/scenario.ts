/** What is declared in the config repository of one simulated world. */
export type Scenario = {
  readonly name: string;
  readonly files: { readonly [path: string]: string };
  readonly environments: readonly string[];
  /** Target → environment. */
  readonly targets: { readonly [target: string]: string };
  readonly replicas: number;
  /** The first release is stable everywhere when the world begins. */
  readonly settled: boolean;
};

export const applicationName = 'shop';

const strategies = {
  canary: `    canary:
      steps:
        - setWeight: 20
        - analysis: { templates: [answers] }
        - setWeight: 60
        - pause: { duration: 10s }
      backgroundAnalysis: { templates: [traffic], startingStep: 1 }
`,
  manual: `    canary:
      steps:
        - setWeight: 10
        - pause: {}
        - setWeight: 50
        - approval: { count: 1 }
`,
  blueGreen: `    blueGreen:
      prePromotionAnalysis: { templates: [answers] }
      postPromotionAnalysis: { templates: [traffic] }
      scaleDownDelay: 10s
`,
  progressive: `    progressive:
      steps:
        - { percent: 50, pause: 5s, analysis: { templates: [answers] } }
        - { percent: 100 }
`,
} as const;

type Settings = {
  readonly strategy: keyof typeof strategies;
  readonly replicas: number;
  readonly waves: readonly (readonly string[])[];
  readonly staging: boolean;
  readonly onNewRelease: 'supersede' | 'queue';
  readonly onInconclusive: 'hold' | 'rollback';
  readonly maxUnavailable: number;
  readonly settled: boolean;
};

/** The application's document; people edit its replicas in the middle. */
export function applicationText(settings: Settings, replicas: number): string {
  const { strategy, staging, onNewRelease, onInconclusive } = settings;
  const path = [...(staging ? ['staging'] : []), 'production'];
  return `apiVersion: tidegate.dev/v1
kind: Application
metadata: { name: ${applicationName} }
spec:
  owner: team
  source: { repository: ../service.git }
  run: { command: [node, server.js] }
  replicas: ${replicas}
  environments: [${path.map((name) => `{ name: ${name} }`).join(', ')}]
  progressDeadline: 60s
  onNewRelease: ${onNewRelease}
  onInconclusive: ${onInconclusive}
  strategy:
${strategies[strategy]}`;
}

const head = (kind: string, name: string): string =>
  `apiVersion: tidegate.dev/v1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec:\n`;

const templates = {
  'templates/answers.yaml': `${head('AnalysisTemplate', 'answers')}  metrics:
    - name: slow
      provider: { web: { url: "http://127.0.0.1:9/slow" } }
      interval: 3s
      count: 2
      failureCondition: result > 0.5
      inconclusiveLimit: 4
`,
  'templates/traffic.yaml': `${head('AnalysisTemplate', 'traffic')}  metrics:
    - name: errors
      provider: { router: {} }
      interval: 5s
      count: 2
      successCondition: result.errorRate <= 0.05
      failureLimit: 2
`,
};

function scenarioOf(name: string, settings: Settings): Scenario {
  const { waves, staging, maxUnavailable } = settings;
  const production = waves
    .map((targets, n) => `    - { targets: [${targets.join(', ')}], soak: ${n === 0 ? 5 : 0}s }\n`)
    .join('');
  const places: Record<string, string> = staging ? { 'test-1': 'staging' } : {};
  for (const target of waves.flat()) places[target] = 'production';
  const files: Record<string, string> = {
    ...templates,
    'applications/shop.yaml': applicationText(settings, settings.replicas),
    'environments/production.yaml': `${head('Environment', 'production')}  waves:\n${production}  maxUnavailable: ${maxUnavailable}\n`,
  };
  if (staging) {
    files['environments/staging.yaml'] =
      `${head('Environment', 'staging')}  waves: [{ targets: [test-1] }]\n`;
  }
  for (const target of Object.keys(places))
    files[`targets/${target}.yaml`] = `${head('Target', target)}  driver: simulated\n`;
  return {
    name,
    files,
    environments: staging ? ['staging', 'production'] : ['production'],
    targets: places,
    replicas: settings.replicas,
    settled: settings.settled,
  };
}

const usual: Settings = {
  strategy: 'canary',
  replicas: 2,
  waves: [['eu-1'], ['us-1']],
  staging: false,
  onNewRelease: 'supersede',
  onInconclusive: 'hold',
  maxUnavailable: 0,
  settled: true,
};

const all: { readonly [name: string]: Settings } = {
  canary: usual,
  canaryOneWave: { ...usual, waves: [['eu-1', 'us-1']], maxUnavailable: 1 },
  canaryQueue: { ...usual, onNewRelease: 'queue', onInconclusive: 'rollback', replicas: 3 },
  manual: { ...usual, strategy: 'manual', waves: [['eu-1']] },
  blueGreen: { ...usual, strategy: 'blueGreen', waves: [['eu-1', 'us-1']], maxUnavailable: 1 },
  blueGreenQueue: { ...usual, strategy: 'blueGreen', onNewRelease: 'queue', waves: [['eu-1']] },
  progressive: { ...usual, strategy: 'progressive', replicas: 4, maxUnavailable: 1 },
  twoStops: { ...usual, strategy: 'progressive', staging: true, waves: [['eu-1']] },
  first: { ...usual, settled: false },
  firstBlueGreen: { ...usual, strategy: 'blueGreen', waves: [['eu-1']], settled: false },
};

export const scenarios: readonly Scenario[] = Object.entries(all).map(([name, settings]) =>
  scenarioOf(name, settings),
);

/** The application's file with other replicas. */
export function withReplicas(scenario: Scenario, replicas: number): string {
  const settings = all[scenario.name];
  if (!settings) throw new Error(`no scenario ${scenario.name}`);
  return applicationText(settings, replicas);
}
