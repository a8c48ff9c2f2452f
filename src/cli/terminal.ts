import { createLogUpdate } from 'log-update';
import picocolors from 'picocolors';

export type Colours = ReturnType<typeof picocolors.createColors>;

/** Where a command writes. Answers go to `out`, everything else to `err`, so that `--json` output stays clean. */
export type Terminal = {
  out(text: string): void;
  err(text: string): void;
  /** Someone watches: pictures may be drawn. */
  readonly live: boolean;
  /** Draws over the picture before. */
  draw(picture: string): void;
  /** Leaves the last picture standing. */
  drawn(): void;
  readonly columns: number;
  readonly colours: Colours;
  readonly environment: { readonly [name: string]: string | undefined };
  /** Aborted by Ctrl-C. */
  readonly interrupted: AbortSignal;
};

export function processTerminal(interrupted: AbortSignal): Terminal {
  const { stdout, stderr, env } = process;
  const live = stdout.isTTY === true && env.TERM !== 'dumb' && env.CI === undefined;
  const screen = createLogUpdate(stderr);
  return {
    draw: (picture) => screen(picture),
    drawn: () => screen.done(),
    out: (text) => stdout.write(`${text}\n`),
    err: (text) => stderr.write(`${text}\n`),
    live,
    columns: stdout.columns ?? 100,
    colours: picocolors.createColors(picocolors.isColorSupported && stdout.isTTY === true),
    environment: env,
    interrupted,
  };
}

/** Texts from the server may hold anything: control characters must not reach the terminal. */
export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it removes.
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
}

/** Columns by the widest cell, two spaces apart; the last column is cut at the width of the terminal. */
export function table(rows: readonly (readonly string[])[], columns: number): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, at) => {
      widths[at] = Math.max(widths[at] ?? 0, width(cell));
    });
  }
  return rows.map((row) => {
    const last = row.length - 1;
    const before = row.slice(0, last).map((cell, at) => pad(cell, widths[at] ?? 0));
    const used = before.reduce((sum, cell) => sum + width(cell) + 2, 0);
    return [...before, cut(row[last] ?? '', Math.max(20, columns - used))].join('  ').trimEnd();
  });
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are escape sequences.
const colourCodes = /\u001b\[[0-9;]*m/g;
const width = (cell: string): number => cell.replace(colourCodes, '').length;
export const pad = (cell: string, to: number): string =>
  cell + ' '.repeat(Math.max(0, to - width(cell)));

/** Cuts a text that is too long; coloured ones are left whole, since they are short by making. */
export function cut(text: string, to: number): string {
  if (width(text) <= to || width(text) !== text.length) return text;
  return `${text.slice(0, to - 1)}…`;
}

/** `40 s`, `12 min`, `3 h`, `5 d`: how long ago. */
export function since(time: string, now: Date): string {
  const seconds = Math.max(0, Math.round((now.getTime() - Date.parse(time)) / 1000));
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800
    ? `${Math.round(seconds / 3600)} h`
    : `${Math.round(seconds / 86_400)} d`;
}

/** What pictures are drawn on: the terminal, and the time they are drawn at. */
export function canvasOf(terminal: Terminal): {
  readonly colours: Colours;
  readonly columns: number;
  readonly now: Date;
} {
  return { colours: terminal.colours, columns: terminal.columns, now: new Date() };
}
