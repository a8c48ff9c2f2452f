import process from 'node:process';

/** Says what is being done, and that it goes on: a line per step, with its seconds while it takes longer than one. */
export type Progress = {
  /** Ends the step before, if any, and begins this one. */
  begin(step: string): void;
  /** Says something in between. */
  note(text: string): void;
  /** Ends the last step. */
  done(): void;
};

export function openProgress(out: NodeJS.WriteStream = process.stderr): Progress {
  const current: { step: string | null; since: number; timer?: NodeJS.Timeout } = {
    step: null,
    since: 0,
  };
  const live = out.isTTY === true;
  const seconds = (): string => ((performance.now() - current.since) / 1000).toFixed(1);
  const tick = (): void => {
    if (live) out.write(`\r  … ${current.step} ${seconds()} s`);
    else if (Number(seconds()) >= 10) out.write(`  … ${current.step}, ${seconds()} s so far\n`);
  };
  const done = (): void => {
    clearInterval(current.timer);
    if (current.step === null) return;
    out.write(`${live ? '\r' : ''}  ✓ ${current.step} ${seconds()} s\n`);
    current.step = null;
  };
  return {
    begin(step) {
      done();
      current.step = step;
      current.since = performance.now();
      if (live) out.write(`  … ${step}`);
      current.timer = setInterval(tick, live ? 200 : 10_000);
    },
    note(text) {
      out.write(`${live ? '\r' : ''}  ! ${text}\n`);
    },
    done,
  };
}
