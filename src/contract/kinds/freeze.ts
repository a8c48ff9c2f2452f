import { RRuleTemporal } from 'rrule-temporal';
import type { Environment } from './environment.ts';

export type FreezeWindow = Environment['spec']['freeze'][number];

/** Whether changes are frozen at an instant; `until` is the ISO 8601 instant from which they are not, null when that is not known. */
export type Freeze = {
  readonly frozen: boolean;
  /** Name of the window that freezes; empty when nothing does. */
  readonly window: string;
  readonly until: string | null;
};

type Stop = { readonly window: string; readonly end: number | null };

/**
 * Frozen when inside any `deny` window, or when there are `allow` windows and it is outside all of them. Deny
 * beats allow. A window whose rule cannot be worked out freezes: it never fails open.
 */
export function freezeAt(windows: readonly FreezeWindow[], now: Date): Freeze {
  const first = stopAt(windows, now.getTime());
  if (first === null) return { frozen: false, window: '', until: null };
  let stop: Stop | null = first;
  let end: number | null = first.end;
  // Windows that follow upon each other are one freeze; the bound only guards against windows without a gap.
  for (let hops = 0; stop !== null && hops < 100; hops += 1) {
    end = stop.end;
    if (end === null) break;
    stop = stopAt(windows, end);
  }
  const until = stop === null && end !== null ? new Date(end).toISOString() : null;
  return { frozen: true, window: first.window, until };
}

/** Why the window cannot be used, in words; null when it can. */
export function windowFault(
  window: Pick<FreezeWindow, 'rrule' | 'timezone'>,
): { readonly field: 'rrule' | 'timezone'; readonly detail: string } | null {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(window.timezone);
  } catch {
    return {
      field: 'timezone',
      detail: `${window.timezone} is not a time zone of the IANA database.`,
    };
  }
  try {
    const rule = ruleOf(window);
    if (rule.next(new Date(0), true) === null)
      return { field: 'rrule', detail: 'The rule never starts.' };
    return null;
  } catch (error) {
    return { field: 'rrule', detail: error instanceof Error ? error.message : String(error) };
  }
}

function stopAt(windows: readonly FreezeWindow[], at: number): Stop | null {
  const denies = windows.filter((one) => one.kind === 'deny');
  for (const window of denies) {
    const end = insideUntil(window, at);
    if (end !== null) return { window: window.name, end: Number.isFinite(end) ? end : null };
  }
  const allows = windows.filter((one) => one.kind === 'allow');
  const [firstAllow] = allows;
  if (firstAllow === undefined || allows.some((one) => isInside(one, at))) return null;
  const starts = allows.map((one) => nextStart(one, at)).filter((one) => one !== null);
  return { window: firstAllow.name, end: starts.length > 0 ? Math.min(...starts) : null };
}

/** End of the occurrence that holds `at`, in epoch milliseconds; null when outside; infinite when not known. */
function insideUntil(window: FreezeWindow, at: number): number | null {
  try {
    const { start } = spanAt(window, at);
    const end = start + window.duration;
    return at < end ? end : null;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

function isInside(window: FreezeWindow, at: number): boolean {
  const end = insideUntil(window, at);
  return end !== null && Number.isFinite(end);
}

function nextStart(window: FreezeWindow, at: number): number | null {
  try {
    const { next } = spanAt(window, at);
    return Number.isFinite(next) ? next : null;
  } catch {
    return null;
  }
}

/** From one start of a window to its next, in epoch milliseconds; infinite where there is none, NaN where it is not known. */
type Span = { readonly start: number; readonly next: number };

/** To work one out takes longer than all else of a look, and looks at the same windows at about the same time are many. */
const spans = new Map<string, Span>();
const mostSpans = 1_000;

function spanAt(window: FreezeWindow, at: number): Span {
  const key = `${window.timezone} ${window.rrule}`;
  const known = spans.get(key);
  if (known && known.start <= at && at < known.next) return known;
  const [rule, date] = [ruleOf(window), new Date(at)];
  const start = rule.previous(date, true)?.epochMilliseconds ?? Number.NEGATIVE_INFINITY;
  const span = { start, next: nextOf(rule, date) };
  if (Number.isNaN(span.next)) return span;
  if (spans.size >= mostSpans) spans.clear();
  spans.set(key, span);
  return span;
}

/** NaN when it cannot be worked out, which says nothing of the start before. */
function nextOf(rule: RRuleTemporal, after: Date): number {
  try {
    return rule.next(after, false)?.epochMilliseconds ?? Number.POSITIVE_INFINITY;
  } catch {
    return Number.NaN;
  }
}

/** A rule without DTSTART counts from midnight of Thursday, 1 January 1970 in its time zone. */
function ruleOf(window: Pick<FreezeWindow, 'rrule' | 'timezone'>): RRuleTemporal {
  const bounds = { maxIterations: 10_000, maxCandidateEvaluations: 100_000 };
  const text = window.rrule.replaceAll('\\n', '\n').trim();
  if (!/DTSTART/i.test(text)) {
    const dtstart = Temporal.ZonedDateTime.from(`1970-01-01T00:00:00[${window.timezone}]`);
    return new RRuleTemporal({ ...bounds, rruleString: text.replace(/^RRULE:/i, ''), dtstart });
  }
  // A start without a zone of its own is meant in the window's zone.
  const zoned = text.replace(/^DTSTART:(\d{8}T\d{6})$/im, `DTSTART;TZID=${window.timezone}:$1`);
  return new RRuleTemporal({ ...bounds, rruleString: zoned });
}
