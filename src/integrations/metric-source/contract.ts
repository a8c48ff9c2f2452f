import { expect, test } from 'vitest';
import type { MetricQuestion, MetricSource } from './port.ts';

/** What an adapter's test brings: one question of each kind, against the real thing. */
export type MetricSourceCase = {
  readonly source: MetricSource;
  /** There is a value. */
  readonly value: MetricQuestion;
  /** The source answers, and has no data. */
  readonly noData: MetricQuestion;
  /** The source does not answer, or refuses; null where that cannot be (the fake). */
  readonly silent: MetricQuestion | null;
  readonly end: () => Promise<void>;
};

/** What every metric source does, whatever it asks. */
export function metricSourceContract(name: string, open: () => Promise<MetricSourceCase>): void {
  const using = async (run: (given: MetricSourceCase) => Promise<void>) => {
    const given = await open();
    try {
      await run(given);
    } finally {
      await given.end();
    }
  };
  const signal = () => AbortSignal.timeout(10_000);

  test(`${name}: has the name of its provider`, () =>
    using(async ({ source }) => expect(source.name).toBe(name)));

  test(`${name}: a value, with the query that was asked`, () =>
    using(async ({ source, value }) => {
      const answer = await source.measure(value, signal());
      expect(answer.ok && answer.value).toHaveProperty('result');
      expect(answer.query).not.toBe('');
      expect(answer.query).not.toContain('{{');
    }));

  test(`${name}: no data is null, not zero and not a problem`, () =>
    using(async ({ source, noData }) => {
      expect(await source.measure(noData, signal())).toMatchObject({ ok: true, value: null });
    }));

  test(`${name}: what does not answer is a value with a code, not a throw`, () =>
    using(async ({ source, silent }) => {
      if (silent === null) return;
      const answer = await source.measure(silent, signal());
      expect(answer.ok).toBe(false);
      expect(!answer.ok && answer.problem.code).toMatch(/^TG14\d\d$/);
      expect(!answer.ok && answer.problem.detail).not.toBe('');
    }));
}
