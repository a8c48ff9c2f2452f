import { afterEach, expect, test } from 'vitest';
import { readDocument } from '../../src/capabilities/sources/reads.ts';
import { until } from '../../src/capabilities/sources/sources.fixture.ts';
import { readObject } from '../../src/engine/reads.ts';
import { leaveRequestOnce } from '../../src/engine/store-once.ts';
import { readInstallation, readUnfinished } from '../../src/engine/unfinished.ts';
import { analyzeStep } from '../../src/integrations/step/analyze/analyze.ts';
import { contextOf } from '../../src/integrations/step/context.fixture.ts';
import { lookOf } from '../../src/integrations/step/contract.ts';
import { beginSteps, deployment, type StepsWorld } from './steps.fixture.ts';

const worlds: StepsWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.stop();
});
async function begin(): Promise<StepsWorld> {
  const steps = await beginSteps();
  worlds.push(steps);
  return steps;
}

const template = (name: string, count: string): string => `apiVersion: tidegate.dev/v1
kind: AnalysisTemplate
metadata: { name: ${name} }
spec:
  metrics:
    - name: traffic
      interval: 1s
      ${count}
      inconclusiveLimit: 1
      successCondition: result.requests > 0.0
      provider: { router: {} }
`;

const effect = (templates: readonly string[], environment = 'production') => ({
  ...{ do: 'open', application: 'shop', environment, args: {} },
  templates: [...templates],
});

test('an analysis is opened once, of what runs there; without data it is never a pass, and it wakes the run', async () => {
  const steps = await begin();
  const { config } = steps.world;
  await config.push({
    'a.yaml': template('counted', 'count: 1'),
    'b.yaml': template('endless', ''),
  });
  await steps.world.settle();
  expect((await readDocument(steps.db, 'AnalysisTemplate', 'endless'))?.problems).toEqual([]);
  const adapter = analyzeStep(steps.deps);
  const open = (...ask: Parameters<typeof effect>) => adapter.run?.(effect(...ask), contextOf());
  expect(await open(['counted'])).toMatchObject({
    is: 'unfit',
    because: expect.stringContaining('nothing of shop runs'),
  });
  const { release } = await steps.world.release();
  steps.serve();
  await deployment(steps, 'run-0').end();
  expect(await open(['counted', 'none'])).toMatchObject({
    because: expect.stringContaining('none not declared'),
  });
  expect(await open(['endless'])).toMatchObject({ because: expect.stringContaining('never end') });
  expect(await open(['counted'], 'moon')).toMatchObject({
    because: 'environment moon is not declared',
  });
  const news = await steps.openRun('run-1');
  const opened = await open(['counted']);
  expect(opened).toEqual({ is: 'opened', analysis: 'run-1/one/1' });
  expect(await open(['counted'])).toEqual(opened);
  expect((await steps.db.query(`select 1 from objects where kind = 'analysis'`)).length).toBe(1);
  const found = await readObject(steps.db, 'analysis/run-1/one/1');
  expect(found?.state).toMatchObject({
    subject: { candidate: release.id, stable: null, targets: ['eu-1'] },
    wakes: 'run/run-1',
  });
  const settings = { environment: 'production', templates: ['counted'], args: {} };
  const look = lookOf({ settings, memory: { is: 'judging', analysis: 'run-1/one/1' } });
  const end = await until(async () => {
    const facts = (await adapter.load?.(look)) ?? null;
    const move = adapter.decide({ ...look, facts }, new Date());
    return move.is === 'end' ? move : null;
  });
  expect(end).toMatchObject({ status: 'errored', outputs: { phase: 'inconclusive' } });
  expect(await news()).toBeGreaterThan(0);
});

test('a request is left once for a key, also when it was taken since, and for nobody it is not left', async () => {
  const { db, openRun } = await begin();
  await openRun('run-1');
  const leave = (objectId: string, requestId: string) =>
    db.transaction((tx) =>
      leaveRequestOnce(tx, {
        objectId,
        requestId,
        action: 'cancel',
        actor: 'user:bob',
        because: '',
      }),
    );
  const both = await Promise.all([leave('run/run-1', 'key-1'), leave('run/run-1', 'key-1')]);
  expect(both.sort()).toEqual([false, true]);
  await db.query('update requests set taken_at = now()');
  expect(await leave('run/run-1', 'key-1')).toBe(false);
  expect(await leave('run/run-1', 'key-2')).toBe(true);
  expect(await leave('run/none', 'key-1')).toBe(false);
  expect((await db.query('select 1 from requests')).length).toBe(2);
});

test('an installation has a name of its own, and knows which effects are not over', async () => {
  const [one, two] = [await begin(), await begin()];
  const names = await Promise.all([one, one, two].map(({ db }) => readInstallation(db)));
  expect(names[0]).toBe(names[1]);
  expect(names[0]).not.toBe(names[2]);
  await one.openRun('run-1');
  await one.db.query(
    `insert into effects (key, object_id, kind, payload, wake_at, done_at) values
       ('open', 'run/run-1', 'none', 'null', null, null), ('done', 'run/run-1', 'none', 'null', null, now())`,
  );
  expect([...(await readUnfinished(one.db, ['open', 'done', 'gone']))]).toEqual(['open']);
  expect([...(await readUnfinished(one.db, []))]).toEqual([]);
});
