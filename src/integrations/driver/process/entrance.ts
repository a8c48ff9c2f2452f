import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../../platform/log/log.ts';
import { type PortBook, type ProcessSettings, previewName } from './ports.ts';
import type { Router } from './router/router.ts';

/** The addresses of one application's router: opened when asked for, tried again while they are taken. */
export type Entrance = {
  /** Opens or closes what is needed; the result shows in `endpoint` and `problem`, and `onNews` tells. */
  readonly want: (main: boolean, preview: boolean) => void;
  readonly endpoint: () => string | null;
  readonly previewEndpoint: () => string | null;
  /** Why an address is missing; empty when none is. */
  readonly problem: () => string;
  readonly close: () => void;
};

export type EntranceOptions = {
  readonly application: string;
  readonly router: Router;
  readonly ports: PortBook;
  readonly settings: () => ProcessSettings | null;
  readonly log: Log;
  readonly onNews: () => void;
};

const retryAfter = 1_000;
/** A port that was ours may still be held by the agent before us while it drains. */
const patience = 10;
const pause = 200;

type Door = { endpoint: string | null; problem: string; opening: boolean; wanted: boolean };

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

/** First port of the candidates that can be had. */
async function listenFirst(
  { router, ports, settings }: EntranceOptions,
  name: string,
  preview: boolean,
): Promise<number> {
  const host = settings()?.host ?? '127.0.0.1';
  const { own, others } = ports.candidates(name, settings());
  const tries = [...new Array<number | null>(patience).fill(own), ...others];
  let last = 'the range has no free port';
  for (const port of tries.filter((candidate) => candidate !== null)) {
    try {
      return await router.listen(host, port, preview);
    } catch (error) {
      last = `port ${port}: ${codeOf(error)}`;
    }
    if (port === own) await sleep(pause);
  }
  throw new Error(`TG1504 No free port on the target: ${last}`);
}

export function createEntrance(options: EntranceOptions): Entrance {
  const { application, router, ports } = options;
  const main: Door = { endpoint: null, problem: '', opening: false, wanted: false };
  const preview: Door = { endpoint: null, problem: '', opening: false, wanted: false };
  let closed = false;

  /** A port that is open is served, also when the disk has no room to remember it. */
  const keep = (name: string, port: number): void => {
    try {
      ports.remember(name, port);
    } catch (error) {
      options.log.warn({ err: error, port }, 'the port cannot be remembered over a restart');
    }
  };

  const open = async (door: Door): Promise<void> => {
    const isPreview = door === preview;
    const name = isPreview ? previewName(application) : application;
    door.opening = true;
    try {
      const port = await listenFirst(options, name, isPreview);
      keep(name, port);
      const host = options.settings()?.host ?? '127.0.0.1';
      door.endpoint = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
      door.problem = '';
      options.log.info({ application, endpoint: door.endpoint, preview: isPreview }, 'listening');
    } catch (error) {
      door.problem = error instanceof Error ? error.message : String(error);
      options.log.error({ application, problem: door.problem }, 'cannot listen');
      await sleep(retryAfter, undefined, { ref: false });
    }
    door.opening = false;
    if (!closed) {
      options.onNews();
      settle(door);
    }
  };

  const settle = (door: Door): void => {
    if (door.opening || closed) return;
    if (door.wanted && door.endpoint === null) void open(door);
    if (door.wanted || door.endpoint === null) return;
    door.endpoint = null;
    router.closeDoor(door === preview);
  };

  return {
    want: (wantMain, wantPreview) => {
      main.wanted = wantMain;
      preview.wanted = wantPreview;
      if (!wantPreview) preview.problem = '';
      settle(main);
      settle(preview);
    },
    endpoint: () => main.endpoint,
    previewEndpoint: () => preview.endpoint,
    problem: () => main.problem || preview.problem,
    close: () => {
      closed = true;
    },
  };
}
