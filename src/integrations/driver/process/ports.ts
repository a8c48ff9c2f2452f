import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Target } from '../../../contract/kinds/target.ts';
import { freePort } from '../../../platform/net/free-port.ts';
import { writeWhole } from './records.ts';

export type ProcessSettings = NonNullable<Target['spec']['process']>;

/** `own` is a fixed or remembered port, worth waiting for; `others` come after it. */
export type Candidates = { readonly own: number | null; readonly others: readonly number[] };

const rememberedSchema = z.record(z.string(), z.int());

/** Router ports, remembered over restarts: an endpoint that moves is an outage for who was told it. */
export type PortBook = {
  /** Ports to try; 0 lets the system pick. `name` is the application, or the application and `preview`. */
  readonly candidates: (name: string, settings: ProcessSettings | null) => Candidates;
  readonly remember: (name: string, port: number) => void;
};

export const previewName = (application: string) => `${application} preview`;

function readBook(file: string): Map<string, number> {
  try {
    return new Map(Object.entries(rememberedSchema.parse(JSON.parse(readFileSync(file, 'utf8')))));
  } catch {
    return new Map();
  }
}

export function openPortBook(file: string): PortBook {
  const book = readBook(file);
  return {
    candidates: (name, settings) => {
      const fixed = settings?.listen[name];
      if (fixed !== undefined) return { own: fixed, others: [] };
      const known = book.get(name) ?? null;
      if (settings === null) return { own: known, others: [0] };
      const { from, to } = settings.ports;
      const given = new Set([...book].filter(([other]) => other !== name).map(([, port]) => port));
      for (const port of Object.values(settings.listen)) given.add(port);
      const usable = (port: number) => port >= from && port <= to && !given.has(port);
      const range = Array.from({ length: to - from + 1 }, (_, i) => from + i);
      const own = known !== null && usable(known) ? known : null;
      return { own, others: range.filter((port) => usable(port) && port !== own) };
    },
    remember: (name, port) => {
      if (book.get(name) === port) return;
      book.set(name, port);
      writeWhole(file, JSON.stringify(Object.fromEntries(book)));
    },
  };
}

/** How many of the newest ports are not given again: their replicas may not listen yet. */
const remembered = 1_000;

/** Gives loopback ports that nobody listens on, each to one replica only. */
export function portSource(): () => Promise<number> {
  const given = new Set<number>();
  return async () => {
    let port = await freePort();
    while (given.has(port)) port = await freePort();
    given.add(port);
    const [oldest] = given;
    if (given.size > remembered && oldest !== undefined) given.delete(oldest);
    return port;
  };
}
