import type { Suite } from '../types.ts';
import { benchEnginePeers } from './peers.ts';

export const engineSuite: Suite = {
  name: 'engine',
  figures: [
    'engine.rate',
    'engine.rate.audited',
    'engine.rate.graphileWorker',
    'engine.rate.pgBoss',
    'engine.rate.overGraphileWorker',
    'engine.rate.overPgBoss',
    'engine.rate.graphileWorker.noop',
    'engine.rate.pgBoss.noop',
  ],
  run: ({ url }) => benchEnginePeers(url),
};
