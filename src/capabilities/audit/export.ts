import { type EventView as EventShown, mostExported } from '../../contract/api/events.ts';
import type { EventFilter, EventPage } from '../../engine/reads.ts';
import { ProblemError } from '../../platform/errors/problem.ts';
import { csvLine } from './csv.ts';
import type { Search } from './search.ts';
import { show } from './show.ts';

export type ExportFormat = 'csv' | 'ndjson';

export type ExportAsk = {
  readonly filter: EventFilter;
  readonly after: string | undefined;
  readonly format: ExportFormat;
  /** Most events; the usual number when left out. */
  readonly most?: number | undefined;
};

/** Events that are read at once: few enough that a client which reads slowly holds little. */
const pageSize = 1_000;

/**
 * The text of an export, oldest first, piece by piece. What is beyond the bound is left out, and so is what follows a page
 * that could not be read in time; then the last line says so, with the cursor to go on from. The first page is read
 * before it resolves, so that a refusal can still be a problem document.
 */
export async function openExport(search: Search, ask: ExportAsk): Promise<AsyncIterable<string>> {
  const most = ask.most ?? mostExported;
  const read = (after: string | undefined, left: number): Promise<EventPage> =>
    search.forward({ ...ask.filter, after, limit: Math.min(pageSize, left) });
  const first = await read(ask.after, most);
  return pieces(first, { format: ask.format, most, read });
}

type Reading = {
  readonly format: ExportFormat;
  readonly most: number;
  readonly read: (after: string, left: number) => Promise<EventPage>;
};

async function* pieces(first: EventPage, { format, most, read }: Reading): AsyncIterable<string> {
  const { head, line, note } = formats[format];
  if (head !== '') yield head;
  let page = first;
  let count = 0;
  while (page.events.length > 0) {
    count += page.events.length;
    yield page.events.map((event) => line(show(event))).join('');
    const left = most - count;
    const next = await inTime(read(page.cursor, Math.max(left, 1)));
    if (next === null || (left <= 0 && next.events.length > 0)) {
      const why = next === null ? 'the log was busy' : 'there may be no more in one export';
      yield note(count, page.cursor, why);
      return;
    }
    page = next;
  }
}

/** Null for a page that took too long: what was sent before it stays good, and can be gone on from. */
const inTime = async (page: Promise<EventPage>): Promise<EventPage | null> => {
  try {
    return await page;
  } catch (error) {
    if (error instanceof ProblemError && error.problem.code === 'TG1609') return null;
    throw error;
  }
};

type Format = {
  readonly head: string;
  readonly line: (event: EventShown) => string;
  /** The last line of an export that is not whole. */
  readonly note: (count: number, cursor: string, why: string) => string;
};

const columns = [
  ...['at', 'type', 'actor', 'object', 'application', 'environment', 'outcome', 'because'],
  ...['before', 'after', 'requestId', 'id', 'cursor'],
] as const;

type Cut = { readonly [column in (typeof columns)[number]]?: string };

const cut = (count: number, cursor: string, why: string): Cut => ({
  type: 'export.truncated',
  because: `Only the first ${count} events are here, since ${why}; ask again with after=${cursor} for what follows.`,
  cursor,
});

const formats: Readonly<Record<ExportFormat, Format>> = {
  csv: {
    head: csvLine(columns),
    line: (event) =>
      csvLine([
        ...[event.at, event.type, event.actor, event.objectId ?? '', event.application ?? ''],
        ...[event.environment ?? '', event.outcome, event.because],
        ...[jsonText(event.before), jsonText(event.after), event.requestId ?? ''],
        ...[String(event.id), event.cursor],
      ]),
    note: (...why) => csvLine(columns.map((name) => cut(...why)[name] ?? '')),
  },
  ndjson: {
    head: '',
    line: (event) => `${JSON.stringify(event)}\n`,
    note: (...why) => `${JSON.stringify(cut(...why))}\n`,
  },
};

const jsonText = (value: EventShown['before']): string =>
  value === null ? '' : JSON.stringify(value);
