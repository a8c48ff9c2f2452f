import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuditChoice, filterOf } from './filter.ts';

const own = { zone: process.env.TZ };
beforeAll(() => {
  process.env.TZ = 'Asia/Kolkata';
});
afterAll(() => {
  if (own.zone === undefined) delete process.env.TZ;
  else process.env.TZ = own.zone;
});

test.each<[AuditChoice, object]>([
  [{}, {}],
  [{ q: ' ', actor: '', since: '' }, {}],
  [
    { q: ' fire ', actor: 'git:*', type: 'rollout.*', application: 'shop', environment: 'eu' },
    { q: 'fire', actor: 'git:*', type: 'rollout.*', application: 'shop', environment: 'eu' },
  ],
  // Times are the reader's: here five and a half hours before Greenwich.
  [{ since: '2026-11-21T10:00' }, { since: '2026-11-21T04:30:00.000Z' }],
  [{ until: '2026-11-21T00:00' }, { until: '2026-11-20T18:30:00.000Z' }],
  [{ since: 'yesterday', until: '2026-99-99T00:00' }, {}],
  [{ tab: 'x' } as AuditChoice, {}],
])('%j is asked for as %j', (choice, expected) => {
  expect(filterOf(choice)).toEqual(expected);
});
