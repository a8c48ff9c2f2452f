import type { StatusRow } from '../../contract/api/status.ts';
import type { StatusRead } from './reads.ts';

type Verdict = { readonly state: StatusRow['state']; readonly because: string };

/** One line of the status screen. The first rule that fits says what state it is in; each says why. */
export function statusOf(read: StatusRead): StatusRow {
  const { state, because } = verdictOf(read);
  return {
    application: read.application,
    environment: read.environment,
    owner: read.owner,
    stable: read.stable,
    stableCommit: read.stableCommit,
    desiredCommit: read.desiredCommit,
    state,
    because,
    rollout: read.rollout && withTimes(read.rollout),
    endpoints: read.endpoints,
    problems: read.problems,
  };
}

const rules: readonly ((read: StatusRead) => Verdict | null)[] = [
  ({ rollout }) =>
    rollout && !rollout.terminal && rollout.phase === 'rollingBack'
      ? { state: 'rollingBack', because: rollout.because }
      : null,
  ({ rollout }) =>
    rollout && !rollout.terminal && (rollout.phase === 'paused' || rollout.phase === 'pending')
      ? { state: 'waiting', because: rollout.because }
      : null,
  ({ rollout }) =>
    rollout && !rollout.terminal ? { state: 'rollingOut', because: rollout.because } : null,
  ({ declared, waiting }) =>
    !declared
      ? { state: 'notReleased', because: 'Git asks for no release here yet.' }
      : waiting === null
        ? { state: 'waiting', because: 'Git asks for a release; nobody has looked at it yet.' }
        : null,
  ({ rollout, desiredCommit, stableCommit, waiting }) =>
    rollout?.phase === 'rolledBack' && desiredCommit !== stableCommit
      ? { state: 'failed', because: waiting || rollout.because }
      : null,
  ({ stable, waiting }) => (stable === null ? { state: 'waiting', because: waiting ?? '' } : null),
];

function verdictOf(read: StatusRead): Verdict {
  for (const rule of rules) {
    const verdict = rule(read);
    if (verdict) return verdict;
  }
  const { rollout, stable } = read;
  const last = rollout && rollout.release !== stable ? ` The last rollout: ${rollout.because}` : '';
  return { state: 'steady', because: `${stable} is stable.${last}` };
}

/** PostgreSQL writes times inside JSON with an offset; ours are in UTC with a Z. */
const withTimes = (row: NonNullable<StatusRow['rollout']>): NonNullable<StatusRow['rollout']> => ({
  ...row,
  startedAt: new Date(row.startedAt).toISOString(),
  updatedAt: new Date(row.updatedAt).toISOString(),
});
