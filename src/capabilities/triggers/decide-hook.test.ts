import { expect, test } from 'vitest';
import { problem } from '../../platform/errors/problem.ts';
import type { Json } from '../../platform/ids/types.ts';
import { decideTrigger } from './decide.ts';
import { begun, declared, delivered, now, snapshot, trigger } from './triggers.fixture.ts';
import type { TriggerSnapshot } from './types.ts';

const hook = trigger({ webhook: { from: 'github', secret: 'hook' } });
const decide = (over: Partial<TriggerSnapshot>) => decideTrigger(snapshot(over), now);

const deliver = (over: object, body: Json = { n: 1 }, type = 'push') =>
  decide({
    declared: declared([trigger({ webhook: { from: 'github', secret: 'hook' }, ...over })]),
    requests: [delivered(7, 'd-1', body, type)],
  });

test('a delivery begins a run with inputs from the event, and is taken', () => {
  const made = deliver({
    when: 'event.body.n == 1',
    inputs: { n: '${{ event.body.n }}', text: 'number ${{ event.body.n }}', fixed: true },
    release: { commit: '${{ event.type }}' },
  });
  expect(begun(made)[0]).toMatchObject({
    on: 'webhook',
    inputs: { n: 1, text: 'number 1', fixed: true },
    release: { ref: 'push', image: null },
    commit: null,
    event: { body: { n: 1 } },
  });
  expect(made.taken?.requests).toEqual([7]);
});

test('one delivery is one run, on every worker and at every try; others are others', () => {
  const idOf = (delivery: string, id = 'trigger/application:shop') =>
    begun(decide({ id, declared: declared([hook]), requests: [delivered(1, delivery)] }))[0]?.run;
  expect(idOf('d-1')).toBe(idOf('d-1'));
  expect(new Set([idOf('d-1'), idOf('d-2'), idOf('d-1', 'trigger/pipeline:ship')]).size).toBe(3);
  expect(idOf('d-1')).toMatch(/^run-[0-9a-f]{24}$/);
});

test.each([
  ['"when" is false', { when: 'event.body.n == 2' }, 'trigger.passed', 'done', null],
  [
    '"when" has no value',
    { when: 'event.body.missing == 2' },
    'trigger.refused',
    'refused',
    /"when" has no value/,
  ],
  [
    '"when" is no bool',
    { when: 'event.body.n' },
    'trigger.refused',
    'refused',
    /neither true nor false/,
  ],
  [
    'an input has no value',
    { inputs: { x: '${{ event.body.missing }}' } },
    'trigger.refused',
    'refused',
    /input has no value/,
  ],
  [
    'its release has no value',
    { release: { commit: '${{ event.missing }}' } },
    'trigger.refused',
    'refused',
    /release has no value/,
  ],
  [
    'its release is no text',
    { release: { image: '${{ event.body.n }}' } },
    'trigger.refused',
    'refused',
    /must be texts/,
  ],
])('no run when %s, and it is told', (_why, over, type, outcome, problemText) => {
  const made = deliver(over);
  expect(begun(made)).toEqual([]);
  expect(made.events).toMatchObject([{ type, outcome }]);
  const { problem: said } = made.state.memory.go ?? { problem: null };
  if (problemText === null) expect(said).toBeNull();
  else expect(said).toMatch(problemText);
  expect(made.phase).toBe(problemText === null ? 'watching' : 'failing');
});

test('a release without an application is refused', () => {
  const made = decide({
    declared: declared([trigger({ webhook: { from: 'github', secret: 'x' }, release: {} })], {
      application: null,
    }),
    requests: [delivered(1, 'd')],
  });
  expect(begun(made)).toEqual([]);
  expect(made.because).toContain('a release needs an application');
});

test.each([
  [[], 'push', true],
  [['push'], 'push', true],
  [['workflow_run'], 'workflow_run.completed', true],
  [['workflow_run.completed'], 'workflow_run.completed', true],
  [['workflow_run.requested'], 'workflow_run.completed', false],
  [['work'], 'workflow_run', false],
])('events %j and %s: %s', (events, type, isWanted) => {
  const made = deliver({ webhook: { from: 'github', secret: 'x', events } }, {}, type);
  expect(begun(made)).toHaveLength(isWanted ? 1 : 0);
  if (!isWanted) expect(made.events).toMatchObject([{ type: 'trigger.refused' }]);
});

test.each([
  [['dev.cdevents.artifact.*'], true],
  [['dev.cdevents.artifact.published.0.3.0'], true],
  [['dev.cdevents.artifact.published.0.2.0', 'dev.cdevents.service.*'], false],
  [['*'], true],
])('CDEvents of types %j: %s', (types, isWanted) => {
  const made = decide({
    declared: declared([trigger({ cdevents: { secret: 'x', types } })]),
    requests: [delivered(1, 'd', {}, 'dev.cdevents.artifact.published.0.3.0')],
  });
  expect(begun(made)).toHaveLength(isWanted ? 1 : 0);
});

test('what was acknowledged and finds no trigger any more is told, and not kept', () => {
  const gone = decide({
    declared: { none: 'No application shop is declared.' },
    requests: [delivered(3, 'd-3')],
  });
  expect(gone).toMatchObject({
    phase: 'idle',
    terminal: false,
    wakeAt: null,
    state: { pipeline: null, memory: {} },
  });
  expect(gone.events).toMatchObject([{ type: 'trigger.refused' }]);
  expect(gone.taken?.requests).toEqual([3]);
  const other = decide({
    declared: declared([trigger({ name: 'else', push: {} })]),
    requests: [delivered(4, 'd-4')],
  });
  expect(other.events).toMatchObject([{ type: 'trigger.refused' }]);
});

test('a run that could not be begun is told, and what begins next mends it', () => {
  const first = decide({ declared: declared([hook]), requests: [delivered(1, 'd-1')] });
  const [payload] = begun(first);
  const failure = { ok: false as const, problem: problem('TG1904', { detail: 'No input x.' }) };
  const outcome = {
    ...{ id: 9, key: 'k', kind: 'trigger.begin' },
    payload: payload as unknown as Json,
    outcome: failure,
  };
  const told = decide({ state: first.state, declared: declared([hook]), effects: [outcome] });
  expect(told).toMatchObject({
    phase: 'failing',
    events: [{ type: 'trigger.failed', outcome: 'failed' }],
  });
  expect(told.because).toContain('No input x.');
  expect(told.taken?.effects).toEqual([9]);
  const gone = decide({ state: first.state, declared: { none: 'gone' }, effects: [outcome] });
  expect(gone.events).toMatchObject([{ type: 'trigger.failed' }]);
  const next = decide({
    state: told.state,
    declared: declared([hook]),
    requests: [delivered(2, 'd-2')],
  });
  expect(next.phase).toBe('watching');
  const fine = { ...outcome, outcome: { ok: true as const, value: {} } };
  expect(decide({ declared: declared([hook]), effects: [fine] }).events).toEqual([]);
});
