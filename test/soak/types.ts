/** What is done to the system. A frozen process stands still past its lease; a cut line carries nothing and closes nothing. */
export type BlowKind =
  | 'kill server'
  | 'kill worker'
  | 'kill agent'
  | 'kill postgres'
  | 'freeze server'
  | 'freeze worker'
  | 'freeze agent'
  | 'freeze postgres'
  | 'cut agent'
  | 'cut database'
  | 'fill server'
  | 'fill worker'
  | 'fill agent'
  | 'fill postgres';

export type Blow = {
  readonly kind: BlowKind;
  /** Milliseconds of rest before it. */
  readonly after: number;
  /** Milliseconds that it lasts; a kill takes no time. */
  readonly lasts: number;
  /** Which of several: a whole number, taken modulo how many there are. */
  readonly which: number;
};

export type BlowDone = {
  readonly kind: BlowKind;
  readonly victim: string;
  readonly lasts: number;
  /** Milliseconds from its end until the API, its database and every target were there again. */
  readonly recovered: number;
};

export type Quality = 'good' | 'bad';

/** One version on its way, from the push to the end of its rollout. */
export type Delivery = {
  readonly application: string;
  readonly version: string;
  readonly quality: Quality;
  /** Commit of the service. */
  readonly commit: string;
  readonly release: string | null;
  readonly rollout: string | null;
  /** Phase in which the rollout ended; where it stood when patience did. */
  readonly phase: string;
  readonly ended: boolean;
  readonly because: string;
};

/** What was answered with 2xx, and so must be there for good. */
export type Acknowledged = {
  readonly promotions: readonly string[];
  readonly releases: readonly string[];
};

export type Death = {
  readonly name: string;
  readonly how: string;
  /** Seconds that it lived. */
  readonly lived: number;
  /** A blow did it. */
  readonly meant: boolean;
  /** It could not start, since its database was away. */
  readonly excused: boolean;
  readonly lastWords: string;
};

/** One thing that was promised and did not hold. */
export type Broken = { readonly promise: string; readonly detail: string };

export type RequestCount = {
  readonly sent: number;
  /** Without an answer or answered 5xx, and explained by nothing below. */
  readonly lost: number;
  /** Failed while the agent, which is the router, was dead or stood still. */
  readonly whileAgentWasAway: number;
  /** Answered 5xx by a version that was made to do so. */
  readonly failedByBadVersions: number;
  readonly firstLost: readonly string[];
};

export type SoakReport = {
  readonly seed: number;
  readonly seconds: number;
  readonly blows: readonly BlowDone[];
  readonly deliveries: readonly Delivery[];
  readonly acknowledged: Acknowledged;
  readonly events: number;
  readonly requests: RequestCount;
  readonly deaths: readonly Death[];
  readonly leftOut: readonly string[];
  readonly broken: readonly Broken[];
};
