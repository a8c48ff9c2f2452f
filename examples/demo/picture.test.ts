import fc from 'fast-check';
import { expect, test } from 'vitest';
import { drawPicture, type Paint, type Picture, splitBar } from './picture.ts';
import { type DemoResult, type Observed, untrueClaims } from './result.ts';

const plain = (text: string): string => text;
const paint: Paint = {
  bold: plain,
  dim: plain,
  red: (text) => `!${text}`,
  green: plain,
  cyan: plain,
  yellow: plain,
  magenta: plain,
};

const picture: Picture = {
  title: 'Version 2 by canary',
  seconds: 61.7,
  controlPlane: 'killed',
  requests: 1234,
  targets: [
    {
      name: 'eu-1',
      recent: { url: 'a', perSecond: 150, failed: 2, shares: { 'r-1': 0.8, 'r-2': 0.2 } },
    },
    { name: 'us-1', recent: { url: 'b', perSecond: 0, failed: 0, shares: {} } },
  ],
  versions: new Map([
    ['r-1', '1.0.0'],
    ['r-2', '2.0.0'],
  ]),
  phase: 'production progressing',
  because: 'waiting for a pause of 3 s to end',
  log: [{ commit: 'a1b2c3d4e5', subject: 'Roll back probe', author: 'Tidegate', at: '' }],
};

test('shows the split of each target, what failed, why it waits, and Git', () => {
  expect(drawPicture(picture, paint, 100).split('\n')).toEqual([
    'tidegate demo  01:01  !control plane killed  1234 requests',
    'Version 2 by canary',
    '',
    `  eu-1     ${'█'.repeat(32)}${'▒'.repeat(8)}   150/s  !2 failed`,
    '           1.0.0 80 % · 2.0.0 20 %',
    `  us-1     ${'░'.repeat(40)}     0/s  0 failed`,
    '           no traffic yet',
    '',
    'production progressing: waiting for a pause of 3 s to end',
    '',
    '',
    'git log of the config repository',
    '  a1b2c3d4 !Roll back probe (Tidegate)',
  ]);
});

test('breaks a long reason at a word, and no further than two lines', () => {
  const because = 'one two three four '.repeat(12).trim();
  const lines = drawPicture({ ...picture, phase: '', because }, paint, 60).split('\n');
  expect(lines.slice(8, 10)).toEqual([
    'one two three four one two three four one two three four one',
    `${'two three four one two three four one two three four one two'.slice(0, 59)}…`,
  ]);
});

test('cuts what is wider than the terminal', () => {
  const because = 'because '.repeat(40);
  for (const line of drawPicture({ ...picture, because }, paint, 70).split('\n')) {
    expect(line.length).toBeLessThanOrEqual(71);
  }
});

test('a bar is always full, and nothing that gets traffic is invisible', () => {
  const shares = fc
    .array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 6 })
    .map((parts) => parts.map((one) => one / parts.reduce((a, b) => a + b, 0)));
  fc.assert(
    fc.property(shares, (given) => {
      const cells = splitBar(given);
      expect(cells.reduce((a, b) => a + b, 0)).toBe(40);
      for (const one of cells) expect(one).toBeGreaterThanOrEqual(1);
    }),
  );
  expect(splitBar([])).toEqual([]);
});

const result: DemoResult = {
  good: { phase: 'succeeded', seconds: 20 },
  bad: {
    phase: 'rolledBack',
    detectMs: 300,
    trafficBackMs: 100,
    revertCommit: 'abc',
    headRelease: 'r-2',
  },
  unready: { phase: 'rolledBack' },
  requests: { total: 9000, failedOutsideBadVersion: 0 },
  audit: { events: 60 },
};
const seen: Observed = {
  goodRelease: 'r-2',
  badRelease: 'r-3',
  unreadyRelease: 'r-4',
  badWeight: 20,
  firstWeight: 20,
  unreadyRequests: 0,
  badRequestsInTheEnd: 0,
  revertSubject: 'Roll back probe in production to r-2',
  killed: true,
};

test('a story in which everything is so has nothing to mend', () => {
  expect(untrueClaims(result, seen)).toEqual([]);
});

test.each<[Partial<DemoResult>, Partial<Observed>, string]>([
  [{ good: { phase: 'aborted', seconds: 1 } }, {}, 'did not arrive'],
  [{ bad: { ...result.bad, phase: 'succeeded' } }, {}, 'was not rolled back: succeeded'],
  [{ bad: { ...result.bad, detectMs: Number.NaN } }, {}, 'nobody saw'],
  [{ bad: { ...result.bad, revertCommit: null } }, {}, 'no commit reverts'],
  [{ bad: { ...result.bad, headRelease: 'r-3' } }, {}, 'Git declares r-3'],
  [{ unready: { phase: 'succeeded' } }, {}, 'never ready was not rolled back'],
  [{ requests: { total: 0, failedOutsideBadVersion: 0 } }, {}, 'no traffic'],
  [{ requests: { total: 9, failedOutsideBadVersion: 1 } }, {}, '1 requests were lost'],
  [{ audit: { events: 0 } }, {}, 'nothing was written down'],
  [{}, { killed: false }, 'was not killed'],
  [{}, { badWeight: 60 }, 'got to 60 %'],
  [{}, { revertSubject: null }, 'not on the main branch'],
  [{}, { unreadyRequests: 2 }, 'answered 2 requests'],
  [{}, { badRequestsInTheEnd: 3 }, 'after it was gone'],
])('says what is not so: %j %j', (change, other, claim) => {
  const untrue = untrueClaims({ ...result, ...change }, { ...seen, ...other });
  expect(untrue).toHaveLength(1);
  expect(untrue[0]).toContain(claim);
});
