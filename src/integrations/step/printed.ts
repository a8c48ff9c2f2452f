import { StringDecoder } from 'node:string_decoder';
import type { StepContext } from './port.ts';

/** Characters of a stream's end that are kept: more than the longest form of a secret and what is shown of it. */
const kept = 131_072;
const shownLines = 5;
const shownCharacters = 600;
/** Bytes after which the log is full in any case. */
const logged = 4_194_304;

/** One stream of what a program prints: into the log as far as that goes, and its end for people. */
export type Printed = {
  take(chunk: Buffer): void;
  /** Nothing more comes. */
  close(): void;
  /** What it printed last. It may hold secrets. */
  last(): string;
  isFull(): boolean;
};

export function keepPrinted(stream: 'out' | 'err', log: StepContext['log']): Printed {
  const decoder = new StringDecoder('utf8');
  let last = '';
  let total = 0;
  const add = (text: string) => {
    last += text;
    if (last.length > 2 * kept) last = last.slice(-kept);
    if (total <= logged && text !== '') log(stream, text);
  };
  return {
    take: (chunk) => {
      total += chunk.length;
      add(decoder.write(chunk));
    },
    close: () => add(decoder.end()),
    last: () => last.slice(-kept),
    isFull: () => total > logged,
  };
}

/** The last lines of what went wrong, for people: errors before the rest. `mask` takes the secrets out. */
export function lastWords(err: Printed, out: Printed, mask: (text: string) => string): string {
  const said = [err.last(), out.last()].find((text) => text.trim() !== '') ?? '';
  const tail = mask(said).trimEnd().split('\n').slice(-shownLines).join('\n');
  if (tail.length <= shownCharacters) return tail;
  return `… ${tail.slice(-shownCharacters)}`.toWellFormed();
}
