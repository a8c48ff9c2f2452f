import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Traffic } from '../../../../src/contract/api/traffic.ts';
import { ask } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { follow, type StreamState } from '../../api/stream.ts';

export type TrafficNow = {
  readonly traffic: Traffic | null;
  readonly state: StreamState;
  readonly error: unknown;
};

/** The figures of a rollout from its beginning, and then as they come; its line ends when the rollout has. */
export function useTraffic(id: string, target: string | undefined): TrafficNow {
  const [now, setNow] = useState<TrafficNow>({ traffic: null, state: 'connecting', error: null });
  const client = useQueryClient();
  useEffect(() => {
    const ending = new AbortController();
    const { signal } = ending;
    const run = async (): Promise<void> => {
      const traffic = await ask<Traffic>(`/rollouts/${id}/traffic`, { query: { target }, signal });
      setNow({ traffic, state: 'connecting', error: null });
      await follow({
        path: `/rollouts/${id}/traffic/stream`,
        query: { target, after: traffic.cursor },
        endsWith: 'end',
        signal,
        onState: (state, error) => setNow((before) => ({ ...before, state, error })),
        onMessage: ({ event, data }) => {
          if (event === 'end') void client.invalidateQueries({ queryKey: keys.rollout(id) });
          if (event !== 'traffic') return;
          const news = JSON.parse(data) as Traffic;
          setNow((before) => ({ ...before, traffic: merged(before.traffic, news) }));
        },
      });
    };
    run().catch((error) => {
      if (!signal.aborted) setNow((before) => ({ ...before, state: 'lost', error }));
    });
    return () => ending.abort();
  }, [id, target, client]);
  return now;
}

/** Of two points of one release and time the newer one counts, for it may have grown. */
export function merged(before: Traffic | null, news: Traffic): Traffic {
  // Wider points cover what there was: the server thinned the whole anew.
  if (before === null || before.step !== news.step) return news;
  const points = new Map(
    [...before.points, ...news.points].map((one) => [`${one.at} ${one.release}`, one]),
  );
  const marks = new Map([...before.marks, ...news.marks].map((one) => [one.id, one]));
  return {
    ...news,
    from: before.from,
    points: [...points.values()].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)),
    marks: [...marks.values()].sort((a, b) => a.id - b.id),
  };
}
