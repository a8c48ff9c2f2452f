import type { Page } from 'playwright-core';
import { eventually } from '../../../examples/demo/processes.ts';
import type { Write } from '../../../src/engine/engine-store.ts';
import { engineStore } from '../../../src/engine/postgres-store.ts';
import { openObject } from '../../../src/engine/store.ts';
import type { Database } from '../../../src/platform/db/types.ts';
import type { Amount } from '../status/seed.ts';
import { shownAt } from './in-page.ts';

/** Rows at the top of the list, which are in sight. */
const inSight = 5;

/**
 * Decides `changes` times something of a rollout in sight, by the engine's own write. Milliseconds from the begin of
 * that write to the page that shows it, on one machine's clock.
 */
export async function measureShown(
  db: Database,
  page: Page,
  { environments, rolloutsEach }: Amount,
  changes: number,
): Promise<readonly number[]> {
  await page.locator('[data-live=live]').waitFor();
  const delays: number[] = [];
  for (let n = 0; n < changes; n += 1) {
    const [a, e] = [1 + (n % inSight), 1 + (n % environments)];
    const rollout = `ro-${String(rolloutsEach).padStart(4, '0')}-${a}-${e}`;
    const change = `bench ${n}`;
    const since = await decide(db, rollout, change);
    const shown = await eventually(change, () => page.evaluate<number | null>(shownAt(change)));
    delays.push(shown - since);
  }
  return delays;
}

/** Answers with when the write began, in milliseconds since the epoch. */
async function decide(db: Database, rollout: string, because: string): Promise<number> {
  await openObject(db, { kind: 'rollout', key: rollout, phase: 'progressing', state: {} });
  await db.query('update objects set wake_at = now() where id = $1', [`rollout/${rollout}`]);
  const store = engineStore(db);
  const ask = { kinds: ['rollout'], lease: 'bench#1', limit: 1, duration: 10_000 };
  const { objects } = await store.claim(ask);
  const [object] = objects;
  if (!object) throw new Error(`${rollout} is not due`);
  const decision = { state: {}, phase: 'progressing', terminal: false, because, wakeAt: null };
  const write: Write = {
    ...{ type: 'decided', object, seen: object, schema: 1, seenAs: null, wakeAt: null },
    decision: { ...decision, writes: [because] },
    writer: {
      apply: async (tx) => {
        await tx.query('update rollouts set because = $2, updated_at = now() where id = $1', [
          rollout,
          because,
        ]);
      },
    },
  };
  const since = performance.timeOrigin + performance.now();
  await store.write([write]);
  return since;
}
