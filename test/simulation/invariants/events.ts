import { isDeepStrictEqual } from 'node:util';
import type { AnalysisState } from '../../../src/capabilities/analysis/types.ts';
import type { PromotionState } from '../../../src/capabilities/releases/types.ts';
import { nothingToAbort } from '../../../src/capabilities/rollouts/actions.ts';
import type { EventRow, IntentRow, ObjectRow, ReleaseRow, RequestRow } from '../database/tables.ts';
import { type Change, type Report, rolloutState, rowsOf } from './types.ts';

const name = 'every change has exactly one event';

/** Looks at one transaction: what it changed that people follow, and the events that say so. */
export function checkEvents(change: Change, report: Report): void {
  const events: EventRow[] = [];
  for (const { after } of rowsOf<EventRow>(change, 'events')) events.push(after);
  const expect: Expect = (what, found, wanted = 1) => {
    if (found !== wanted) report(name, `${what()}: ${found} events instead of ${wanted}`);
  };
  for (const { before, after } of change.objects) {
    if (!followed.has(after.kind)) continue;
    const own: EventRow[] = [];
    for (const event of events) if (event.objectId === after.id) own.push(event);
    if (after.kind === 'rollout')
      checkRollout({ before, after, told: isTold(change, after.id) }, own, expect);
    if (after.kind === 'analysis' && before) checkAnalysis(before, after, own, expect);
    if (after.kind === 'promotion') checkPromotion(before, after, own, expect);
  }
  for (const { before, after } of rowsOf<ReleaseRow>(change, 'releases')) {
    if (before) continue;
    const made = events.filter(
      (event) => event.type === 'release.created' && fieldOf(event.after, 'release') === after.id,
    );
    expect(() => `release ${after.id} was kept`, made.length);
  }
  checkRequests(change, events, expect);
}

const followed: ReadonlySet<string> = new Set(['rollout', 'analysis', 'promotion']);

const isTold = (change: Change, by: string): boolean =>
  rowsOf<IntentRow>(change, 'intents').some(({ after }) => after.writtenBy === by);

type Expect = (what: () => string, found: number, wanted?: number) => void;

type Shown = Pick<ReturnType<typeof rolloutState>, 'phase' | 'wave' | 'step' | 'weight'>;

const shown = ({ phase, wave, step, weight }: Shown): Shown => ({ phase, wave, step, weight });

const isSame = (a: Shown, b: Shown): boolean =>
  a.phase === b.phase && a.wave === b.wave && a.step === b.step && a.weight === b.weight;

function checkRollout(
  row: {
    readonly before: ObjectRow | undefined;
    readonly after: ObjectRow;
    readonly told: boolean;
  },
  events: readonly EventRow[],
  expect: Expect,
): void {
  const { before, after } = row;
  if (!before) {
    const opened = events.filter((event) => event.type === 'rollout.opened');
    expect(() => `${after.id} was opened`, opened.length);
    return;
  }
  const [was, is] = [rolloutState(before), rolloutState(after)];
  const told = events.filter((event) => fieldOf(event.after, 'weight') !== undefined);
  const changed = row.told || !isSame(was, is) || !isDeepStrictEqual(was.routes, is.routes);
  const went = () =>
    `${after.id} went from ${JSON.stringify(shown(was))} to ${JSON.stringify(shown(is))}`;
  if (changed !== told.length > 0) expect(went, told.length, changed ? 1 : 0);
  // One look may make several moves. Each says what it changed, as it was and as it is, so they lead from one to the next.
  let at: Shown = was;
  for (const event of told) {
    const [from, to] = [event.before, event.after].map((said) => (said ?? {}) as Shown);
    if (!from || !to || !isSame(from, at)) {
      const said = JSON.stringify(from && shown(from));
      expect(() => `${went()}: ${event.type} begins at ${said}`, 0);
      return;
    }
    const isMove = !isSame(from, to) || orders.has(event.type);
    if (!isMove) expect(() => `${went()}: ${event.type} says nothing`, 0);
    at = to;
  }
  if (told.length > 0 && !isSame(at, is))
    expect(() => `${went()}: its events end at ${JSON.stringify(shown(at))}`, 0);
}

/** Events of what is asked of targets while phase, wave, step and weight stay. */
const orders: ReadonlySet<string> = new Set(['rollout.told', 'rollout.routes']);

function checkAnalysis(
  before: ObjectRow,
  after: ObjectRow,
  events: readonly EventRow[],
  expect: Expect,
): void {
  const [was, is] = [before, after].map((row) => (row.state as unknown as AnalysisState).phase);
  const told = events.filter((event) => event.type === `analysis.${is}`);
  expect(() => `${after.id} went from ${was} to ${is}`, told.length, was === is ? 0 : 1);
}

function checkPromotion(
  before: ObjectRow | undefined,
  after: ObjectRow,
  events: readonly EventRow[],
  expect: Expect,
): void {
  const { kind } = after.state as unknown as PromotionState;
  const ended = after.terminal && before?.terminal === false;
  const asked = before === undefined;
  const told = (type: string) => events.filter((event) => event.type === `${kind}.${type}`).length;
  expect(() => `${after.id} was asked for`, told('requested'), asked ? 1 : 0);
  expect(() => `${after.id} ended`, told('committed') + told('failed'), ended ? 1 : 0);
}

/** Each wish of a person or an object is answered by one event. */
function checkRequests(change: Change, events: readonly EventRow[], expect: Expect): void {
  const requests = rowsOf<RequestRow>(change, 'requests');
  if (requests.length === 0) return;
  const taken = requests.filter(
    ({ before, after }) => before?.takenAt === null && after.takenAt !== null,
  );
  const ids = new Set(taken.map(({ after }) => after.objectId));
  for (const id of ids) {
    if (!id.startsWith('rollout/')) continue;
    const asked = taken.filter(({ after }) => after.objectId === id);
    const was = change.objects.find(({ after }) => after.id === id)?.before;
    // An abort that finds it over asks for what is so already.
    const isMoot = was !== undefined && nothingToAbort(rolloutState(was)) !== null;
    const wanted = asked.filter(({ after }) => !isMoot || after.action !== 'abort').length;
    const told = events.filter(
      (event) => event.objectId === id && event.type.endsWith('Requested'),
    );
    expect(() => `requests to ${id}`, told.length, wanted);
  }
}

function fieldOf(value: unknown, field: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)[field]
    : undefined;
}
