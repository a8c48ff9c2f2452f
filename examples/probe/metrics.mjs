const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Counts answers and their seconds, and writes them as Prometheus text. */
export function createMetrics() {
  /** @type {Map<number, number>} */
  const byStatus = new Map();
  const buckets = bounds.map(() => 0);
  const all = { count: 0, sum: 0 };
  return {
    /** @param {number} status @param {number} seconds */
    observe(status, seconds) {
      byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
      all.count += 1;
      all.sum += seconds;
      bounds.forEach((bound, at) => {
        if (seconds <= bound) buckets[at] = (buckets[at] ?? 0) + 1;
      });
    },
    /** @param {{ labels: Record<string, string>, ready: boolean, leakedBytes: number }} now */
    render(now) {
      return `${[
        '# HELP probe_info Who this is; always 1.',
        '# TYPE probe_info gauge',
        `probe_info{${labels(now.labels)}} 1`,
        '# HELP probe_ready 1 while it is ready for traffic.',
        '# TYPE probe_ready gauge',
        `probe_ready ${now.ready ? 1 : 0}`,
        '# HELP probe_requests_total Answers of / by status.',
        '# TYPE probe_requests_total counter',
        ...[...byStatus]
          .sort()
          .map(([status, n]) => `probe_requests_total{status="${status}"} ${n}`),
        '# HELP probe_request_duration_seconds Seconds from request to answer.',
        '# TYPE probe_request_duration_seconds histogram',
        ...bounds.map(
          (bound, at) => `probe_request_duration_seconds_bucket{le="${bound}"} ${buckets[at]}`,
        ),
        `probe_request_duration_seconds_bucket{le="+Inf"} ${all.count}`,
        `probe_request_duration_seconds_sum ${all.sum}`,
        `probe_request_duration_seconds_count ${all.count}`,
        '# HELP probe_leaked_bytes Memory that a fault keeps for ever.',
        '# TYPE probe_leaked_bytes gauge',
        `probe_leaked_bytes ${now.leakedBytes}`,
        '# HELP process_resident_memory_bytes Resident memory.',
        '# TYPE process_resident_memory_bytes gauge',
        `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
      ].join('\n')}\n`;
    },
  };
}

/** @param {Record<string, string>} pairs */
function labels(pairs) {
  const escaped = (/** @type {string} */ text) =>
    text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
  return Object.entries(pairs)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',');
}
