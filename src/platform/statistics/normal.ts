/** Coefficients from the lowest power on. */
type Rational = { readonly over: readonly number[]; readonly under: readonly number[] };

const polynomial = (coefficients: readonly number[], x: number): number =>
  coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0);

const rational = ({ over, under }: Rational, x: number): number =>
  polynomial(over, x) / polynomial(under, x);

const middle: Rational = {
  over: [
    18154.98125334356, 1067.6894854603709, 161.02823106855587, 2.2352520354606837,
    0.06568233791820745,
  ],
  under: [45507.78933502673, 10260.932208618979, 976.0985517377767, 47.202581904688245, 1],
};
const shoulder: Rational = {
  over: [
    9842.714838383978, 11602.65143764735, 6848.190450536283, 2494.5375852903726, 597.2702763948002,
    93.50665613217785, 8.883149794388377, 0.39894151208813466, 1.0765576773720192e-8,
  ],
  under: [
    19685.429676859992, 38912.00328609327, 34900.95272114598, 18615.571640885097, 6485.558298266761,
    1519.3775994075547, 235.387901782625, 22.266688044328117, 1,
  ],
};
const tail: Rational = {
  over: [
    0.000029112874951168793, 0.0014216191932278934, 0.022235277870649807, 0.12740116116024736,
    0.215898534057957, 0.023073441764940174,
  ],
  under: [
    0.00007297515550839662, 0.0037823963320275824, 0.06598813786892856, 0.4682382124808651,
    1.284260096144911, 1,
  ],
};

/**
 * Chance that a standard normal variable is at most `z`, with a relative error near 1e-15 in both tails. W. J. Cody,
 * "Rational Chebyshev approximation for the error function", Math. Comp. 23 (1969), with the coefficients of his
 * ANORM in SPECFUN (ACM TOMS 715, 1993).
 */
export function normalCdf(z: number): number {
  if (Number.isNaN(z)) return Number.NaN;
  const size = Math.abs(z);
  if (size <= 0.67448975) return 0.5 + z * rational(middle, z * z);
  const upper = upperTail(size);
  return z > 0 ? 1 - upper : upper;
}

function upperTail(z: number): number {
  if (z > 38.5) return 0;
  // The square is taken in two parts, so that rounding it does not cost the digits of so steep an exponential.
  const rounded = Math.trunc(z * 16) / 16;
  const density =
    Math.exp((-rounded * rounded) / 2) * Math.exp((-(z - rounded) * (z + rounded)) / 2);
  if (z <= Math.sqrt(32)) return density * rational(shoulder, z);
  const inverse = 1 / (z * z);
  return (density * (1 / Math.sqrt(2 * Math.PI) - inverse * rational(tail, inverse))) / z;
}

const central: Rational = {
  over: [
    3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946,
    45921.95393154987, 67265.7709270087, 33430.57558358813, 2509.0809287301227,
  ],
  under: [
    1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597,
    39307.89580009271, 28729.085735721943, 5226.495278852854,
  ],
};
const near: Rational = {
  over: [
    1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045,
    1.2704582524523684, 0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
  ],
  under: [
    1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008,
    0.015198666563616457, 0.0005475938084995345, 1.0507500716444169e-9,
  ],
};
const far: Rational = {
  over: [
    6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487,
    0.026532189526576124, 0.0012426609473880784, 0.000027115555687434876, 2.0103343992922881e-7,
  ],
  under: [
    1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133,
    0.000018463183175100548, 1.421511758316446e-7, 2.0442631033899397e-15,
  ],
};

/**
 * The `z` below which a standard normal variable is with chance `probability`; infinite at 0 and 1. M. J. Wichura,
 * "Algorithm AS 241: The percentage points of the normal distribution" (PPND16), Applied Statistics 37 (1988).
 */
export function normalQuantile(probability: number): number {
  if (!(probability >= 0 && probability <= 1)) return Number.NaN;
  const q = probability - 0.5;
  if (Math.abs(q) <= 0.425) return q * rational(central, 0.180625 - q * q);
  const smaller = q < 0 ? probability : 1 - probability;
  if (smaller === 0) return q < 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const r = Math.sqrt(-Math.log(smaller));
  const size = r <= 5 ? rational(near, r - 1.6) : rational(far, r - 5);
  return q < 0 ? -size : size;
}
