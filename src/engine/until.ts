import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves when `holds` is true, or after `longest` ms. Answers whether it held. */
export async function until(holds: () => boolean, longest: number): Promise<boolean> {
  const end = performance.now() + longest;
  while (!holds()) {
    if (performance.now() >= end) return false;
    await sleep(10);
  }
  return true;
}
