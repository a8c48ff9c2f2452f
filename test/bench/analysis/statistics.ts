/** A mean with half of its 95 % interval. */
export function meanOf(values: readonly number[]): {
  readonly mean: number;
  readonly half: number;
} {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, half: 1.96 * Math.sqrt(squares / Math.max(1, values.length - 1) / values.length) };
}
