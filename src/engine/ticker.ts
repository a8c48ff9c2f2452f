import type { Log } from '../platform/log/log.ts';

export type Ticker = {
  /** Runs soon; while a run is under way, once more after it. */
  poke(): void;
  /** Waits for the run that is under way; none follows. */
  stop(): Promise<void>;
};

export type TickerDeps = {
  /** Answers with the milliseconds until it should run again; null for the longest pause. */
  readonly run: () => Promise<number | null>;
  /** Longest pause, in milliseconds. */
  readonly longest: number;
  readonly log: Log;
  readonly name: string;
};

/** One `run` at a time, called by a timer or by a poke, whichever is first. A run that throws is tried again. */
export function startTicker(deps: TickerDeps): Ticker {
  let stopped = false;
  let poked = false;
  let wakeUp: (() => void) | null = null;

  const pause = (wait: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, wait);
      wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const once = async (): Promise<number> => {
    try {
      return (await deps.run()) ?? deps.longest;
    } catch (error) {
      deps.log.warn({ err: error, ticker: deps.name }, 'run failed; it is tried again');
      return deps.longest;
    }
  };

  const forever = async () => {
    while (!stopped) {
      poked = false;
      const wait = await once();
      if (stopped || poked) continue;
      await pause(Math.min(Math.max(Math.ceil(wait), 0), deps.longest));
      wakeUp = null;
    }
  };
  const running = forever();

  return {
    poke: () => {
      poked = true;
      wakeUp?.();
    },
    stop: () => {
      stopped = true;
      wakeUp?.();
      return running;
    },
  };
}
