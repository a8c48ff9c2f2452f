const first = 250;
const longest = 30_000;
/** A replica that was ready this long had recovered: its next failure is the first of a new row. */
const recovered = 60_000;

/** Milliseconds to wait before the next start after `failures` failures in a row: 250 ms, doubling, at most 30 s. */
export function restartDelay(failures: number): number {
  return failures <= 0 ? 0 : Math.min(longest, first * 2 ** (failures - 1));
}

/** Failures in a row after one more. `readySince` is null when the replica was not ready at the time. */
export function countFailure(failures: number, readySince: number | null, now: number): number {
  return readySince !== null && now - readySince >= recovered ? 1 : failures + 1;
}

/** What to say of an ended process. `code` and `signal` are both null for an adopted one, whose exit nobody could collect. */
export function exitReason(code: number | null, signal: string | null): string {
  if (code !== null) return `exited with code ${code}`;
  return signal === null ? 'exited' : `was ended by ${signal}`;
}
