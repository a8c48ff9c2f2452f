import type { Random } from './random.ts';
import {
  type ApplicationWords,
  applicationText,
  environmentText,
  type StrategyName,
  stagingText,
  targetText,
  templates,
  type Waves,
} from './scenarios/documents.ts';
import { allowed, rushHours } from './scenarios/freezes.ts';
import type { Deed } from './words.ts';

/** The application that every world has. */
export const applicationName = 'shop';

/** An application of a simulated world: its file, its path, and how visitors are told apart. */
export type Delivered = {
  readonly name: string;
  readonly path: string;
  readonly environments: readonly string[];
  /** A visitor stays on the version it met. */
  readonly isSticky: boolean;
  /** Its document; people edit its replicas in the middle. */
  readonly text: (replicas: number) => string;
};

export type Copies = 'good' | 'never' | 'fickle';

export type Place = {
  readonly name: string;
  readonly path: string;
  /** Its document with the lines of freeze windows. */
  readonly text: (freeze: string) => string;
};

/** What is declared in the config repository of one simulated world. */
export type Scenario = {
  readonly name: string;
  readonly files: { readonly [path: string]: string };
  readonly applications: readonly Delivered[];
  readonly environments: readonly Place[];
  /** Every application with each environment on its path. */
  readonly deliveries: readonly { readonly application: string; readonly environment: string }[];
  /** Target → environment. */
  readonly targets: { readonly [target: string]: string };
  /** The first release is stable everywhere when the world begins. */
  readonly settled: boolean;
  /** A rollout may end without one of its targets. */
  readonly spares: boolean;
  /** How fresh copies of stable releases fare: `never` ready, or `fickle`, which is now and then. */
  readonly copies: Copies;
  /** What people do here besides, once each. */
  readonly habits: readonly Deed[];
};

/** Where Git says which release an application has in an environment. */
export const releasePath = (application: string, environment: string): string =>
  `environments/${environment}/${application}.yaml`;

type Settings = {
  readonly strategy: StrategyName;
  readonly replicas: number;
  readonly waves: Waves;
  readonly staging: boolean;
  readonly onNewRelease: 'supersede' | 'queue';
  readonly onInconclusive: 'hold' | 'rollback';
  readonly maxUnavailable: number;
  /** Freeze windows of production. */
  readonly freeze: string;
  /** Applications beside the shop, in the same environments on the same targets. */
  readonly others: readonly Pick<ApplicationWords, 'name' | 'strategy' | 'onNewRelease'>[];
  readonly settled: boolean;
  readonly copies: Copies;
};

function applicationsOf({ others, strategy, staging, ...rest }: Settings): readonly Delivered[] {
  const { onNewRelease, onInconclusive } = rest;
  const environments = [...(staging ? ['staging'] : []), 'production'];
  return [{ name: applicationName, strategy, onNewRelease }, ...others].map((own): Delivered => {
    const words = { ...own, environments, onInconclusive };
    return {
      name: own.name,
      path: `applications/${own.name}.yaml`,
      environments,
      isSticky: own.strategy === 'routed',
      text: (replicas) => applicationText(words, replicas),
    };
  });
}

function environmentsOf({ waves, staging, maxUnavailable }: Settings): readonly Place[] {
  const production: Place = {
    name: 'production',
    path: 'environments/production.yaml',
    text: (freeze) => environmentText('production', waves, maxUnavailable, freeze),
  };
  const before = { name: 'staging', path: 'environments/staging.yaml', text: stagingText };
  return staging ? [before, production] : [production];
}

/** Where changes are frozen now and then, people ask for more of them, and for a way around. */
const frozenHabits: readonly Deed[] = ['freeze', 'release', 'overrideFreeze', 'rollback'];

function scenarioOf(name: string, settings: Settings): Scenario {
  const { waves, staging, replicas, freeze, settled, copies } = settings;
  const [applications, environments] = [applicationsOf(settings), environmentsOf(settings)];
  const targets: Record<string, string> = staging ? { 'test-1': 'staging' } : {};
  for (const target of waves.flat()) targets[target] = 'production';
  const files: Record<string, string> = { ...templates };
  for (const one of applications) files[one.path] = one.text(replicas);
  for (const one of environments)
    files[one.path] = one.text(one.name === 'production' ? freeze : '');
  for (const target of Object.keys(targets)) files[`targets/${target}.yaml`] = targetText(target);
  const deliveries = applications.flatMap((one) =>
    one.environments.map((environment) => ({ application: one.name, environment })),
  );
  const habits: readonly Deed[] = freeze === '' ? [] : frozenHabits;
  const spares = settings.maxUnavailable > 0 && Object.keys(targets).length > 1;
  const world = { name, files, applications, environments, deliveries, targets, settled };
  return { ...world, spares, copies, habits };
}

const usual: Settings = {
  strategy: 'short',
  replicas: 2,
  waves: [['eu-1'], ['us-1']],
  staging: false,
  onNewRelease: 'supersede',
  onInconclusive: 'hold',
  maxUnavailable: 0,
  freeze: '',
  others: [],
  settled: true,
  copies: 'good',
};

const cart = { name: 'cart', strategy: 'blueGreen', onNewRelease: 'queue' } as const;
const search = { name: 'search', strategy: 'brief', onNewRelease: 'supersede' } as const;

const all: { readonly [name: string]: Settings } = {
  canary: usual,
  canaryOneWave: { ...usual, strategy: 'brief', waves: [['eu-1', 'us-1']], maxUnavailable: 1 },
  canaryQueue: {
    ...usual,
    strategy: 'canary',
    waves: [['eu-1']],
    onNewRelease: 'queue',
    onInconclusive: 'rollback',
    replicas: 3,
  },
  manual: { ...usual, strategy: 'manual', waves: [['eu-1']] },
  blueGreen: { ...usual, strategy: 'blueGreen', waves: [['eu-1', 'us-1']], maxUnavailable: 1 },
  blueGreenQueue: { ...usual, strategy: 'blueGreen', onNewRelease: 'queue', waves: [['eu-1']] },
  progressive: {
    ...usual,
    strategy: 'progressive',
    replicas: 4,
    waves: [['eu-1']],
    maxUnavailable: 1,
  },
  twoStops: { ...usual, strategy: 'brief', staging: true, waves: [['eu-1']] },
  first: { ...usual, waves: [['eu-1']], settled: false },
  firstBlueGreen: { ...usual, strategy: 'blueGreen', waves: [['eu-1']], settled: false },
};

/** Of what only some repositories have: freeze windows, requests that are told apart, and fresh copies. */
const special: { readonly [name: string]: Settings } = {
  frozen: { ...usual, strategy: 'brief', freeze: rushHours },
  frozenQueue: { ...usual, strategy: 'brief', onNewRelease: 'queue', freeze: allowed },
  routed: { ...usual, strategy: 'routed', waves: [['eu-1']] },
  abTest: { ...usual, strategy: 'abTest', waves: [['eu-1']] },
  copied: { ...usual, strategy: 'copied', replicas: 3 },
  copiedParts: { ...usual, strategy: 'copiedParts', waves: [['eu-1', 'us-1']], maxUnavailable: 1 },
  copiedNever: { ...usual, strategy: 'copied', waves: [['eu-1']], copies: 'never' },
  copiedNowAndThen: { ...usual, strategy: 'copied', copies: 'fickle', onNewRelease: 'queue' },
  abTestHeld: { ...usual, strategy: 'abTestHeld', onNewRelease: 'queue', waves: [['eu-1']] },
};

/** Several applications, which share environments and targets. */
const shared: { readonly [name: string]: Settings } = {
  neighbours: { ...usual, strategy: 'progressive', waves: [['eu-1']], others: [cart] },
  threeApplications: { ...usual, strategy: 'brief', waves: [['eu-1']], others: [cart, search] },
  twoStopsOfTwo: {
    ...usual,
    strategy: 'brief',
    staging: true,
    waves: [['eu-1']],
    others: [search],
  },
};

const listed = (settings: typeof all): readonly Scenario[] =>
  Object.entries(settings).map(([name, one]) => scenarioOf(name, one));

const [often, seldom, rarely] = [listed(all), listed(special), listed(shared)];

export const scenarios: readonly Scenario[] = [...often, ...seldom, ...rarely];

/** One world in forty has several applications, and one in six something special. */
export function draw(random: Random): Scenario {
  const roll = random.next();
  return random.pick(roll < 0.82 ? often : roll < 0.975 ? seldom : rarely);
}
