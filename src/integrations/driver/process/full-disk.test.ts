import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  fetchOnce,
  fixtureVersion,
  intentMaker,
  temporary,
  until,
} from '../../../../test/support/fixture-service/harness.ts';
import {
  converged,
  openDriver,
  statusOf,
} from '../../../../test/support/fixture-service/open-driver.ts';
import { findMarked, markerOf } from './proc.ts';

/** A file that cannot be written: its draft's name is taken by a directory. */
function blocked(file: string): () => void {
  const draft = `${file}.part`;
  mkdirSync(draft, { recursive: true });
  return () => rmSync(draft, { recursive: true });
}

test('a replica whose record cannot be written is ended, and started again when it can', async () => {
  const { path: directory, remove } = temporary();
  const { driver, end } = await openDriver({ directory });
  const free = blocked(join(directory, 'replicas', 'shop.r-1.1.json'));
  try {
    driver.apply(intentMaker()([fixtureVersion('r-1', 1, 100)]));
    // More than once, so that what the first try left behind would still be there.
    await until('two tries', () => JSON.stringify(statusOf(driver) ?? '').includes('(2 times)'));
    await until('nothing to be left', () => findMarked(markerOf(directory)).length === 0);
    free();
    const url = await converged(driver, 1);
    const { pid } = JSON.parse((await fetchOnce(`${url}/facts`)).body);
    expect(findMarked(markerOf(directory)).map((found) => found.pid)).toEqual([pid]);
  } finally {
    await end();
    remove();
  }
});

test('a port that cannot be remembered is served all the same', async () => {
  const { path: directory, remove } = temporary();
  blocked(join(directory, 'ports.json'));
  const { driver, end } = await openDriver({ directory });
  try {
    driver.apply(intentMaker()([fixtureVersion('r-1', 1, 100)]));
    const url = await converged(driver, 1);
    expect((await fetchOnce(`${url}/facts`)).status).toBe(200);
  } finally {
    await end();
    remove();
  }
});
