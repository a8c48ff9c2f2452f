import type { CDPSession, Page } from 'playwright-core';
import { eventually } from '../../../examples/demo/processes.ts';
import { percentile } from '../figures.ts';
import type { BenchContext, Figure, Suite } from '../types.ts';
import { countFrames, framesSoFar, positionNow, usableAt, watchCells } from './in-page.ts';
import { measureShown } from './shown.ts';
import { openStage, type Stage } from './stage.ts';

const amount = { applications: 1_000, environments: 4, rolloutsEach: 2 };
const visits = 5;
const changes = 100;
/** Turns of the wheel down, and as many up; pixels of each, about three lines of the list. */
const turns = 100;
const turn = 240;
/** Milliseconds; a screen of 60 Hz that misses one frame shows the next after 33. */
const late = 32;

export const webSuite: Suite = {
  name: 'web',
  figures: ['web.script', 'web.usable', 'web.shown.p99', 'web.heap', 'web.scroll'],
  run: measure,
};

/** The overview in a real browser, against a server with a fleet that is all under way. */
async function measure({ url, say }: BenchContext): Promise<readonly Figure[]> {
  const stage = await openStage(url, amount);
  try {
    await visit(stage);
    const seen: Visit[] = [];
    for (let n = 0; n < visits; n += 1) seen.push(await visit(stage));
    say('a page is scrolled and told of changes');
    const { page, cdp } = await open(stage);
    const delays = await measureShown(stage.db, page, amount, changes);
    const frames = await scroll(page);
    await lookAtAll(page);
    return figures(seen, delays, frames, await heapOf(cdp));
  } finally {
    await stage.end();
  }
}

type Visit = { readonly usable: number; readonly script: number };

/** By a browser that was never here: nothing is in its cache. */
async function visit(stage: Stage): Promise<Visit> {
  const { page, cdp } = await open(stage);
  const usable = await eventually('the first row', () => page.evaluate<number | null>(usableAt));
  const script = cdp.script();
  await page.context().close();
  return { usable, script };
}

type Probe = { readonly session: CDPSession; script(): number };

async function open({ browser, server }: Stage): Promise<{ page: Page; cdp: Probe }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  await page.addInitScript(watchCells);
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  const scripts = new Set<string>();
  const sizes = new Map<string, number>();
  session.on('Network.responseReceived', ({ requestId, response }) => {
    if (response.url.endsWith('.js')) scripts.add(requestId);
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) sizes.set(requestId, encodedDataLength);
  });
  await page.goto(`${server.url}/#token=${server.token}`);
  await page.locator('[data-cell]').first().waitFor();
  const script = (): number => [...sizes.values()].reduce((sum, size) => sum + size, 0);
  return { page, cdp: { session, script } };
}

/** Turns the wheel down and up again, fast. Milliseconds of each frame. */
async function scroll(page: Page): Promise<readonly number[]> {
  await page.mouse.move(640, 500);
  await page.evaluate(countFrames);
  for (const direction of [1, -1]) {
    for (let n = 0; n < turns; n += 1) await page.mouse.wheel(0, direction * turn);
  }
  return await page.evaluate<number[]>(framesSoFar);
}

/** To the end of the list, every line of it, and back. */
async function lookAtAll(page: Page): Promise<void> {
  for (const key of ['PageDown', 'PageUp']) {
    const isThere = async (): Promise<boolean> => {
      await page.keyboard.press(key);
      const [top = 0, end = 0] = await page.evaluate<number[]>(positionNow);
      return key === 'PageDown' ? top >= end - 1 : top <= 0;
    };
    await eventually(`the end of the list by ${key}`, isThere, 20_000);
  }
}

/** Bytes that scripts hold when all that can be let go was. */
async function heapOf({ session }: Probe): Promise<number> {
  await session.send('HeapProfiler.enable');
  await session.send('HeapProfiler.collectGarbage');
  await session.send('Performance.enable');
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? Number.NaN;
}

function figures(
  seen: readonly Visit[],
  delays: readonly number[],
  frames: readonly number[],
  heap: number,
): readonly Figure[] {
  const usable = seen.map((one) => one.usable);
  const fleet = `${amount.applications} applications × ${amount.environments} environments`;
  const slow = frames.filter((frame) => frame > late).length;
  return [
    {
      ...{ name: 'web.script', unit: 'kB', aim: 250 },
      value: Math.max(...seen.map((one) => one.script)) / 1_000,
      note: 'compressed script that was sent until the overview showed rows',
    },
    {
      ...{ name: 'web.usable', unit: 'ms', aim: 1_000, value: percentile(usable, 0.5) },
      note: `navigation → first rows of ${fleet}, nothing cached, median of ${visits}; worst ${Math.round(Math.max(...usable))} ms`,
    },
    {
      ...{ name: 'web.shown.p99', unit: 'ms', aim: 250, value: percentile(delays, 0.99) },
      note: `the engine begins to write a decision → the page shows it, ${changes} changes; p50 ${Math.round(percentile(delays, 0.5))} ms`,
    },
    {
      ...{ name: 'web.heap', unit: 'MB', aim: 150, value: heap / 1e6 },
      note: 'after the whole list was scrolled through and back',
    },
    {
      ...{ name: 'web.scroll', unit: '%', aim: 5, value: (100 * slow) / frames.length },
      note: `of ${frames.length} frames took over ${late} ms while the wheel turned; worst ${Math.round(Math.max(...frames))} ms`,
    },
  ];
}
