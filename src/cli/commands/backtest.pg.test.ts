import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestServer } from '../../../test/integration/api/server.ts';
import { run } from '../../../test/integration/cli/run.ts';
import { limit } from '../../capabilities/backtests/backtests.fixture.ts';
import { keep, openRecorded } from '../../capabilities/backtests/recorded.fixture.ts';

const own: { server?: TestServer; directory?: string } = {};
const server = (): TestServer => own.server as TestServer;
function file(name: string, text: string): string {
  const path = join(own.directory ?? '', name);
  writeFileSync(path, text);
  return path;
}

beforeAll(async () => {
  own.directory = mkdtempSync(join(tmpdir(), 'tidegate-backtest-'));
  own.server = await openRecorded();
  const late = (second: number): number => (second >= 120 ? 0.2 : second >= 60 ? 0.1 : 0);
  await keep(server().db, { id: 'ro-1' }, { by: limit(0.15), failing: late });
  await keep(server().db, { id: 'ro-2' }, { by: limit(0.5), failing: () => 0, endAt: 60 });
});
afterAll(async () => {
  await own.server?.close();
  rmSync(own.directory ?? '', { recursive: true, force: true });
});

const policy = (metric: string): string => `apiVersion: tidegate.dev/v1
kind: AnalysisTemplate
metadata: { name: errors }
spec:
  metrics:
    - { name: errors, provider: { router: {} }, interval: 10s, ${metric} }
`;
const strategy = `canary:
  steps: [{ setWeight: 20 }, { pause: { duration: 1m } }]
  backgroundAnalysis: { templates: [errors] }
`;
const always = ['--since', '89d', '--policy'];

test('a table of what another policy would have changed, and the sum of it', async () => {
  const strict = file('strict.yaml', policy('failureCondition: result.errorRate > 0.05'));
  // The recordings are of a day that is written down; years may have gone by since.
  const said = await run(server(), 'backtest', '--since', '36500d', '--policy', strict);
  expect(said).toMatchObject({ code: 0, err: '' });
  expect(said.out).toMatch(/ro-1 +checkout → production +failed +failed +-600 +Caught 1m earlier/);
  expect(said.out).toMatch(/ro-2 +checkout → production +passed +the same +0 /);
  expect(said.out).toContain('2 rollouts: 1 the same, 1 caught earlier.');
  expect(said.out).toContain('600 requests to the candidate would have been spared.');
  const json = await run(server(), 'backtest', '--since', '36500d', '--policy', strict, '--json');
  expect(JSON.parse(json.out)).toMatchObject({
    items: [{ rollout: 'ro-2' }, { rollout: 'ro-1', requests: { spared: 600 } }],
    summary: { rollouts: 2, spared: 600, differences: { same: 1, caughtEarlier: 1 } },
  });
});

test('a policy that is wrong is shown as validate shows it, and nobody is asked', async () => {
  const wrong = file('wrong.yaml', policy('failureLimits: 1'));
  const said = await run(server(), 'backtest', '--policy', wrong);
  expect(said.code).toBe(1);
  expect(said.out).toMatch(/wrong\.yaml:6:\d+ {2}TG1004/);
  expect((await run(server(), 'backtest', ...always, join(own.directory ?? '', 'nope'))).code).toBe(
    2,
  );
  const soon = await run(server(), 'backtest', '--policy', wrong, '--since', 'soon');
  expect(soon.code).toBe(1);
});

test('a simulation is a table, and a picture where one is asked for', async () => {
  const text = `${strategy}---\n${policy('failureCondition: result.errorRate > 0.2')}`;
  const path = file('canary.yaml', text);
  const svg = join(own.directory ?? '', 'plot.svg');
  const args = ['--strategy', path, '--traffic', '50rps', '--seeds', '20'];
  const range = ['--error-rate', '1%..50%'];
  const said = await run(server(), 'simulate', ...args, ...range, '--svg', svg);
  expect(said.code).toBe(0);
  expect(said.out).toMatch(/none +0 % \(0 % to 1\d %\)/);
  expect(said.out).toMatch(/50 % +100 % \(84 % to 100 %\) +2 pause 1m \(100 %\)/);
  expect(said.out).toMatch(/No harm, 20 runs: 0 % .* false alarms, 100 % pass, in 60 s\./);
  expect(readFileSync(svg, 'utf8')).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
  const json = await run(server(), 'simulate', ...args, '--json');
  const again = await run(server(), 'simulate', ...args, '--json');
  expect(JSON.parse(json.out).results).toHaveLength(6);
  expect(again.out).toBe(json.out);
});

test.each<[string, readonly string[], number, RegExp]>([
  ['a template that nobody declares', ['--traffic', '50rps'], 1, /TG1007.*\n.*errors/],
  ['traffic that is none', ['--traffic', 'much'], 2, /TG1802/],
  ['a range that is none', ['--traffic', '5rps', '--error-rate', '5%..1%'], 2, /TG1802/],
])('%s is refused', async (_name, args, code, text) => {
  const alone = file('alone.yaml', code === 1 ? strategy : strategy.replace(/ {2}back.*\n/, ''));
  const said = await run(server(), 'simulate', '--strategy', alone, ...args);
  expect(said.code).toBe(code);
  expect(said.out + said.err).toMatch(text);
});
