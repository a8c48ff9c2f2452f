import type { ProblemCode } from '../platform/errors/catalogue.ts';
import { problem } from '../platform/errors/problem.ts';
import type { Log } from '../platform/log/log.ts';
import { WireError } from './wire.ts';

/** What an agent says of its way to the control plane: once when it is lost, once when it is back. */
export type Link = {
  /** `way` is one of the ways that an agent asks, such as following a target. */
  readonly lost: (way: string, error: unknown) => void;
  readonly found: (way: string) => void;
};

/** Milliseconds between two lines while it stays lost. */
const reminder = 60_000;

/**
 * Every target of an agent follows and reports, and all of them lose the control plane at once; people are told of
 * that in one line. It is back when every way works again.
 */
export function watchLink(log: Log, server: string, now: () => number = Date.now): Link {
  const ways = new Set<string>();
  const told = new Set<ProblemCode>();
  const times = { lost: 0, told: 0 };
  return {
    lost: (way, error) => {
      if (ways.size === 0) {
        times.lost = now();
        told.clear();
      }
      ways.add(way);
      const code = error instanceof WireError ? error.code : 'TG1803';
      if (told.has(code) && now() - times.told < reminder) return;
      told.add(code);
      times.told = now();
      const { title, hint } = problem(code, { detail: '' });
      const seconds = Math.round((now() - times.lost) / 1000);
      const since = seconds > 0 ? ` It is so for ${seconds} s.` : '';
      log.warn(
        { code, server, hint },
        `${code} ${title}: ${wordsOf(error)}.${since} What is served stays served, and it is tried again.`,
      );
    },
    found: (way) => {
      if (!ways.delete(way) || ways.size > 0) return;
      const seconds = Math.round((now() - times.lost) / 1000);
      log.info({ server, seconds }, `the control plane answers again after ${seconds} s`);
    },
  };
}

/** The innermost cause: `fetch failed` alone tells nobody anything. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const inner = error.cause === undefined ? '' : wordsOf(error.cause);
  const own = error.message || ('code' in error ? String(error.code) : error.name);
  return (inner || own).replace(/\s+/g, ' ').replace(/\.$/, '');
}
