import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeIntents } from '../../src/capabilities/fleet/store.ts';
import { specOf, statusOf } from '../../src/capabilities/fleet/test/fixtures.ts';
import type { Status } from '../../src/capabilities/fleet/types.ts';
import { openService, type Service } from './service.ts';

const own: { service?: Service } = {};
const service = (): Service => own.service as Service;
beforeAll(async () => {
  own.service = await openService();
  const writer = { application: 'shop', environment: 'production', writtenBy: 'rollout/ro-1' };
  const intent = { target: 'eu-1', spec: specOf({ 'r-1': 100 }), because: 'test' };
  await service().db.transaction((tx) => writeIntents(tx, writer, [intent]));
});
afterAll(async () => {
  await service().stillGood();
  await service().close();
});

const send = (target: string, body: unknown, token = service().tokens.agent) =>
  service().app.inject({
    method: 'POST',
    url: `/api/v1/agent/targets/${target}/statuses`,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    payload: typeof body === 'string' ? body : JSON.stringify(body),
  });
const report = (statuses: readonly unknown[]) => ({ agent: 'agent-1', version: '1', statuses });
const kept = async (): Promise<readonly Status[]> =>
  (await service().db.query<{ report: Status }>('select report from statuses order by target')).map(
    (row) => row.report,
  );
const good = statusOf('eu-1', 1);
const counted = (change: object) => ({
  ...good,
  versions: good.versions.map((one) => ({ ...one, counters: { ...one.counters, ...change } })),
});

const refused: readonly (readonly [string, string, unknown, number, string])[] = [
  ["another's target in the path", 'ap-1', report([]), 403, 'TG1503'],
  ["another's target in a status", 'eu-1', report([statusOf('ap-1', 1)]), 400, 'TG1603'],
  [
    'a target of its own in the status of another',
    'eu-1',
    report([statusOf('us-1', 1)]),
    400,
    'TG1603',
  ],
  ['a negative counter', 'eu-1', report([counted({ requests: -1 })]), 400, 'TG1603'],
  [
    'a counter beyond whole numbers',
    'eu-1',
    report([counted({ requests: 2 ** 60 })]),
    400,
    'TG1603',
  ],
  ['half a request', 'eu-1', report([counted({ errors: 0.5 })]), 400, 'TG1603'],
  [
    'a weight over 100',
    'eu-1',
    report([{ ...good, versions: [{ ...good.versions[0], weight: 101 }] }]),
    400,
    'TG1603',
  ],
  [
    'an endpoint that is a script',
    'eu-1',
    report([{ ...good, endpoint: 'javascript:alert(1)' }]),
    400,
    'TG1603',
  ],
  [
    'a release that is a path',
    'eu-1',
    report([{ ...good, versions: [{ ...good.versions[0], release: '../x' }] }]),
    400,
    'TG1603',
  ],
  [
    'an application that is a path',
    'eu-1',
    report([{ ...good, application: '../x' }]),
    400,
    'TG1603',
  ],
  ['5,001 statuses', 'eu-1', report(Array(5_001).fill(good)), 400, 'TG1603'],
  [
    '51 versions',
    'eu-1',
    report([{ ...good, versions: Array(51).fill(good.versions[0]) }]),
    400,
    'TG1603',
  ],
  [
    'NaN',
    'eu-1',
    JSON.stringify(report([good])).replace('"requests":0', '"requests":NaN'),
    400,
    'TG1603',
  ],
  [
    'a number beyond all',
    'eu-1',
    JSON.stringify(report([good])).replace('"sumSeconds":0', '"sumSeconds":1e999'),
    400,
    'TG1603',
  ],
  ['more than 16 MiB', 'eu-1', `"${'x'.repeat(16 * 1_048_576)}"`, 413, 'TG1605'],
];

describe('what an agent reports', () => {
  test.each(refused)('%s is refused', async (_name, target, body, status, code) => {
    const before = await kept();
    const answer = await send(target, body);
    expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
    expect(await kept()).toEqual(before);
  });
});

describe('a report of what nobody asked for', () => {
  test.each([
    ['another application', { application: 'cart' }],
    ['another environment', { environment: 'staging' }],
    ['a generation that nobody wrote', { generation: Number.MAX_SAFE_INTEGER }],
  ])('%s than its intent says changes nothing', async (_name, change) => {
    await send('eu-1', report([good]));
    const before = await kept();
    expect(
      (await send('eu-1', report([{ ...good, ...change, message: 'forged' }]))).statusCode,
    ).toBe(204);
    expect(await kept()).toEqual(before);
    expect((await send('eu-1', report([{ ...good, message: 'still heard' }]))).statusCode).toBe(
      204,
    );
    expect((await kept())[0]?.message).toBe('still heard');
  });
});

describe('what a report says', () => {
  test('words that no database keeps are mended, so that the news beside them arrive', async () => {
    const versions = [{ ...good.versions[0], message: 'exit\u0000 1 \ud83c' }];
    const answer = await send('eu-1', report([{ ...good, message: '\udfff\u0000', versions }]));
    expect(answer.statusCode).toBe(204);
    expect(await kept()).toMatchObject([
      { message: '\ufffd\ufffd', versions: [{ message: 'exit\ufffd 1 \ufffd' }] },
    ]);
  });

  test('whatever a report holds, it is refused or taken', async () => {
    const odd = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.double(),
      fc.constant(null),
      fc.jsonValue(),
    );
    const change = fc.dictionary(
      fc.constantFrom(...Object.keys(good), '__proto__', 'constructor', 'x'),
      odd,
      { maxKeys: 3 },
    );
    await fc.assert(
      fc.asyncProperty(change, fc.boolean(), async (some, inside) => {
        const broken = inside
          ? { ...good, versions: [{ ...good.versions[0], ...some }] }
          : { ...good, ...some };
        const answer = await send('eu-1', report([broken]));
        expect(answer.statusCode, answer.body).toBeLessThan(500);
      }),
      { numRuns: 150 },
    );
  });
});
