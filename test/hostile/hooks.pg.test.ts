import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addSource } from '../../src/capabilities/sources/operations.ts';
import { hookSecret, openService, type Service } from './service.ts';

const own: { service?: Service } = {};
const service = (): Service => own.service as Service;
beforeAll(async () => {
  own.service = await openService();
  const source = { name: 'config', address: 'https://git.example/a/config.git' };
  await addSource(service().db, source, { actor: 'user:ada', requestId: null });
});
afterAll(async () => {
  await service().stillGood();
  await service().close();
});

const sign = (body: string, secret = hookSecret): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
const send = (payload: string, headers: Record<string, string>) =>
  service().app.inject({ method: 'POST', url: '/hooks/git', payload, headers });
const news = async (): Promise<number> => {
  const [row] = await service().db.query<{ news: number }>(
    "select news from objects where kind = 'source'",
  );
  return row?.news ?? Number.NaN;
};
const push = '{"repository":"config","ref":"refs/heads/main"}';

test.each([
  ['no signature', push, {}],
  ['an empty one', push, { 'x-tidegate-signature': '' }],
  ['one of another secret', push, { 'x-tidegate-signature': sign(push, 'guess') }],
  ['one of another body', push, { 'x-tidegate-signature': sign('{}') }],
  ['one without its algorithm', push, { 'x-tidegate-signature': sign(push).slice(7) }],
  ['one of a weak algorithm', push, { 'x-tidegate-signature': `sha1=${'0'.repeat(40)}` }],
  ['one that is cut', push, { 'x-tidegate-signature': sign(push).slice(0, -1) }],
  [
    'a wrong one before a right one',
    push,
    { 'x-tidegate-signature': sign('{}'), 'x-hub-signature-256': sign(push) },
  ],
  ['one over other bytes of the same meaning', ` ${push}`, { 'x-tidegate-signature': sign(push) }],
  ['a token instead', push, { authorization: 'Bearer x' }],
])('%s is TG1104 and wakes nobody', async (_name, body, headers) => {
  const before = await news();
  const answer = await send(body, headers);
  expect([answer.statusCode, answer.json().code]).toEqual([401, 'TG1104']);
  expect(await news()).toBe(before);
});

test.each([
  '[]',
  'null',
  '"x"',
  '{',
  '{"ref":1}',
  '{"repository":{"clone_url":[]}}',
  `{"ref":"${'x'.repeat(301)}"}`,
])('a signed body that is no hook is TG1603: %s', async (body) => {
  const answer = await send(body, { 'x-tidegate-signature': sign(body) });
  expect([answer.statusCode, answer.json().code]).toEqual([400, 'TG1603']);
});

test('a replayed hook only makes the source look again: no event, no row more', async () => {
  const count = async () =>
    await service().db.query(
      'select (select count(*) from events) as e, (select count(*) from objects) as o',
    );
  const before = await count();
  for (let at = 0; at < 20; at += 1) {
    const answer = await send(push, { 'x-tidegate-signature': sign(push) });
    expect([answer.statusCode, answer.json().woken]).toEqual([202, ['config']]);
  }
  expect(await count()).toEqual(before);
});

test('whatever a signed body says, it wakes a known source or none', async () => {
  const body = fc.oneof(
    fc.json(),
    fc.string({ unit: 'binary' }),
    fc
      .record({ repository: fc.string({ unit: 'binary' }), ref: fc.string({ unit: 'binary' }) })
      .map((one) => JSON.stringify(one)),
  );
  await fc.assert(
    fc.asyncProperty(body, async (text) => {
      const answer = await send(text, { 'x-hub-signature-256': sign(text) });
      expect([202, 400]).toContain(answer.statusCode);
      if (answer.statusCode === 202) expect([[], ['config']]).toContainEqual(answer.json().woken);
    }),
    {
      numRuns: 200,
      examples: [
        ['{"repository":"--upload-pack=x"}'],
        ['{"ref":"refs/heads/$(id)"}'],
        ['\u0000'],
        ['{"repository":"\\u0000"}'],
      ],
    },
  );
});

test('a body over 5 MiB is TG1605', async () => {
  const body = 'x'.repeat(5 * 1_048_576 + 1);
  const answer = await send(body, { 'x-tidegate-signature': sign(body) });
  expect([answer.statusCode, answer.json().code]).toEqual([413, 'TG1605']);
});
