import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { statusReportSchema } from '../../src/contract/agent.ts';
import { reasonSchema } from '../../src/contract/api/common.ts';
import { parseDocuments } from '../../src/contract/kinds/validate.ts';
import { checkCondition } from '../../src/platform/cel/condition.ts';
import { catalogue } from '../../src/platform/errors/catalogue.ts';

const name = (length: number): string => 'a'.repeat(length);
const list = <T>(length: number, make: (at: number) => T): T[] =>
  Array.from({ length }, (_none, at) => make(at));

const target = (metadata: object = {}): object => ({
  apiVersion: 'tidegate.dev/v1',
  kind: 'Target',
  metadata: { name: 'a', ...metadata },
  spec: { driver: 'simulated' },
});
const application = (change: object): object => ({
  apiVersion: 'tidegate.dev/v1',
  kind: 'Application',
  metadata: { name: 'shop' },
  spec: {
    owner: 'a',
    source: { repository: '/srv/shop' },
    run: {},
    environments: [{ name: 'production' }],
    strategy: { canary: { steps: [{ setWeight: 20 }] } },
    ...change,
  },
});
const environment = (change: object): object => ({
  apiVersion: 'tidegate.dev/v1',
  kind: 'Environment',
  metadata: { name: 'production' },
  spec: { waves: [{ targets: ['eu-1'] }], ...change },
});
const template = (change: object, metric: object = {}): object => ({
  apiVersion: 'tidegate.dev/v1',
  kind: 'AnalysisTemplate',
  metadata: { name: 'errors' },
  spec: {
    metrics: [
      { name: 'm', provider: { router: {} }, count: 1, successCondition: 'true', ...metric },
    ],
    ...change,
  },
});
const steps = (count: number): object =>
  application({
    strategy: { canary: { steps: [{ setWeight: 1 }, ...list(count - 1, () => ({ pause: {} }))] } },
  });
const header = (regex: string): object =>
  application({
    strategy: { abTest: { match: [{ header: { name: 'x', regex } }], duration: '1m' } },
  });
const nested = (depth: number): string => `a: ${'['.repeat(depth)}${']'.repeat(depth)}\n`;
const window = (at: number): object => ({ name: `w-${at}`, rrule: 'FREQ=YEARLY', duration: '1h' });

type Bound = readonly [what: string, most: unknown, beyond: unknown, code: string];
/** The largest that is taken and the smallest that is not, of every bound of a document that docs/reference/limits.md names. */
const bounds: readonly Bound[] = [
  ['a file', `#${'x'.repeat(1_048_575)}`, `#${'x'.repeat(1_048_576)}`, 'TG1005'],
  ['documents in a file', '---\n'.repeat(2_000), '---\n'.repeat(2_001), 'TG1005'],
  ['a name', target({ name: name(63) }), target({ name: name(64) }), 'TG1004'],
  ['a label', target({ labels: { a: name(253) } }), target({ labels: { a: name(254) } }), 'TG1004'],
  [
    'an annotation',
    target({ annotations: { a: name(4_096) } }),
    target({ annotations: { a: name(4_097) } }),
    'TG1004',
  ],
  [
    'a duration',
    application({ progressDeadline: '90d' }),
    application({ progressDeadline: '90d1ms' }),
    'TG1004',
  ],
  ['replicas', application({ replicas: 1_000 }), application({ replicas: 1_001 }), 'TG1004'],
  ['steps of a strategy', steps(100), steps(101), 'TG1004'],
  [
    'a command',
    application({ run: { command: list(100, () => 'x') } }),
    application({ run: { command: list(101, () => 'x') } }),
    'TG1004',
  ],
  [
    'an environment variable',
    application({ run: { env: { A: name(32_768) } } }),
    application({ run: { env: { A: name(32_769) } } }),
    'TG1004',
  ],
  [
    'environments of a path',
    application({ environments: list(50, (at) => ({ name: `e-${at}` })) }),
    application({ environments: list(51, (at) => ({ name: `e-${at}` })) }),
    'TG1004',
  ],
  [
    'waves',
    environment({ waves: list(100, (at) => ({ targets: [`t-${at}`] })) }),
    environment({ waves: list(101, (at) => ({ targets: [`t-${at}`] })) }),
    'TG1004',
  ],
  [
    'targets of a wave',
    environment({ waves: [{ targets: list(500, (at) => `t-${at}`) }] }),
    environment({ waves: [{ targets: list(501, (at) => `t-${at}`) }] }),
    'TG1004',
  ],
  [
    'freeze windows',
    environment({ freeze: list(50, window) }),
    environment({ freeze: list(51, window) }),
    'TG1004',
  ],
  [
    'metrics',
    template({
      metrics: list(50, (at) => ({
        name: `m-${at}`,
        provider: { router: {} },
        count: 1,
        successCondition: 'true',
      })),
    }),
    template({
      metrics: list(51, (at) => ({
        name: `m-${at}`,
        provider: { router: {} },
        count: 1,
        successCondition: 'true',
      })),
    }),
    'TG1004',
  ],
  [
    'measurements',
    template({}, { count: 10_000, interval: '1s' }),
    template({}, { count: 10_001, interval: '1s' }),
    'TG1004',
  ],
  [
    'a condition',
    template({}, { successCondition: `"${name(4_080)}" == ""` }),
    template({}, { successCondition: `"${name(4_090)}" == ""` }),
    'TG1004',
  ],
  ['an expression', header(name(256)), header(name(257)), 'TG1004'],
  ['counted repetitions', header('a{16}'), header('a{17}'), 'TG1004'],
  ['the syntax of an expression', header('^(a+|b)*$'), header('(?=a)'), 'TG1004'],
];
const codes = (document: unknown): string[] => {
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  return [...new Set(parseDocuments(text, 'a.yaml').problems.map((one) => one.code))];
};

describe('bounds of documents', () => {
  test.each(bounds)('%s: the most is taken, one more is refused', (_what, most, beyond, code) => {
    expect(codes(most)).toEqual([]);
    expect(codes(beyond)).toEqual([code]);
  });

  test('depth and aliases', () => {
    expect(codes(nested(38))).not.toContain('TG1005');
    expect(codes(nested(41))).toContain('TG1005');
    const aliases = (count: number) => `a: &a x\nb: [${Array(count).fill('*a').join(', ')}]\n`;
    expect(codes(aliases(19))).not.toContain('TG1005');
    expect(codes(aliases(21))).toContain('TG1005');
  });

  test('50 problems of a document are told, and 20 of its YAML', () => {
    const unknown = Object.fromEntries(list(100, (at) => [`k${at}`, 1]));
    expect(parseDocuments(JSON.stringify({ ...target(), ...unknown }), 'a').problems).toHaveLength(
      50,
    );
    expect(parseDocuments('a: 1\n'.repeat(100), 'a').problems).toHaveLength(20);
  });

  test('a condition over what it may cost is TG1009', () => {
    const costly =
      'result.a.map(a, result.a.map(b, result.a.map(c, result.a.map(d, 1)))).size() > 0';
    expect(checkCondition(costly)?.code).toBe('TG1009');
  });
});

describe('bounds of the interface', () => {
  test('a reason', () => {
    expect(reasonSchema.safeParse(name(1_000)).success).toBe(true);
    expect(reasonSchema.safeParse(name(1_001)).success).toBe(false);
  });
  test('a report', () => {
    const report = { agent: 'a', version: '1', statuses: [] };
    expect(statusReportSchema.safeParse({ ...report, agent: name(128) }).success).toBe(true);
    expect(statusReportSchema.safeParse({ ...report, agent: name(129) }).success).toBe(false);
  });
});

describe('docs/reference/limits.md', () => {
  const root = new URL('../../', import.meta.url);
  const rows = readFileSync(new URL('docs/reference/limits.md', root), 'utf8')
    .split('\n')
    .filter((line) => /^\| (?!what|---)/.test(line))
    .map((line) =>
      line
        .split('|')
        .map((cell) => cell.trim())
        .slice(1, -1),
    );

  test('every row names a code that there is, and a test that there is', () => {
    expect(rows.length).toBeGreaterThan(45);
    for (const [what = '', , answer = '', held = ''] of rows) {
      for (const code of answer.match(/TG\d{4}/g) ?? [])
        expect(Object.hasOwn(catalogue, code), `${what}: ${code}`).toBe(true);
      const [, file = '', title = ''] = /^`([^`]+)`(?:: (.+))?$/.exec(held) ?? [];
      expect(file, `${what}: ${held}`).not.toBe('');
      expect(readFileSync(new URL(file, root), 'utf8'), `${what}: ${held}`).toContain(title);
    }
  });

  test('every bound that is tried here is in it', () => {
    const named = rows.map(([what]) => what);
    for (const [what] of bounds) expect(named).toContain(what);
  });
});
