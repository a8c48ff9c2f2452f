/**
 * How Node runs a control plane. What a decision is made from lives for a moment; with more room for what is young
 * (16 MiB, V8's semi-space) it dies there instead of growing old and being held until the old is looked through. It is
 * worth some tenths of `memory.rss` (docs/reference/performance.md).
 */
export const controlPlaneArguments: readonly string[] = ['--max-semi-space-size=16'];
