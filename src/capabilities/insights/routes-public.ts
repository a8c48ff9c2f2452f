import { type PublicStatus, publicStatusSchema } from '../../contract/api/public-status.ts';
import type { Sql } from '../../platform/db/types.ts';
import { fail } from '../../platform/errors/problem.ts';
import type { Routes } from '../../platform/http/types.ts';
import { publicOf } from './public.ts';
import { readPublic } from './reads-public.ts';

export type PublicRoutesDeps = {
  readonly db: Sql;
  /** Off: there is no such route, as far as anybody can tell. */
  readonly isOn: boolean;
  /** Milliseconds of any clock. */
  readonly now: () => number;
};

const mostRows = 2_000;
/** Milliseconds that an answer serves everybody who asks: strangers cannot make the database work more than that. */
const freshness = 1_000;

export function publicRoutes({ db, isOn, now }: PublicRoutesDeps): Routes {
  const read = shared(() => readStatus(db), freshness, now);
  return (app) => {
    app.get(
      '/api/v1/public/status',
      {
        config: { access: 'public' },
        schema: {
          summary: 'What runs where, for anybody. Needs no token.',
          description:
            'Off (404) unless the server is started with --public-status or TIDEGATE_PUBLIC_STATUS=true.',
          security: [],
          response: { 200: publicStatusSchema },
        },
      },
      async ({ method, url }) => {
        if (!isOn) fail('TG1602', { detail: `There is no ${method} ${url.split('?')[0]}.` });
        return await read();
      },
    );
  };
}

async function readStatus(db: Sql): Promise<PublicStatus> {
  const found = await readPublic(db, mostRows + 1);
  return { items: found.slice(0, mostRows).map(publicOf), more: found.length > mostRows };
}

/** One answer for everybody who asks while it is being made and for some time after, a failure too. */
function shared<T>(make: () => Promise<T>, time: number, now: () => number): () => Promise<T> {
  const held: { answer: Promise<T> | null; until: number } = { answer: null, until: 0 };
  return () => {
    if (held.answer !== null && now() < held.until) return held.answer;
    const answer = make();
    held.answer = answer;
    held.until = Number.POSITIVE_INFINITY;
    const done = (): void => {
      held.until = now() + time;
    };
    answer.then(done, done);
    return answer;
  };
}
