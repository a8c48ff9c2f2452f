import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from '../../platform/db/types.ts';
import { toStorable } from '../../platform/text/storable.ts';
import { appendLogs, type LogPlace, type LogStream, readLogSize } from './logs-store.ts';

export type LogTuning = {
  /** Most bytes of one attempt. */
  readonly bytes: number;
  /** Milliseconds after which what was printed is stored. */
  readonly pause: number;
  /** Characters that wait to be stored from which on it is done at once. */
  readonly batch: number;
  /** Most characters of one row. */
  readonly row: number;
  /** Milliseconds until what could not be stored is tried again. */
  readonly again: number;
};

export const logTuning: LogTuning = {
  bytes: 1_048_576,
  pause: 200,
  batch: 65_536,
  row: 8_192,
  again: 1_000,
};

export type LogWriter = {
  /** Never waits and never throws. */
  write(stream: LogStream, text: string): void;
  /** Stores what is left. Resolves also when that is not possible: a log is worth less than its step. */
  end(): Promise<void>;
};

type Part = { readonly stream: LogStream; text: string };

const onceMore = 'The work begins once more: what follows is of another try of this attempt.\n';
const noMore = (bytes: number) =>
  `The log of this attempt has more than ${bytes} bytes; the rest was not kept.\n`;

/** Writes what one attempt prints, a batch at a time, up to its bound; then a note says that there was more. */
export function openLogWriter(
  sql: Sql,
  place: LogPlace,
  onError: (error: unknown) => void,
  tuning: LogTuning = logTuning,
): LogWriter {
  const waiting: Part[] = [];
  const before = { bytes: 0, isKnown: false };
  let taken = 0;
  let size = 0;
  let isFull = false;
  let timer: NodeJS.Timeout | null = null;
  let storing: Promise<void> = Promise.resolve();

  const store = async () => {
    if (!before.isKnown) {
      before.bytes = await readLogSize(sql, place);
      before.isKnown = true;
      // Until now it was taken as if nothing had been printed before.
      if (!isFull && cutTo(waiting, tuning.bytes - before.bytes)) fill();
      if (before.bytes > 0) waiting.unshift({ stream: 'note', text: onceMore });
    }
    const batch = waiting.splice(0);
    size = 0;
    try {
      await appendLogs(sql, place, batch);
    } catch (error) {
      waiting.unshift(...batch);
      throw error;
    }
  };
  const flush = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    storing = storing.then(store).catch((error) => {
      onError(error);
      timer ??= setTimeout(flush, tuning.again);
    });
  };
  const take = (stream: LogStream, text: string) => {
    const room = tuning.bytes - taken - before.bytes;
    const kept = firstBytes(text, room);
    taken += Buffer.byteLength(kept);
    size += kept.length;
    addTo(waiting, stream, kept, tuning.row);
    if (kept.length < text.length) fill();
  };
  const fill = () => {
    isFull = true;
    waiting.push({ stream: 'note', text: noMore(tuning.bytes) });
  };

  return {
    write: (stream, text) => {
      if (text === '' || isFull) return;
      take(stream, toStorable(text));
      if (size >= tuning.batch) flush();
      else timer ??= setTimeout(flush, tuning.pause);
    },
    end: async () => {
      await storing;
      for (let tries = 0; tries < 3 && waiting.length > 0; tries += 1) {
        if (tries > 0) await sleep(tuning.again);
        flush();
        await storing;
      }
      if (timer !== null) clearTimeout(timer);
    },
  };
}

/** Texts of one stream that follow each other become one row, up to its length. */
function addTo(parts: Part[], stream: LogStream, text: string, most: number): void {
  let rest = text;
  while (rest !== '') {
    const last = parts.at(-1);
    const open = last?.stream === stream && last.text.length < most ? last : { stream, text: '' };
    if (open !== last) parts.push(open);
    const end = borderAt(rest, most - open.text.length);
    open.text += rest.slice(0, end);
    rest = rest.slice(end);
  }
}

/** Cuts what is over so many bytes off the end; whether there was any. */
function cutTo(parts: Part[], most: number): boolean {
  let left = most;
  for (const [at, part] of parts.entries()) {
    const kept = firstBytes(part.text, left);
    left -= Buffer.byteLength(kept);
    if (kept.length === part.text.length) continue;
    part.text = kept;
    parts.splice(kept === '' ? at : at + 1);
    return true;
  }
  return false;
}

/** At most `length`, and never between the halves of a surrogate pair. */
function borderAt(text: string, length: number): number {
  if (length >= text.length) return text.length;
  const isHalf = /[\ud800-\udbff]/.test(text.charAt(length - 1));
  return isHalf ? (length === 1 ? 2 : length - 1) : length;
}

/** The longest beginning that has at most so many bytes in UTF-8. */
function firstBytes(text: string, most: number): string {
  if (most <= 0) return '';
  if (text.length * 3 <= most || Buffer.byteLength(text) <= most) return text;
  const bytes = Buffer.from(text).subarray(0, most);
  const cut = bytes.toString('utf8');
  return cut.endsWith('\ufffd') ? cut.slice(0, -1) : cut;
}
