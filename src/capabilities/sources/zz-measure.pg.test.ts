import { test } from 'vitest';
import { nudge } from './operations.ts';
import { readDocument } from './reads.ts';
import { application, environment, release, startWorld, target, until } from './sources.fixture.ts';

test('measure', async () => {
  for (const count of [100, 1000]) {
    const files = Object.fromEntries([
      ['env.yaml', environment('staging', ['s']) + '---\n' + environment('production', ['p'])],
      ['t.yaml', target('s') + '---\n' + target('p')],
      ...Array.from({ length: count }, (_, n) => [
        [`apps/a${n}.yaml`, application(`a${n}`, ['staging', 'production'])],
        [`environments/staging/a${n}.yaml`, release(`a${n}`, 'staging', 'a')],
        [`environments/production/a${n}.yaml`, release(`a${n}`, 'production', 'a')],
      ]).flat(),
    ]);
    const t0 = performance.now();
    const world = await startWorld(files);
    const t1 = performance.now();
    await world.settle();
    console.log(
      count,
      'first clone ms',
      Math.round(performance.now() - t1),
      'setup',
      Math.round(t1 - t0),
    );
    const times: number[] = [];
    for (let i = 0; i < 30; i += 1) {
      const n = (i * 37) % count;
      await world.remote.push({
        [`environments/production/a${n}.yaml`]: release(
          `a${n}`,
          'production',
          'bcdef'[i % 5] ?? 'b',
        ),
      });
      const head = await world.remote.head();
      const s = performance.now();
      await nudge(world.db, 'config');
      await until(async () =>
        (await readDocument(world.db, 'Release', `production/a${n}`))?.commit === head
          ? true
          : null,
      );
      times.push(performance.now() - s);
    }
    times.sort((a, b) => a - b);
    console.log(
      count,
      'one commit p50',
      Math.round(times[15] ?? 0),
      'p90',
      Math.round(times[27] ?? 0),
      'min',
      Math.round(times[0] ?? 0),
      'rss',
      Math.round(process.memoryUsage().rss / 1e6),
    );
    await world.stop();
  }
}, 200_000);
