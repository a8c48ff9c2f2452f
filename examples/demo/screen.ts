import { createLogUpdate } from 'log-update';
import picocolors from 'picocolors';
import { type Head, readLog } from '../../src/workspace/git.ts';
import type { Workspace } from '../../src/workspace/workspace.ts';
import { drawPicture, type Paint } from './picture.ts';
import type { Scene } from './story.ts';

const frameMs = 200;
const commitsShown = 6;

export type Screen = { close(): Promise<void> };

export type Output = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  readonly columns?: number;
};

/** A live picture on a terminal; elsewhere a plain line for each thing that changed. */
export function openScreen(workspace: Workspace, scene: Scene, output: Output): Screen {
  const startedAt = performance.now();
  const seconds = (): number => (performance.now() - startedAt) / 1000;
  const show = output.isTTY
    ? livePicture(workspace, scene, output, seconds)
    : plainLines(scene, output, seconds);
  const ending = new AbortController();
  const drawing = (async () => {
    while (!ending.signal.aborted) {
      await show.frame();
      await wait(frameMs, ending.signal);
    }
    await show.frame();
    show.done();
  })();
  return {
    async close() {
      ending.abort();
      await drawing;
    },
  };
}

type Show = { frame(): Promise<void>; done(): void };

function livePicture(
  workspace: Workspace,
  scene: Scene,
  output: Output,
  seconds: () => number,
): Show {
  const update = createLogUpdate(output);
  const paint: Paint = picocolors.createColors(true);
  const production = workspace.endpoints.filter(
    (one) => one.application === 'probe' && one.environment === 'production',
  );
  const kept: { log: readonly Head[] } = { log: [] };
  return {
    async frame() {
      kept.log = await readLog(workspace.config, commitsShown).catch(() => kept.log);
      const { rollout, traffic } = scene;
      const nothing = { perSecond: 0, failed: 0, shares: {} };
      const targets = production.map(({ target, url }) => ({
        name: target,
        recent: traffic?.recent(url) ?? { url, ...nothing },
      }));
      const picture = {
        ...scene,
        seconds: seconds(),
        requests: traffic?.report().requests ?? 0,
        targets,
        phase: rollout ? `${rollout.environment} ${rollout.phase}` : '',
        because: rollout?.because ?? '',
        log: kept.log,
      };
      update(drawPicture(picture, paint, (output.columns ?? 100) - 1));
    },
    done: () => update.done(),
  };
}

function plainLines(scene: Scene, output: Output, seconds: () => number): Show {
  const said = { title: '', news: '', plane: 'up' };
  const line = (text: string): void => {
    output.write(`${seconds().toFixed(1).padStart(6)} s  ${text}\n`);
  };
  return {
    async frame() {
      const { title, rollout, controlPlane } = scene;
      if (title !== said.title) line(title);
      if (controlPlane !== said.plane) line(`  the control plane is ${controlPlane}`);
      const news = rollout ? `  ${rollout.environment} ${rollout.phase}: ${rollout.because}` : '';
      if (news !== said.news && news !== '') line(news);
      Object.assign(said, { title, news, plane: controlPlane });
    },
    done() {},
  };
}

/** Sleeps until the time is over or the signal comes. */
async function wait(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
  clearTimeout(timer);
}
