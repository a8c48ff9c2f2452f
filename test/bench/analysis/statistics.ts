/** A share of `of` runs with its 95 % interval (Wilson, JASA 1927). */
export function wilson(hits: number, of: number): { readonly low: number; readonly high: number } {
  const z = 1.96;
  const share = hits / of;
  const middle = share + (z * z) / (2 * of);
  const half = z * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of));
  const scale = 1 + (z * z) / of;
  return { low: Math.max(0, (middle - half) / scale), high: Math.min(1, (middle + half) / scale) };
}

/** A mean with half of its 95 % interval. */
export function meanOf(values: readonly number[]): {
  readonly mean: number;
  readonly half: number;
} {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, half: 1.96 * Math.sqrt(squares / Math.max(1, values.length - 1) / values.length) };
}
