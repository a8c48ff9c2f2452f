import { kindOf } from '../../contract/kinds/channel.ts';
import type { Reconciler } from '../../engine/types.ts';
import type { Sql } from '../../platform/db/types.ts';
import { fail } from '../../platform/errors/problem.ts';
import { readDocument } from '../sources/reads.ts';
import { decideChannel } from './decide.ts';
import { classify } from './decide-classify.ts';
import { traitsOf } from './decide-traits.ts';
import { roomIn } from './decide-work.ts';
import {
  type EventsRead,
  readChannelEvents,
  readFigures,
  readRolloutFacts,
  readRunFacts,
} from './reads.ts';
import type { ChannelSnapshot, ChannelState, SubjectFacts } from './types.ts';

export type ChannelDeps = {
  readonly db: Sql;
  /** Where people look at rollouts and runs; null: messages have no links. */
  readonly baseUrl: string | null;
};

const schema = 1;

export function channelReconciler({
  db,
  baseUrl,
}: ChannelDeps): Reconciler<ChannelState, ChannelSnapshot> {
  return {
    kind: 'channel',
    schema,
    upgrade: (state, from) => {
      if (from <= schema) return state as ChannelState;
      fail('TG1702', {
        detail: `State of a channel is of version ${from}; this program knows ${schema}.`,
      });
    },
    load: async (object, { effects, requests }) => {
      const { key: name, generation, state } = object;
      const document = await readDocument(db, 'Channel', name);
      const spec = document?.spec && !document.deleted ? document.spec.spec : null;
      const room = spec === null ? 0 : roomIn(state, traitsOf[kindOf(spec)]);
      const read = await readChannelEvents(db, {
        after: state.cursor,
        limit: state.cursor === null ? 0 : room,
        applications: spec?.applications ?? [],
        environments: spec?.environments ?? [],
        types: spec?.events ?? [],
      });
      // Without room nothing was read, and the place is kept.
      const cursor = room === 0 ? (state.cursor ?? read.cursor) : read.cursor;
      const known = await loadFacts(db, read);
      return {
        ...{ name, generation, state, spec, ...read, cursor, ...known },
        ...{ effects, requests, baseUrl },
      };
    },
    decide: decideChannel,
  };
}

/** Events after which a message shows figures. */
const explained = /^rollout\.(held|rollingBack|rolledBack)$/;

async function loadFacts(db: Sql, { events }: EventsRead) {
  const subjects = events.map((event) => classify(event).subject);
  const idsOf = (kind: string, keys: readonly string[]): readonly string[] => [
    ...new Set(keys.flatMap((key) => (key.startsWith(kind) ? [key.slice(kind.length)] : []))),
  ];
  const failing = events.flatMap(({ type, object }) =>
    explained.test(type) && object !== null ? [object] : [],
  );
  const [rollouts, runs, figures] = await Promise.all([
    readRolloutFacts(db, idsOf('rollout/', subjects)),
    readRunFacts(db, idsOf('run/', subjects)),
    readFigures(db, idsOf('rollout/', failing)),
  ]);
  const facts: { [subject: string]: SubjectFacts } = {};
  for (const one of [...rollouts, ...runs]) facts[`${one.is}/${one.id}`] = one;
  return { facts, figures };
}
