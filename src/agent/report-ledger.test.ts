import { expect, test } from 'vitest';
import type { Status } from '../capabilities/fleet/types.ts';
import { reportLedger } from './report-ledger.ts';

const latency = { le: [], counts: [0], sumSeconds: 0 };

function status(application: string, requests = 0): Status {
  const counters = { epoch: 'one', requests, errors: 0, latency };
  const version = { release: 'r-1', replicas: 1, ready: 1, weight: 100, message: '', counters };
  return {
    ...{ target: 'eu-1', application, environment: 'production', generation: 1, converged: true },
    ...{ versions: [version], endpoint: null, previewEndpoint: null, message: '' },
    at: '2026-01-05T00:00:00.000Z',
  };
}

const names = (batch: readonly Status[]) => batch.map(({ application }) => application);

test('what was never told is told, and then only what changed or counted on', () => {
  const ledger = reportLedger();
  const all = [status('shop'), status('cart')];
  const first = ledger.take(all);
  expect(names(first.batch)).toEqual(['shop', 'cart']);
  ledger.told(first.batch);
  expect(ledger.take(all)).toEqual({ batch: [], more: false });
  ledger.changed('cart');
  expect(names(ledger.take(all).batch)).toEqual(['cart']);
  const counted = [status('shop', 7), status('cart')];
  ledger.compare(counted);
  expect(ledger.isDue()).toBe(true);
  expect(names(ledger.take(counted).batch)).toEqual(['shop']);
});

test('what changes while it is being told is due again', () => {
  const ledger = reportLedger();
  const { batch } = ledger.take([status('shop')]);
  ledger.changed('shop');
  ledger.told(batch);
  expect(ledger.isDue()).toBe(true);
  expect(names(ledger.take([status('shop')]).batch)).toEqual(['shop']);
});

test('after a loss everything is told again', () => {
  const ledger = reportLedger();
  const all = [status('shop'), status('cart')];
  ledger.told(ledger.take(all).batch);
  ledger.lost();
  expect(ledger.isDue()).toBe(false);
  expect(names(ledger.take(all).batch)).toEqual(['shop', 'cart']);
});

test('more than the wire takes at once goes in pieces, and nothing is left out', () => {
  const ledger = reportLedger();
  const all = Array.from({ length: 2_500 }, (_, n) => status(`app-${n}`));
  const sizes: number[] = [];
  for (let more = true; more; ) {
    const piece = ledger.take(all);
    sizes.push(piece.batch.length);
    ledger.told(piece.batch);
    more = piece.more;
  }
  expect(sizes).toEqual([1_000, 1_000, 500]);
});
