import type { LogEntry } from '../../../../src/contract/api/run-logs.ts';

export type LogLine = {
  readonly id: number;
  readonly step: string;
  readonly attempt: number;
  readonly stream: LogEntry['stream'];
  readonly at: string;
  readonly text: string;
};

export type Lines = {
  readonly lines: readonly LogLine[];
  /** Lines that were let go to keep the page small. */
  readonly dropped: number;
  /** By source, the place in `lines` of a line that has not ended yet. */
  readonly open: ReadonlyMap<string, number>;
  readonly next: number;
};

export const noLines: Lines = { lines: [], dropped: 0, open: new Map(), next: 0 };

/** Lines that a page keeps; `tidegate run logs` has all of them. */
const mostLines = 20_000;

/** Output comes in parts of lines, of several steps at once: puts each part where it belongs. */
export function addEntries(before: Lines, entries: readonly LogEntry[]): Lines {
  const lines = [...before.lines];
  const open = new Map(before.open);
  let next = before.next;
  for (const entry of entries) {
    const source = `${entry.step} ${entry.attempt} ${entry.stream}`;
    const parts = plain(entry.text).split('\n');
    parts.forEach((text, at) => {
      const place = at === 0 ? open.get(source) : undefined;
      const begun = place === undefined ? undefined : lines[place];
      const isLast = at === parts.length - 1;
      if (begun && place !== undefined) lines[place] = { ...begun, text: begun.text + text };
      else if (!isLast || text !== '') {
        const { step, attempt, stream, at: when } = entry;
        lines.push({ id: next, step, attempt, stream, at: when, text });
        next += 1;
      }
      if (!isLast) open.delete(source);
      else if (text !== '' && place === undefined) open.set(source, lines.length - 1);
    });
  }
  return cut({ lines, dropped: before.dropped, open, next });
}

function cut({ lines, dropped, open, next }: Lines): Lines {
  const over = lines.length - mostLines;
  if (over <= 0) return { lines, dropped, open, next };
  const kept = [...open].filter(([, at]) => at >= over);
  return {
    lines: lines.slice(over),
    dropped: dropped + over,
    open: new Map(kept.map(([source, at]) => [source, at - over])),
    next,
  };
}

/** Colours and cursor movements (ECMA-48) mean nothing here; a carriage return overwrites its line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about.
const control = /\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b[@-Z\\-_]/g;
const plain = (text: string): string =>
  text
    .replace(control, '')
    .replace(/\r\n/g, '\n')
    .replace(/[^\n]*\r(?=[^\n])/g, '');
