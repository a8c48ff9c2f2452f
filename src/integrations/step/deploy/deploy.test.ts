import { expect, test } from 'vitest';
import { contextOf } from '../context.fixture.ts';
import { lookOf, stepContract } from '../contract.ts';
import {
  committed,
  declared,
  delivery,
  facts,
  fresh,
  memory,
  rollout,
  settings,
} from './deploy.fixture.ts';
import { type DeployWish, deployStep } from './deploy.ts';

/** Promotions and requests by what makes them the same, as PostgreSQL keeps them. */
function world() {
  const promotions = new Map<string, DeployWish>();
  const aborts = new Map<string, string>();
  const asked: unknown[] = [];
  const adapter = deployStep({
    promote: async (wish) => {
      promotions.set(wish.id, promotions.get(wish.id) ?? wish);
      return { is: 'opened', promotion: wish.id, release: wish.release ?? fresh };
    },
    readDeploy: async (ask) => {
      asked.push(ask);
      return facts();
    },
    abortRollout: async ({ key, rollout: id }) => {
      aborts.set(key, id);
    },
  });
  return { adapter, promotions, aborts, asked };
}

const promote = {
  ...{ do: 'promote', application: 'shop', environment: 'production' },
  ...{ release: null, fast: false, because: '' },
};

stepContract('deploy', () => {
  const { adapter, promotions } = world();
  return {
    adapter,
    settings: [settings, { ...settings, onCancel: 'leave' }],
    facts: [
      facts({ promotion: null }),
      facts(),
      facts({ promotion: committed({ phase: 'failed' }) }),
      facts({ rollout: rollout() }),
      facts({ rollout: rollout({ phase: 'rolledBack', terminal: true }) }),
      facts({ delivery: delivery({ stable: fresh }) }),
      facts({ delivery: delivery({ active: rollout({ id: 'ro-0', commit: 'b', isOwn: false }) }) }),
      facts({ desired: declared({ release: 'r-other', isRead: true }) }),
    ],
    over: facts({ rollout: rollout({ phase: 'aborted', terminal: true }) }),
    values: [
      { is: 'opened', promotion: 'pr-1', release: fresh },
      { is: 'refused', because: 'No.' },
    ],
    twice: async () => {
      await adapter.run?.(promote, contextOf());
      await adapter.run?.(promote, contextOf());
      return promotions.size;
    },
  };
});

test('another effect is another promotion', async () => {
  const { adapter, promotions } = world();
  await adapter.run?.(promote, contextOf({ key: 'run/run-1/4/0' }));
  await adapter.run?.(promote, contextOf({ key: 'run/run-1/9/0' }));
  expect(promotions.size).toBe(2);
  for (const id of promotions.keys()) expect(id).toMatch(/^pr-[0-9a-f]{18}$/);
});

test('an abort is asked for by its key', async () => {
  const { adapter, aborts } = world();
  const abort = { do: 'abort', rollout: 'ro-1', actor: 'user:bob', because: 'no' };
  expect(await adapter.run?.(abort, contextOf())).toEqual({ rollout: 'ro-1' });
  expect([...aborts]).toEqual([[contextOf().key, 'ro-1']]);
});

test('nothing is read before there is a promotion, and then the rollout that is awaited', async () => {
  const { adapter, asked } = world();
  expect(await adapter.load?.(lookOf({ settings }))).toBeNull();
  expect(asked).toEqual([]);
  const look = lookOf({ settings, memory: memory({ rollout: 'ro-1' }) });
  expect(await adapter.load?.(look)).toEqual(facts());
  expect(asked).toEqual([
    {
      ...{ run: 'run-1', application: 'shop', environment: 'production' },
      ...{ promotion: 'pr-1', rollout: 'ro-1' },
    },
  ]);
});
