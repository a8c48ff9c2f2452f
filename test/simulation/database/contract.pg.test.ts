import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Both, bothDatabases, plain } from './both.ts';
import { deliveryCalls } from './delivery.contract.ts';
import { engineCalls } from './engine.contract.ts';
import { runCalls } from './runs.contract.ts';
import { sourceCalls } from './sources.contract.ts';
import { stoppingCalls } from './stopping.contract.ts';
import { twins } from './twins.ts';

const own: { both?: Both } = {};
const both = (): Both => own.both as Both;
beforeAll(async () => {
  own.both = await bothDatabases();
});
afterAll(() => own.both?.drop());

const refused: string[] = [];

// In this order: each call finds what the ones before it left.
test.each([...engineCalls, ...stoppingCalls, ...sourceCalls, ...deliveryCalls, ...runCalls])(
  'PostgreSQL and the simulated store agree: %s',
  async (name, call) => {
    const { real, simulated } = await both().ask(call);
    if (real === 'refused') refused.push(name);
    expect(simulated).toEqual(real);
    expect(both().simulated.unknown).toBeNull();
  },
);

test('PostgreSQL refused what it should, and nothing else', () => {
  expect(refused).toEqual([
    'not for what is not there',
    'a request to nobody takes the whole write back',
    'one that is not there cannot be stable',
    'a second active one is refused',
    'of another environment it is refused',
    'two of a group may not run',
    'a log of no run',
  ]);
});

test('both kept the same events, in the same order', async () => {
  const real = await both().real.query(
    `select type, actor, object_id as "objectId", because, outcome, before, after from events order by id`,
  );
  const simulated = [...both().simulated.tables.events.rows.values()].map(
    ({ type, actor, objectId, because, outcome, before, after }) => {
      return { type, actor, objectId, because, outcome, before, after };
    },
  );
  expect(simulated.length).toBeGreaterThan(1);
  expect(plain(simulated)).toEqual(plain(real));
});

test('every statement that the simulation knows was held to PostgreSQL', () => {
  const unsent = twins.filter((twin) => !both().simulated.sent.has(twin));
  expect(unsent.map(({ is }) => is)).toEqual([]);
});
