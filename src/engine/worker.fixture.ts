/*
 * A worker as a process of its own, for tests that kill or freeze it: node worker.fixture.ts URL. It says "loading" when it
 * has an object in hand, and decides only when a line arrives on standard input.
 */
import { once } from 'node:events';
import { openDatabase } from '../platform/db/pool.ts';
import { type Count, quiet, reconcilerOf } from './engine.fixture.ts';
import { startEngine } from './engine.ts';

const [, , url] = process.argv;
if (url === undefined) throw new Error('usage: worker.fixture.ts URL');

const held = reconcilerOf<Count>({
  kind: 'held',
  load: async (look) => {
    process.stdout.write(`loading ${look.id}\n`);
    await once(process.stdin, 'data');
  },
  decide: ({ state }) => ({
    state: { ...state, n: state.n + 100 },
    phase: 'child',
    terminal: false,
    because: 'written by the child',
    wakeAt: null,
    events: [{ type: 'child.wrote', actor: 'tidegate', because: 'a test', outcome: 'done' }],
    effects: [{ kind: 'child.effect', payload: {} }],
    open: [{ kind: 'opened', key: 'by-child', phase: 'new', state: {} }],
  }),
});

const db = openDatabase(url, { max: 4, name: 'child' });
const engine = await startEngine({
  db,
  reconcilers: [held],
  handlers: [],
  worker: `child-${process.pid}`,
  log: quiet,
});
setInterval(() => {
  const { stale, written } = engine.counts().objects;
  process.stdout.write(`counts stale ${stale} written ${written}\n`);
}, 100);
