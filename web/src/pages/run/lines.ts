import type { LogEntry } from '../../../../src/contract/api/run-logs.ts';

export type LogLine = {
  readonly id: number;
  readonly step: string;
  readonly attempt: number;
  readonly stream: LogEntry['stream'];
  readonly at: string;
  readonly text: string;
};

/** A line that has not ended yet. What a source says may be cut anywhere, also within a control sequence. */
type OpenLine = {
  /** Its place in `lines`; null until there is something to see of it. */
  readonly place: number | null;
  readonly text: string;
  /** A carriage return came: what follows overwrites the line. */
  readonly isReturned: boolean;
  /** The beginning of a control sequence. */
  readonly control: string;
};

export type Lines = {
  readonly lines: readonly LogLine[];
  /** Lines that were let go to keep the page small. */
  readonly dropped: number;
  /** By source. */
  readonly open: ReadonlyMap<string, OpenLine>;
  readonly next: number;
};

export const noLines: Lines = { lines: [], dropped: 0, open: new Map(), next: 0 };

/** Lines that a page keeps; `tidegate run logs` has all of them. */
const mostLines = 20_000;

const nothing: OpenLine = { place: null, text: '', isReturned: false, control: '' };

/** Output comes in parts of lines, of several steps at once: puts each part where it belongs. */
export function addEntries(before: Lines, entries: readonly LogEntry[]): Lines {
  const lines = [...before.lines];
  const open = new Map(before.open);
  let next = before.next;
  for (const { step, attempt, stream, at, text } of entries) {
    const source = `${step} ${attempt} ${stream}`;
    const parts = text.split('\n');
    parts.forEach((part, index) => {
      const isOver = index < parts.length - 1;
      const line = written(open.get(source) ?? nothing, part);
      let { place } = line;
      const old = place === null ? undefined : lines[place];
      if (old && place !== null) lines[place] = { ...old, text: line.text };
      else if (isOver || line.text !== '') {
        place = lines.push({ id: next, step, attempt, stream, at, text: line.text }) - 1;
        next += 1;
      }
      if (isOver) open.delete(source);
      else open.set(source, { ...line, place });
    });
  }
  return cut({ lines, dropped: before.dropped, open, next });
}

function cut({ lines, dropped, open, next }: Lines): Lines {
  const over = lines.length - mostLines;
  if (over <= 0) return { lines, dropped, open, next };
  const kept = [...open].map(([source, { place, ...line }]): readonly [string, OpenLine] => {
    if (place === null) return [source, { ...line, place }];
    if (place < over) return [source, { ...line, place: null, text: '' }];
    return [source, { ...line, place: place - over }];
  });
  return { lines: lines.slice(over), dropped: dropped + over, open: new Map(kept), next };
}

/** A control sequence (ECMA-48, 5.4; ECMA-35, 13.2) to its end, and what may still become one. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about.
const whole = /^\u001b(?:\[[0-9;?]{0,32}[ -/]{0,4}[@-~]|[ -/]{0,4}[0-Z\\-~])/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the same.
const begun = /^\u001b(?:\[[0-9;?]{0,32}[ -/]{0,4}|[ -/]{0,4})$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the same.
const pieces = /\r|\u001b|[^\r\u001b]+/g;

/** Colours and cursor movements mean nothing here; what follows a carriage return overwrites its line. */
function written(line: OpenLine, part: string): OpenLine {
  let { text, isReturned, control } = line;
  for (const [piece] of part.matchAll(pieces)) {
    if (piece === '\r') isReturned = true;
    if (piece === '\r' || piece === '\u001b') {
      control = piece === '\r' ? '' : piece;
      continue;
    }
    const [shown, rest] = control === '' ? [piece, ''] : afterControl(control + piece);
    control = rest;
    if (shown === '') continue;
    text = isReturned ? shown : text + shown;
    isReturned = false;
  }
  return { ...line, text, isReturned, control };
}

/** What is shown of a text that begins with a control sequence, and what of it has not ended. */
function afterControl(text: string): readonly [shown: string, rest: string] {
  if (begun.test(text)) return ['', text];
  const [found] = whole.exec(text) ?? ['\u001b'];
  return [text.slice(found.length), ''];
}
