/** The documents of the simulated config repositories, as people would write them. */

export const strategies = {
  canary: `    canary:
      steps:
        - setWeight: 20
        - analysis: { templates: [answers] }
        - setWeight: 60
        - pause: { duration: 10s }
      backgroundAnalysis: { templates: [traffic], startingStep: 1 }
`,
  short: `    canary:
      steps:
        - setWeight: 40
        - analysis: { templates: [answers] }
      backgroundAnalysis: { templates: [traffic] }
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
  brief: `    canary:
      steps:
        - setWeight: 50
        - pause: { duration: 3s }
`,
  copied: `    canary:
      baseline: fresh
      steps:
        - setWeight: 30
        - analysis: { templates: [compared] }
        - setWeight: 60
        - analysis: { templates: [answers] }
      backgroundAnalysis: { templates: [compared] }
`,
  copiedParts: `    progressive:
      baseline: fresh
      steps:
        - { percent: 50, pause: 5s, analysis: { templates: [compared] } }
`,
  routed: `    canary:
      steps:
        - setHeaderRoute: { match: [{ header: { name: x-beta, exact: "yes" } }] }
        - pause: { duration: 4s }
        - setWeight: 30
        - setHeaderRoute: { match: [] }
        - analysis: { templates: [answers] }
      sticky: { cookie: seen, ttl: 10m }
`,
  abTest: `    abTest:
      match:
        - header: { name: x-beta, exact: "yes" }
        - cookie: { name: beta, prefix: "on" }
      duration: 12s
      analysis: { templates: [traffic] }
`,
  abTestHeld: `    abTest:
      match: [{ header: { name: x-beta, regex: "^y" } }]
      duration: 8s
      onSuccess: hold
`,
} as const;

export type StrategyName = keyof typeof strategies;

export type ApplicationWords = {
  readonly name: string;
  readonly environments: readonly string[];
  readonly strategy: StrategyName;
  readonly onNewRelease: 'supersede' | 'queue';
  readonly onInconclusive: 'hold' | 'rollback';
};

export function applicationText(words: ApplicationWords, replicas: number): string {
  const { name, environments, strategy, onNewRelease, onInconclusive } = words;
  return `apiVersion: tidegate.dev/v1
kind: Application
metadata: { name: ${name} }
spec:
  owner: team
  source: { repository: ../service.git }
  run: { command: [node, server.js] }
  replicas: ${replicas}
  environments: [${environments.map((one) => `{ name: ${one} }`).join(', ')}]
  progressDeadline: 60s
  onNewRelease: ${onNewRelease}
  onInconclusive: ${onInconclusive}
  strategy:
${strategies[strategy]}`;
}

const head = (kind: string, name: string): string =>
  `apiVersion: tidegate.dev/v1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec:\n`;

export type Waves = readonly (readonly string[])[];

/** `freeze` is the lines of its windows; none when it is empty. */
export function environmentText(
  name: string,
  waves: Waves,
  maxUnavailable: number,
  freeze: string,
): string {
  const list = waves
    .map((targets, n) => `    - { targets: [${targets.join(', ')}], soak: ${n === 0 ? 5 : 0}s }\n`)
    .join('');
  const windows = freeze === '' ? '' : `  freeze:\n${freeze}`;
  return `${head('Environment', name)}  waves:\n${list}  maxUnavailable: ${maxUnavailable}\n${windows}`;
}

/** One lone target, without a soak. */
export const stagingText = (freeze: string): string =>
  `${head('Environment', 'staging')}  waves: [{ targets: [test-1] }]\n${freeze === '' ? '' : `  freeze:\n${freeze}`}`;

export const targetText = (name: string): string => `${head('Target', name)}  driver: simulated\n`;

export type WindowWords = {
  readonly name: string;
  readonly kind: 'deny' | 'allow';
  /** ms since the epoch */
  readonly from: number;
  readonly rule: string;
  readonly seconds: number;
};

export function windowText({ name, kind, from, rule, seconds }: WindowWords): string {
  const start = new Date(from).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return `    - { name: ${name}, kind: ${kind}, rrule: "DTSTART:${start}\\nRRULE:${rule}", duration: ${seconds}s }\n`;
}

export const templates = {
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
  'templates/compared.yaml': `${head('AnalysisTemplate', 'compared')}  metrics:
    - name: errors
      provider: { router: {} }
      interval: 5s
      count: 2
      successCondition: result.errorRate <= stable.errorRate + 0.05
      failureLimit: 2
      inconclusiveLimit: 6
`,
};
