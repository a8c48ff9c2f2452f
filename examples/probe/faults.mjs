/**
 * What the probe can be made to do wrong. Every field is optional.
 *
 * @typedef {object} Faults
 * @property {number} errorRate share of requests to `/` answered with 500, from 0 to 1; exact, not random
 * @property {number} slowMs milliseconds that each answer of `/` is held back
 * @property {boolean} crashAtStart exits with code 70 before it listens
 * @property {boolean} neverReady `/readyz` stays 503
 * @property {number} leakMegabytesPerMinute memory kept for ever, per minute
 * @property {number | null} failAfterMinutes minutes after its start from which `/` and `/healthz` fail
 */

/** @type {Readonly<Faults>} */
export const noFaults = Object.freeze({
  errorRate: 0,
  slowMs: 0,
  crashAtStart: false,
  neverReady: false,
  leakMegabytesPerMinute: 0,
  failAfterMinutes: null,
});

const within =
  (/** @type {number} */ low, /** @type {number} */ high) => (/** @type {unknown} */ value) =>
    typeof value === 'number' && value >= low && value <= high;
const flag = (/** @type {unknown} */ value) => typeof value === 'boolean';

/** @type {Record<string, { valid: (value: unknown) => boolean, wants: string }>} */
const fields = {
  errorRate: { valid: within(0, 1), wants: 'a number from 0 to 1' },
  slowMs: { valid: within(0, 600_000), wants: 'milliseconds from 0 to 600000' },
  crashAtStart: { valid: flag, wants: 'true or false' },
  neverReady: { valid: flag, wants: 'true or false' },
  leakMegabytesPerMinute: { valid: within(0, 100_000), wants: 'megabytes from 0 to 100000' },
  failAfterMinutes: {
    valid: (value) => value === null || within(0, 1_000_000)(value),
    wants: 'minutes from 0, or null',
  },
};

/**
 * Lays the given faults over those in force. Throws a TypeError that names the field when one is not valid.
 *
 * @param {Readonly<Faults>} before
 * @param {unknown} given
 * @returns {Readonly<Faults>}
 */
export function mergeFaults(before, given) {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new TypeError('faults must be a JSON object');
  }
  for (const [name, value] of Object.entries(given)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (!field)
      throw new TypeError(`unknown fault ${name}; known: ${Object.keys(fields).join(', ')}`);
    if (!field.valid(value)) throw new TypeError(`${name} must be ${field.wants}`);
  }
  return Object.freeze({ ...before, ...given });
}

/**
 * Whether the n-th request (from 1) errs, so that of any first n requests exactly ⌊n·rate⌋ do. The small
 * addend keeps 0.29 × 100 at 29.
 *
 * @param {number} n
 * @param {number} rate
 */
export function errs(n, rate) {
  return Math.floor(n * rate + 1e-9) > Math.floor((n - 1) * rate + 1e-9);
}
