import type { Traffic } from '../../contract/api/traffic.ts';

/** What a follower was sent of the times that the next answer covers again. */
export type Sent = {
  readonly points: ReadonlyMap<string, string>;
  readonly marks: ReadonlySet<number>;
};

export const nothingSent: Sent = { points: new Map(), marks: new Set() };

/** Of an answer what the follower does not have, or has otherwise. */
export function decideNews(
  sent: Sent,
  { step, points, marks }: Pick<Traffic, 'step' | 'points' | 'marks'>,
): { readonly news: Pick<Traffic, 'points' | 'marks'>; readonly sent: Sent } {
  const seen = points.map((point) => ({
    point,
    key: `${step} ${point.at} ${point.release}`,
    text: JSON.stringify(point),
  }));
  return {
    news: {
      points: seen.filter(({ key, text }) => sent.points.get(key) !== text).map((one) => one.point),
      marks: marks.filter(({ id }) => !sent.marks.has(id)),
    },
    sent: {
      points: new Map(seen.map(({ key, text }) => [key, text])),
      marks: new Set(marks.map(({ id }) => id)),
    },
  };
}
