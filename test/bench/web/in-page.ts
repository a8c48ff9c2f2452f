/*
 * What is measured inside the page, as text: it runs there and not here. Times are milliseconds, of the page's own
 * clock since its navigation, or since the epoch where two processes are compared.
 */

/** Before anything of the page runs: notes when the first row is shown, and what each cell shows when. */
export const watchCells = `
  globalThis.bench = { usable: null, shown: new Map(), frames: null };
  new MutationObserver((changes) => {
    const now = performance.now();
    if (bench.usable === null && document.querySelector('[data-cell]')) bench.usable = now;
    for (const { target } of changes) {
      const cell = (target.nodeType === 1 ? target : target.parentElement)?.closest('[data-cell]');
      const told = cell?.textContent.match(/bench \\d+/)?.[0];
      if (told && !bench.shown.has(told)) bench.shown.set(told, performance.timeOrigin + now);
    }
  }).observe(document, { subtree: true, childList: true, characterData: true });
`;

export const usableAt = 'globalThis.bench.usable';

/** When it was first shown that a change was made, since the epoch; null when it was not yet. */
export const shownAt = (change: string): string =>
  `globalThis.bench.shown.get(${JSON.stringify(change)}) ?? null`;

/** Takes the time of each frame from now on. */
export const countFrames = `
  bench.frames = [];
  const note = (at) => {
    if (bench.frames.length > 0 || bench.last) bench.frames.push(at - bench.last);
    bench.last = at;
    if (bench.frames.length < 100_000) requestAnimationFrame(note);
  };
  requestAnimationFrame(note);
`;

export const framesSoFar = 'globalThis.bench.frames';
export const positionNow = '[scrollY, document.documentElement.scrollHeight - innerHeight]';
