import { get } from 'node:http';
import type { HealthContract, Probe } from '../../../capabilities/releases/types.ts';

/** Until a replica is ready it is asked at least this often, so that a start is not longer than it must be. Milliseconds. */
const eagerInterval = 100;

/** True for a status of 200–399 within the timeout. The body is not read. */
export function ask(port: number, { path, timeout }: Probe): Promise<boolean> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(timeout);
    const headers = { 'user-agent': 'tidegate-agent' };
    const request = get({ host: '127.0.0.1', port, path, signal, headers, agent: false }, (got) => {
      const status = got.statusCode ?? 0;
      got.destroy();
      resolve(status >= 200 && status < 400);
    });
    request.on('error', () => resolve(false));
  });
}

export type Prober = {
  /** Asks for readiness now instead of at the next turn. */
  readonly poke: () => void;
  readonly stop: () => void;
};

export type ProberOptions = {
  readonly port: number;
  readonly health: HealthContract;
  /** An adopted replica was alive before: its liveness is watched from the start. */
  readonly adopted: boolean;
  readonly onReadiness: (ready: boolean) => void;
  /** Called once, when liveness failed as often as its threshold says. */
  readonly onDead: () => void;
};

type Loop = { readonly now: () => void; readonly stop: () => void };

/** Asks again and again, never twice at once. `wait` gives the milliseconds to the next turn. */
function loop(turn: () => Promise<void>, wait: () => number): Loop {
  let timer: NodeJS.Timeout | undefined;
  let busy = false;
  let stopped = false;
  const run = async (): Promise<void> => {
    if (busy || stopped) return;
    busy = true;
    clearTimeout(timer);
    await turn();
    busy = false;
    if (!stopped) timer = setTimeout(run, wait());
  };
  void run();
  return {
    now: () => void run(),
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** One success makes ready; failures in a row, as many as the threshold, make unready or dead. */
export function startProber(options: ProberOptions): Prober {
  const { port, health } = options;
  let ready = false;
  let missed = 0;
  let dead = 0;
  let stopped = false;
  let liveness: Loop | null = null;

  const watchLiveness = (probe: Probe): Loop =>
    loop(
      async () => {
        dead = (await ask(port, probe)) ? 0 : dead + 1;
        if (dead === probe.failureThreshold && !stopped) options.onDead();
      },
      () => probe.interval,
    );

  const readiness = loop(
    async () => {
      const ok = await ask(port, health.readiness);
      if (stopped) return;
      missed = ok ? 0 : missed + 1;
      if (ok) {
        ready = true;
        options.onReadiness(true);
        if (health.liveness && !liveness) liveness = watchLiveness(health.liveness);
      } else if (ready && missed >= health.readiness.failureThreshold) {
        ready = false;
        options.onReadiness(false);
      }
    },
    () => (ready ? health.readiness.interval : Math.min(eagerInterval, health.readiness.interval)),
  );
  if (options.adopted && health.liveness) liveness = watchLiveness(health.liveness);

  return {
    poke: readiness.now,
    stop: () => {
      stopped = true;
      readiness.stop();
      liveness?.stop();
    },
  };
}
