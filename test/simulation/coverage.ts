import { agentFaults, nudgeFaults } from './faults.ts';
import { metricFaults } from './metrics.ts';
import { runDeeds } from './runs/deeds.ts';
import { spoilings } from './scenarios/spoiled.ts';
import { authorDeeds, deeds, ownFaults } from './words.ts';
import { crashPoints } from './worker.ts';

/** Every kind of fault and deed by the name under which it is counted. */
export const faultKinds: readonly string[] = [
  ...crashPoints.map((point) => `crash-${point}`),
  ...['staleClaim', 'skew', 'tornRead'],
  ...nudgeFaults.map((fault) => `nudge-${fault}`),
  ...['cut', 'oldNews', 'slow', 'refuse', 'halfApply', 'drift', 'lie'],
  ...agentFaults.map((fault) => `agent-${fault}`),
  ...metricFaults.map((fault) => `metric-${fault}`),
  ...['gitAway', 'gitConflict', 'gitMoved', 'gitLostAnswer'],
  ...[...new Set(deeds), ...authorDeeds, 'overrideFreeze'].map((deed) => `person-${deed}`),
  ...spoilings.map((way) => `spoiled-${way}`),
  ...['documentRefused', 'documentMended'],
  ...['freezeHeld', 'freezeOverridden', 'freezeExempt'],
  ...['visitorRouted', 'visitorStayed', 'copyCompared', 'copyGivenUp'],
  ...ownFaults.map((fault) => `own-${fault}`),
  ...new Set(runDeeds.map((deed) => `run-${deed}`)),
  ...['run-refused', 'outside-error', 'outside-silent'],
];

export function addUp(to: Map<string, number>, counts: ReadonlyMap<string, number>): void {
  for (const [name, count] of counts) to.set(name, (to.get(name) ?? 0) + count);
}

/** Those that no seed hit. */
export const missing = (hits: ReadonlyMap<string, number>): readonly string[] =>
  faultKinds.filter((kind) => !hits.has(kind));
