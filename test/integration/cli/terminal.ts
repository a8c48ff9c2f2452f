import picocolors from 'picocolors';
import type { Terminal } from '../../../src/cli/terminal.ts';
import type { TestServer } from '../api/server.ts';

export type Screen = {
  readonly terminal: Terminal;
  readonly out: string[];
  readonly err: string[];
  /** Every picture that was drawn, in order. */
  readonly pictures: string[];
  interrupt(): void;
};

/** A terminal that someone watches, as far as the program can tell. */
export function watchedScreen(server: TestServer): Screen {
  const out: string[] = [];
  const err: string[] = [];
  const pictures: string[] = [];
  const interrupted = new AbortController();
  const terminal: Terminal = {
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    live: true,
    draw: (picture) => pictures.push(picture),
    drawn: () => pictures.push('drawn'),
    columns: 120,
    colours: picocolors.createColors(false),
    environment: { TIDEGATE_URL: server.url, TIDEGATE_TOKEN: server.tokens.deployer },
    interrupted: interrupted.signal,
  };
  return { terminal, out, err, pictures, interrupt: () => interrupted.abort() };
}
