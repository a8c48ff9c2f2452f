import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestServer } from '../../../test/integration/api/server.ts';
import { simulationSchema } from '../../contract/simulate/schema.ts';
import { openRecorded } from '../backtests/recorded.fixture.ts';
import { template, watched } from './simulations.fixture.ts';

const own: { server?: TestServer } = {};
const server = (): TestServer => own.server as TestServer;
beforeAll(async () => {
  own.server = await openRecorded();
});
afterAll(() => own.server?.close());

const ask = (body: object) => server().call('deployer', 'POST', '/simulations', body);
const documents = watched + template('errors', 'sequential: { falseAlarm: 5% }');
const usual = { documents, traffic: 50, harms: [{}, { errorRate: 0.1 }], seeds: 10 };

test('the same request gives the same answer, and says what it took to be so', async () => {
  const { status, body } = await ask(usual);
  expect(status, JSON.stringify(body)).toBe(200);
  const told = simulationSchema.parse(body);
  expect(told.steps).toEqual(['weight 10 %', 'pause 1m', 'weight 50 %', 'pause 2m', 'all traffic']);
  expect(told.notes).toContain('the stable release has served for an hour');
  expect(told.results.map((one) => one.caught.count)).toEqual([0, 10]);
  expect((await ask(usual)).body).toEqual(body);
});

test.each<[string, object, string]>([
  ['no strategy', { ...usual, documents: '# none' }, 'TG1802'],
  ['a template that nobody declares', { ...usual, documents: watched }, 'TG1007'],
  ['no harm at all', { ...usual, harms: [] }, 'TG1603'],
  ['too many seeds', { ...usual, seeds: 2_001 }, 'TG1603'],
  ['a strategy that is wrong', { ...usual, documents: 'canary: { steps: [] }' }, 'TG1004'],
])('%s is refused', async (_name, body, code) => {
  const { status, body: said } = await ask(body);
  expect(status).toBeGreaterThanOrEqual(400);
  expect(said).toMatchObject({ code });
});

test('a long one ends in time, and holds up nobody else', async () => {
  const begun = performance.now();
  let isDone = false;
  const long = ask({ ...usual, seeds: 2_000, seconds: 1 }).then((answer) => {
    isDone = true;
    return answer;
  });
  let slowest = 0;
  let others = 0;
  while (!isDone) {
    const asked = performance.now();
    const { status } = await server().call('viewer', 'GET', '/status');
    expect(status).toBe(200);
    slowest = Math.max(slowest, performance.now() - asked);
    others += 1;
  }
  const told = simulationSchema.parse((await long).body);
  expect(told.results[0]).toMatchObject({ complete: false });
  expect(told.results[0]?.runs).toBeGreaterThan(10);
  expect(performance.now() - begun).toBeLessThan(10_000);
  expect(others).toBeGreaterThan(3);
  expect(slowest).toBeLessThan(900);
});

test('a few wait for their turn, more are asked to come back', async () => {
  const body = { ...usual, seeds: 2_000, seconds: 0.3 };
  const answers = await Promise.all(Array.from({ length: 7 }, () => ask(body)));
  const statuses = answers.map(({ status }) => status).sort();
  expect(statuses).toEqual([200, 200, 200, 200, 200, 503, 503]);
});
