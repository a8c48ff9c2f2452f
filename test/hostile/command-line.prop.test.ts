import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readSettings } from '../../src/platform/config/settings.ts';
import { ProblemError } from '../../src/platform/errors/problem.ts';
import { runHere } from '../integration/cli/run.ts';

const held: { body: string; status: number; paths: string[] } = {
  body: '',
  status: 200,
  paths: [],
};
const server = createServer((request, response) => {
  held.paths.push(request.url ?? '');
  response.statusCode = held.status;
  response.end(held.body);
});
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
const run = (...args: readonly string[]) =>
  runHere(
    {
      TIDEGATE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      TIDEGATE_TOKEN: 'x',
    },
    ...args,
  );

const words = fc.oneof(
  fc.constantFrom(
    'status',
    'release',
    'promote',
    'rollback',
    'abort',
    'history',
    'rollout',
    'list',
  ),
  fc.constantFrom('--json', '--to', '--environment', '--limit', '-1', '--', '-', '', '__proto__'),
  fc.constantFrom('../../x', 'a/b', '?x=1', '#', '%2e%2e', 'x'.repeat(500), '\u001b[31m', '--x=y'),
  fc.string({ unit: 'binary', maxLength: 12 }).map((one) => one.replaceAll('\0', '')),
);

test('whatever the words, the exit code is 0, 1 or 2, and no escape reaches the terminal', async () => {
  held.status = 404;
  held.body = JSON.stringify({
    code: 'TG1602',
    detail: 'None \u001b[31m\u0007.',
    title: 'x',
    hint: 'y',
  });
  await fc.assert(
    fc.asyncProperty(fc.array(words, { maxLength: 5 }), async (args) => {
      const { code, out, err } = await run(...args.filter((one) => one !== '--wait'));
      expect([0, 1, 2]).toContain(code);
      if (!args.some((one) => one.includes('\u001b')))
        expect(`${out}${err}`).not.toContain('\u001b');
    }),
    { numRuns: 120, examples: [[['promote', '../../x', '--to', 'y']], [['__proto__']]] },
  );
}, 60_000);

test('a name cannot leave its place in an address', async () => {
  held.paths.length = 0;
  await run('history', '../../tokens?x=1#y', '--environment', 'e');
  for (const path of held.paths)
    expect(path).toMatch(/^\/api\/v1\/(applications|rollouts|events|status)\b/);
  expect(held.paths.join()).not.toContain('/tokens?');
});

test.each([
  ['no JSON', 200, '<html>'],
  ['another shape', 200, '{"items":[{"application":7}]}'],
  ['a code of nobody', 418, '{"code":"__proto__","detail":"x"}'],
  ['a problem that is a list', 500, '[]'],
  ['nothing', 502, ''],
])('a server that answers %s is a failure that says so', async (_name, status, body) => {
  held.status = status;
  held.body = body;
  const { code, err } = await run('status');
  expect(code).toBe(1);
  expect(err).toMatch(/TG1\d{3}/);
});

test.each([
  ['--port', '65536'],
  ['--port', '-1'],
  ['--port', '1e9'],
  ['--port', 'NaN'],
  ['--port', ''],
  ['--nobody'],
  ['word'],
])('a role refuses %s %s with TG1802', (...args) => {
  const refused = (): string => {
    try {
      readSettings(args.filter((one) => typeof one === 'string'));
    } catch (error) {
      if (error instanceof ProblemError) return error.problem.code;
    }
    return 'taken';
  };
  expect(refused()).toBe('TG1802');
});
