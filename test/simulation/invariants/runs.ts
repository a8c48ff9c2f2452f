import { isDeepStrictEqual } from 'node:util';
import { refusalOfCancel } from '../../../src/capabilities/pipelines/actions.ts';
import type {
  RunState,
  StepEffect,
  StepState,
  StepStatus,
} from '../../../src/capabilities/pipelines/types.ts';
import type { Environment } from '../../../src/contract/kinds/environment.ts';
import type { Pipeline, PipelineSpec } from '../../../src/contract/kinds/pipeline.ts';
import type { PipelineStep } from '../../../src/contract/kinds/pipeline-step.ts';
import type { Json } from '../../../src/platform/ids/types.ts';
import type {
  EffectRow,
  EventRow,
  KeptRun,
  ObjectRow,
  RequestRow,
  StatusRow,
  Tables,
} from '../database/tables.ts';
import { type Change, type Report, rowsOf } from './types.ts';

type RunMove = {
  readonly change: Change;
  readonly id: string;
  readonly was: RunState | null;
  readonly is: RunState;
  readonly spec: PipelineSpec;
  readonly report: Report;
};

const ends: readonly string[] = ['succeeded', 'failed', 'errored', 'cancelled'];
const overs: readonly StepStatus[] = [
  'succeeded',
  'failed',
  'errored',
  'cancelled',
  'skipped',
  'omitted',
];
const isEnded = ({ phase }: RunState): boolean => ends.includes(phase);
const isOver = ({ status }: StepState): boolean => overs.includes(status);
/** Most of what stays as it is stays the same object. */
const isSame = (before: unknown, after: unknown): boolean =>
  before === after || isDeepStrictEqual(before, after);
const stateOf = (row: ObjectRow): RunState => row.state as unknown as RunState;
const effectOf = (payload: Json): StepEffect => payload as unknown as StepEffect;

/** What must hold of runs, after every commit. It knows what was served before, and nothing else. */
export function runChecks(tables: Tables) {
  const served = new Set<string>();
  const note = ({ target, application, report }: StatusRow) => {
    for (const { release, weight } of report.versions)
      if (weight === 100) served.add(`${target}/${application}/${release}`);
  };
  for (const row of tables.statuses.rows.values()) note(row);
  return {
    check: (change: Change, report: Report): void => {
      for (const { after } of rowsOf<StatusRow>(change, 'statuses')) note(after);
      for (const { before, after } of change.objects) {
        if (after.kind !== 'run') continue;
        const is = stateOf(after);
        const spec = tables.specs.rows.get(is.spec) as Pipeline['spec'];
        const move = {
          change,
          id: after.id,
          was: before ? stateOf(before) : null,
          is,
          spec,
          report,
        };
        checkRun(move);
        for (const name of Object.keys(is.steps)) checkStep(move, name, served);
      }
      checkRows(change, report);
    },
    /** An effect of a step is carried out now. */
    run: (kind: string, payload: Json, key: string, report: Report): void => {
      if (!kind.startsWith('step.')) return;
      const { instance, attempt } = effectOf(payload);
      const object = tables.objects.rows.get(key.split('/').slice(0, 2).join('/'));
      const step = object && stateOf(object).steps[instance];
      if (!step || attempt > step.attempt)
        report(
          'an outcome counts for its own attempt alone',
          `${key} is of ${instance}#${attempt}, and the step is at ${step?.attempt}`,
        );
    },
  };
}

function checkRun(move: RunMove): void {
  const { was, is, id, report } = move;
  checkGroup(move);
  checkRunEvents(move);
  if (was && isEnded(was) && !isSame(was, is))
    report('a run that is over never changes', `${id} was ${was.phase} and is ${is.phase}`);
  const refusal = refusalOfCancel(is);
  if (!isEnded(is) && refusal !== null && is.stopping?.entirely !== true)
    report('cancel is accepted until a run is over', `${id} (${is.phase}): ${refusal}`);
  if (was && !isEnded(was) && isCancelled(move) && !isEnded(is) && is.stopping?.as !== 'cancelled')
    report('cancel is accepted until a run is over', `${id} saw a cancel and goes on`);
  if (was && !isEnded(was) && isEnded(is)) checkEnd(move);
}

const requestsOf = ({ change, id }: RunMove): readonly RequestRow[] =>
  rowsOf<RequestRow>(change, 'requests')
    .filter(({ before, after }) => before?.takenAt === null && after.takenAt !== null)
    .map(({ after }) => after)
    .filter(({ objectId }) => objectId === id);

const isCancelled = (move: RunMove): boolean =>
  requestsOf(move).some(({ action }) => action === 'cancel');

function checkGroup({ change, is, report }: RunMove): void {
  const holds = (run: RunState) => run.phase === 'running' || run.phase === 'finishing';
  if (is.group === null || !holds(is)) return;
  const under = [...change.tables.objects.rows.values()].filter(
    (row) => row.kind === 'run' && stateOf(row).group === is.group && holds(stateOf(row)),
  );
  if (under.length > 1)
    report(
      'at most one run of a group is under way',
      `${under.map(({ id }) => id).join(', ')} of ${is.group}`,
    );
}

/** One for its opening, one for its beginning, one for its end, and one for each wish. */
function checkRunEvents(move: RunMove): void {
  const { change, id, was, is, report } = move;
  const events = rowsOf<EventRow>(change, 'events')
    .map(({ after }) => after)
    .filter(({ objectId }) => objectId === id);
  const expect = (types: readonly string[], wanted: number) => {
    const found = events.filter(({ type }) => types.includes(type)).length;
    if (found !== wanted)
      report(
        'a run has one event for its opening and one for its end',
        `${id}: ${found} × ${types.join(', ')} instead of ${wanted}`,
      );
  };
  expect(['run.opened'], was ? 0 : 1);
  expect(['run.started'], was?.startedAt === null && is.startedAt !== null ? 1 : 0);
  for (const end of ends) expect([`run.${end}`], was && !isEnded(was) && is.phase === end ? 1 : 0);
  const wishes = requestsOf(move);
  if (was) expect(['run.cancelRequested', 'step.approved', 'step.rejected'], wishes.length);
}

function checkEnd({ change, id, was, is, spec, report }: RunMove): void {
  const name = 'finally runs unless it was cancelled twice or never began';
  const open = Object.entries(is.steps).filter(([, step]) => !isOver(step));
  if (open.length > 0)
    report(name, `${id} ended with ${open.map(([step]) => step).join(', ')} not over`);
  if (was?.startedAt === null && is.startedAt === null) return;
  const left = spec.finally.filter((step) => is.steps[step.name]?.status === 'omitted');
  if (left.length === 0) return;
  const cancels = [...change.tables.requests.rows.values()].filter(
    ({ objectId, action, takenAt }) => objectId === id && action === 'cancel' && takenAt !== null,
  ).length;
  // A newer run of the group stands for one cancel.
  const isTwice = cancels + (is.group === null ? 0 : 1) >= 2;
  const time = Date.parse(is.endedAt ?? '') - Date.parse(is.finishingAt ?? '');
  if (!isTwice && !(time >= spec.timeout))
    report(name, `${id} ended ${is.phase} without ${left.map((step) => step.name).join(', ')}`);
}

function checkStep(move: RunMove, name: string, served: ReadonlySet<string>): void {
  const { was, is, id, report } = move;
  const [before, after] = [was?.steps[name], is.steps[name]];
  if (!was || !after) return;
  const parent = was.steps[after.step];
  // What a retry of a run had kept of a list gives way when the list is another one.
  const isListed = after.index === null || parent?.status !== 'pending';
  if (before && isListed && isOver(before) && !isSame(before, after))
    report(
      'a step that is over never changes',
      `${id} ${name} was ${before.status} and is ${after.status}: ${after.because}`,
    );
  const hadBegun = before !== undefined && before.status !== 'pending';
  if (!hadBegun && after.status !== 'pending' && after.status !== 'omitted')
    checkNeeds(move, after);
  checkOutcome(move, name, before, after);
  if (before && !isOver(before) && after.kind === 'deploy' && after.status === 'succeeded')
    checkServed(move, after, served);
}

function checkNeeds({ id, is, spec, report }: RunMove, step: StepState): void {
  const name = 'a step never begins before its needs are met';
  const statusOf = (of: string) => is.steps[of]?.status ?? 'omitted';
  const declared = spec[step.section].find((one) => one.name === step.step);
  const earlier: readonly PipelineStep[] = [
    ...(step.section === 'steps' ? [] : spec.steps),
    ...(step.section === 'finally' ? spec.onFailure : []),
  ];
  const open = earlier.filter((one) => !overs.includes(statusOf(one.name)));
  const unmet = (declared?.needs ?? []).filter((need) => !isMet(spec, need, statusOf));
  if (!declared || open.length > 0 || unmet.length > 0)
    report(
      name,
      `${id} ${step.step} is ${step.status}; open before it: ${open.map((one) => one.name).join(', ')}; unmet: ${JSON.stringify(unmet)}`,
    );
}

function isMet(
  spec: PipelineSpec,
  need: PipelineStep['needs'][number],
  statusOf: (step: string) => StepStatus,
): boolean {
  if (typeof need !== 'string') {
    const wanted: readonly string[] = need.is;
    return wanted.includes(statusOf(need.step));
  }
  const status = statusOf(need);
  if (status === 'succeeded' || status === 'skipped') return true;
  const all = [...spec.steps, ...spec.onFailure, ...spec.finally];
  const isForgiven = all.find((one) => one.name === need)?.continueOnError === true;
  return isForgiven && (status === 'failed' || status === 'errored');
}

/** Kinds that end by what came of their one effect. */
const byOutcome: readonly string[] = ['http', 'git'];

/** What a step asks for is of its attempt; and what ends an attempt came of that attempt. */
function checkOutcome(
  { change, id, is, report }: RunMove,
  name: string,
  before: StepState | undefined,
  after: StepState,
): void {
  const invariant = 'an outcome counts for its own attempt alone';
  const own = rowsOf<EffectRow>(change, 'effects').filter(
    (row) => row.after.objectId === id && effectOf(row.after.payload).instance === name,
  );
  const asked = own.find((row) => !row.before);
  if (asked && effectOf(asked.after.payload).attempt !== after.attempt)
    report(invariant, `${asked.after.key} is of another attempt than ${name}#${after.attempt}`);
  if (!before?.isBusy || !byOutcome.includes(before.kind)) return;
  const isStopped = before.stopping !== null || after.stopping !== null || is.stopping !== null;
  if (isStopped || (after.isBusy && after.attempt === before.attempt)) return;
  const came = own.some(
    (row) =>
      row.before?.takenAt === null &&
      row.after.takenAt !== null &&
      effectOf(row.after.payload).attempt === before.attempt,
  );
  if (!came)
    report(
      invariant,
      `${id} ${name}#${before.attempt} went to ${after.status} by no outcome of it`,
    );
}

function checkServed(
  { change, id, is, spec, report }: RunMove,
  step: StepState,
  served: ReadonlySet<string>,
): void {
  const { release, application, rollout } = step.outputs;
  const declared = spec[step.section].find((one) => one.name === step.step);
  const environment = declared?.deploy?.environment ?? '';
  const { tables } = change;
  const name = 'a deployment that succeeded was served';
  if (application !== is.application) report(name, `${id} deployed ${application}`);
  const row = typeof rollout === 'string' ? tables.rollouts.rows.get(rollout) : undefined;
  if (row && (row[6] !== 'succeeded' || row[3] !== release))
    report(name, `${id} ${step.step}: ${rollout} of ${row[3]} is ${row[6]}, it says ${release}`);
  const without = [...tables.intents.rows.values()].filter(
    (intent) =>
      intent.environment === environment &&
      intent.application === application &&
      !served.has(`${intent.target}/${application}/${release}`),
  );
  const place = tables.documents.rows.get(`config/Environment/${environment}`)?.spec;
  const { maxUnavailable = 0 } = (place as Environment | null | undefined)?.spec ?? {};
  if (without.length > maxUnavailable) {
    const targets = without.map(({ target }) => target).join(', ');
    report(name, `${id} ${step.step}: ${targets} never served ${release}`);
  }
}

function checkRows(change: Change, report: Report): void {
  for (const { before, after } of rowsOf<KeptRun>(change, 'runs')) {
    if (before?.terminal && before !== after)
      report('a run that is over never changes', `the row of ${after.id} was written again`);
  }
}
