import { setTimeout as sleep } from 'node:timers/promises';
import type { EventStream } from '../../platform/http/event-stream.ts';
import { type AnswerDeps, answerTraffic, type TrafficAsked } from './answer.ts';
import { decideNews, nothingSent } from './decide-news.ts';

/** Milliseconds between two looks, and between signs of life. */
export type TrafficTuning = { readonly look: number; readonly heartbeat: number };

export const usualTrafficTuning: TrafficTuning = { look: 1_000, heartbeat: 15_000 };

/** Sends all that there is after the cursor, then what is new or changed, until the rollout is over; then `end`. */
export async function pumpTraffic(
  deps: AnswerDeps & { readonly tuning: TrafficTuning },
  stream: EventStream,
  asked: TrafficAsked,
): Promise<void> {
  const { look, heartbeat } = deps.tuning;
  let after = asked.after;
  let sent = nothingSent;
  let saidAt: number | null = null;
  while (!stream.ended.aborted) {
    const { traffic, isOver } = await answerTraffic(deps, { ...asked, after });
    const { news, sent: known } = decideNews(sent, traffic);
    const { cursor: id } = traffic;
    if (saidAt === null || news.points.length > 0 || news.marks.length > 0) {
      await stream.send({ id, type: 'traffic', data: { ...traffic, ...news } });
      saidAt = performance.now();
    } else if (performance.now() - saidAt >= heartbeat) {
      await stream.heartbeat();
      saidAt = performance.now();
    }
    if (isOver) return await stream.send({ id, type: 'end', data: {} });
    sent = known;
    after = id;
    await sleep(look, undefined, { signal: stream.ended }).catch(() => undefined);
  }
}
