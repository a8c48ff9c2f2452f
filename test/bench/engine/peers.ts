import type { Figure } from '../types.ts';
import { measureGraphileWorker } from './graphile-worker.ts';
import { measurePgBoss } from './pg-boss.ts';
import { benchEngineRate } from './rate.ts';

/**
 * Our engine and two good job queues on the same PostgreSQL, one after the other: one worker process, as many keys, one
 * job of a key at a time. Each peer is measured twice. `noop`: a backlog of jobs that do nothing, a queue's best case and
 * less than a reconcile does. Otherwise: each job writes its object's state and asks for the next look, which is what a
 * reconcile does. Batch sizes are the best of some that were tried.
 */
export async function benchEnginePeers(url: string): Promise<Figure[]> {
  const engine = await benchEngineRate(url);
  const rate = engine[0]?.value ?? 0;
  const graphile = await measureGraphileWorker(url, 'reconcile');
  const boss = await measurePgBoss(url, 'reconcile');
  return [
    ...engine,
    figure('engine.rate.graphileWorker', graphile, 'graphile-worker 0.18, local queue of 500'),
    figure('engine.rate.pgBoss', boss, 'pg-boss 11.1, batches of 500, one transaction each'),
    ratio('engine.rate.overGraphileWorker', rate, graphile),
    ratio('engine.rate.overPgBoss', rate, boss),
    figure('engine.rate.graphileWorker.noop', await measureGraphileWorker(url, 'noop'), 'no work'),
    figure('engine.rate.pgBoss.noop', await measurePgBoss(url, 'noop'), 'no work'),
  ];
}

function figure(name: string, value: number, note: string): Figure {
  return { name, unit: '1/s', value: Math.round(value), aim: null, best: 'high', note };
}

function ratio(name: string, ours: number, theirs: number): Figure {
  const value = Math.round((ours / theirs) * 10) / 10;
  return { name, unit: '×', value, aim: null, best: 'high', note: 'ours ÷ theirs, same run' };
}
