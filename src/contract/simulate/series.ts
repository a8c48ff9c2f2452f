import type { Harm, Simulated } from './schema.ts';

/** Results along one kind of harm, from none to the worst. */
export type Series = {
  readonly name: 'errors' | 'latency';
  /** What the axis shows. */
  readonly axis: string;
  readonly points: readonly { readonly label: string; readonly of: Simulated }[];
};

export const isNone = ({ errorRate, latency }: Harm): boolean =>
  errorRate === undefined && latency === undefined;

/** Results without harm begin every series. */
export function seriesOf(results: readonly Simulated[]): readonly Series[] {
  const none = results.filter(({ harm }) => isNone(harm));
  const of = (name: Series['name'], axis: string, has: (harm: Harm) => boolean): Series[] => {
    const own = results.filter(({ harm }) => has(harm));
    const points = [...none, ...own].map((one) => ({ label: harmWords(one.harm), of: one }));
    return own.length > 0 ? [{ name, axis, points }] : [];
  };
  return [
    ...of('errors', "share of the candidate's requests that fail", (harm) => 'errorRate' in harm),
    ...of(
      'latency',
      'how much slower the candidate is',
      (harm) => 'latency' in harm && !('errorRate' in harm),
    ),
  ];
}

export function harmWords({ errorRate, latency }: Harm): string {
  const words = [
    ...(errorRate === undefined ? [] : [percent(errorRate)]),
    ...(latency === undefined ? [] : [`+${percent(latency)}`]),
  ];
  return words.length > 0 ? words.join(' ') : 'none';
}

/** `0.5 %`, `12 %`, `99.6 %`: two digits, and only what is whole is 100 %. */
export function percent(share: number): string {
  const value = share * 100;
  if (value > 99 && value < 100) return `${Math.floor(value * 10) / 10} %`;
  return `${value >= 10 ? Math.round(value) : Number(value.toPrecision(2))} %`;
}
