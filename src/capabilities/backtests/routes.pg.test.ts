import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestServer } from '../../../test/integration/api/server.ts';
import { type Backtest, backtestSchema } from '../../contract/api/backtests.ts';
import { after, limit } from './backtests.fixture.ts';
import { keep, openRecorded } from './recorded.fixture.ts';

const own: { server?: TestServer } = {};
const server = (): TestServer => own.server as TestServer;
const late = (second: number): number => (second >= 120 ? 0.2 : second >= 60 ? 0.1 : 0);

beforeAll(async () => {
  own.server = await openRecorded();
  const { db } = server();
  await keep(db, { id: 'ro-1' }, { by: limit(0.15), failing: late });
  await keep(db, { id: 'ro-2' }, { by: limit(0.5), failing: () => 0, endAt: 590 });
  // More looks than are read at once.
  const often = limit(0.5, { interval: '5s' });
  const atLast = (second: number): number => (second >= 500 ? 0.3 : 0);
  await keep(db, { id: 'ro-3', application: 'shop' }, { by: often, failing: atLast, endAt: 590 });
  await keep(db, { id: 'ro-4', mark: 'skipped' }, { by: limit(0.15), failing: late });
});
afterAll(() => own.server?.close());

const policy = (text: string): string => `
apiVersion: tidegate.dev/v1
kind: AnalysisTemplate
metadata: { name: errors }
spec:
  metrics:
    - { name: errors, provider: { router: {} }, interval: 10s, failureCondition: ${text} }
`;
const strict = policy('result.errorRate > 0.05');

async function ask(body: object, as: 'deployer' | 'viewer' | 'agent' = 'deployer') {
  return await server().call(as, 'POST', '/backtests', body);
}
async function told(body: object): Promise<Backtest> {
  const { status, body: answer } = await ask(body);
  expect(status, JSON.stringify(answer)).toBe(200);
  return backtestSchema.parse(answer);
}

test('recorded rollouts are judged once more, newest first', async () => {
  const { items, summary, cursor } = await told({ policy: strict });
  expect(cursor).toBeNull();
  expect(summary.differences).toMatchObject({ same: 1, caughtEarlier: 1, newlyFailed: 1 });
  expect(items.map((one) => [one.rollout, one.difference, one.would.at])).toEqual([
    ['ro-4', 'notJudged', null],
    ['ro-3', 'newlyFailed', after(510)],
    ['ro-2', 'same', after(590)],
    ['ro-1', 'caughtEarlier', after(70)],
  ]);
  expect(items[3]).toMatchObject({
    application: 'checkout',
    environment: 'production',
    phase: 'rolledBack',
    was: { outcome: 'failed', at: after(130) },
    requests: { spared: 600, added: 0 },
  });
  expect(items[1]?.analyses[0]?.looks).toBeGreaterThan(100);
});

test('by application, by time, and page by page', async () => {
  const shop = await told({ policy: strict, application: 'shop' });
  expect(shop.items.map((one) => one.rollout)).toEqual(['ro-3']);
  const none = await told({ policy: strict, since: after(1) });
  expect(none).toMatchObject({ items: [], summary: { rollouts: 0 }, cursor: null });
  const first = await told({ policy: strict, limit: 3 });
  const rest = await told({ policy: strict, limit: 3, cursor: first.cursor });
  expect([...first.items, ...rest.items].map((one) => one.rollout)).toEqual([
    'ro-4',
    'ro-3',
    'ro-2',
    'ro-1',
  ]);
  expect(rest.cursor).toBeNull();
});

test.each<[string, string, string, RegExp]>([
  ['no template', 'a: 1', 'TG1002', /./],
  ['a condition that does not compile', policy('result.errorRate >'), 'TG1009', /./],
  ['nothing', '# nothing', 'TG1603', /declares no AnalysisTemplate/],
])('%s is refused', async (_name, text, code, detail) => {
  const { status, body } = await ask({ policy: text });
  expect(status).toBeGreaterThanOrEqual(400);
  expect(body).toMatchObject({ code, detail: expect.stringMatching(detail) });
});

test('neither an agent nor a viewer may ask', async () => {
  expect((await ask({ policy: strict }, 'agent')).status).toBe(403);
  expect((await ask({ policy: strict }, 'viewer')).status).toBe(403);
});

test('what another version recorded is said to be unreadable, beside what is not', async () => {
  const { db } = server();
  await keep(db, { id: 'ro-5' }, { by: limit(0.15), failing: late });
  await db.query(
    `update decisions set snapshot = '{"answers":{}}' where object_id = 'analysis/ro-5/0/background'`,
  );
  const { items } = await told({ policy: strict, limit: 3 });
  expect(items.map((one) => [one.rollout, one.difference])).toEqual([
    ['ro-5', 'notJudged'],
    ['ro-4', 'notJudged'],
    ['ro-3', 'newlyFailed'],
  ]);
  expect(items[0]?.because).toMatch(/another version/);
});
