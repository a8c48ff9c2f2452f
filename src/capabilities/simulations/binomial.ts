import type { Random } from './random.ts';

/** Below this mean, counting from event to event is quicker and exact. */
const fewEvents = 10;

/** How many of `n` come true, each with the chance `p`. */
export function binomial(random: Random, n: number, p: number): number {
  if (n <= 0 || p <= 0) return 0;
  if (p >= 1) return n;
  if (p > 0.5) return n - binomial(random, n, 1 - p);
  return n * p < fewEvents ? byWaiting(random, n, p) : byRejection(random, n, p);
}

/** Trials between events are geometric (Devroye, "Non-uniform random variate generation", 1986, X.4). */
function byWaiting(random: Random, n: number, p: number): number {
  const step = Math.log1p(-p);
  let trials = 0;
  for (let events = 0; ; events += 1) {
    trials += Math.floor(Math.log(1 - random()) / step) + 1;
    if (trials > n) return events;
  }
}

/** Transformed rejection, BTRS (Hörmann, "The generation of binomial random variates", 1993); p up to one half. */
function byRejection(random: Random, n: number, p: number): number {
  const spread = Math.sqrt(n * p * (1 - p));
  const b = 1.15 + 2.53 * spread;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const centre = n * p + 0.5;
  const alpha = (2.83 + 5.1 / b) * spread;
  const odds = Math.log(p / (1 - p));
  const mode = Math.floor((n + 1) * p);
  const top = logFactorial(mode) + logFactorial(n - mode);
  for (;;) {
    const height = random();
    const u = random() - 0.5;
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + centre);
    if (us >= 0.07 && height <= 0.92 - 4.2 / b) return k;
    if (k < 0 || k > n) continue;
    const bound = top - logFactorial(k) - logFactorial(n - k) + (k - mode) * odds;
    if (Math.log((height * alpha) / (a / (us * us) + b)) <= bound) return k;
  }
}

const halfLogTwoPi = 0.9189385332046728;
const firstLogs: readonly number[] = Array.from({ length: 16 }, (_, k) =>
  Array.from({ length: k }, (_, at) => Math.log(at + 1)).reduce((sum, one) => sum + one, 0),
);

/** ln k!, by Stirling's series where it is exact to ten digits. */
function logFactorial(k: number): number {
  const small = firstLogs[k];
  if (small !== undefined) return small;
  const x = k + 1;
  const square = x * x;
  return (
    (x - 0.5) * Math.log(x) -
    x +
    halfLogTwoPi +
    (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / x
  );
}
