import { setTimeout as timer } from 'node:timers/promises';
import { problem } from '../../platform/errors/problem.ts';
import { canonicalJson } from '../../platform/ids/digest.ts';
import type { Json } from '../../platform/ids/types.ts';
import type { MetricAnswer, MetricQuestion, MetricSource } from './port.ts';
import { type Escape, fill } from './template.ts';

/*
 * What every vendor's source needs and none should know: many analyses ask the same thing at the same moment, vendors
 * limit how often they are asked, and an answer that fails for a moment is there a moment later. So a source is wrapped:
 * the same resolved question within a second is asked once and those who asked share the answer; each host has a bucket
 * of tokens, and who finds it empty waits in line; what failed for a moment is asked again. All of it ends with the
 * signals of those who ask: nobody is kept longer than without. It is for sources that remember nothing: the answer of
 * one analysis is given to another, baseline and all.
 */

/** A bucket of `burst` tokens that fills with so many per second; a question takes one. */
export type RateLimit = { readonly perSecond: number; readonly burst: number };

export type WrapOptions = {
  readonly limit: RateLimit;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Rejects when the signal ends first. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
  /** From 0 to 1: spreads those who ask again. */
  readonly random?: () => number;
  /** Milliseconds for which an answer is given again. */
  readonly keepFor?: number;
};

/** Times that one question is asked, and milliseconds: before the second time, and the longest that is waited for. */
const mostAttempts = 3;
const firstPause = 250;
const longestPause = 10_000;
/** Answers that are kept, and hosts whose buckets are. */
const mostKept = 100;
const mostBuckets = 1_000;

export function wrapped(source: MetricSource, options: WrapOptions): MetricSource {
  const takeTurn = turns(options);
  const ask = (question: MetricQuestion, place: string, signal: AbortSignal) =>
    askAgain(source, question, { ...options, takeTurn: () => takeTurn(place, signal) }, signal);
  return { name: source.name, measure: shared(ask, options) };
}

/** What a question comes to once its values are filled in: equal for all who ask the same. */
export function resolve(question: MetricQuestion): {
  readonly key: string;
  /** Host, or what stands for it where the vendor's own address is meant; empty when nobody will be asked. */
  readonly place: string;
} {
  const provider = question.provider as unknown as Json;
  const filled = fillAll(provider, question);
  if (filled === undefined) {
    const { subject, args } = question;
    return { key: canonicalJson([provider, { ...subject }, args]), place: '' };
  }
  const asOf = question.asOf?.toISOString() ?? null;
  return { key: canonicalJson([filled, asOf]), place: placeOf(filled) };
}

const asItIs: Escape = (value) => value;

/** Undefined when a value is missing: then the source will say so. */
function fillAll(json: Json, question: MetricQuestion): Json | undefined {
  if (typeof json === 'string') {
    const filled = fill(json, question, asItIs);
    return filled.ok ? filled.text : undefined;
  }
  if (typeof json !== 'object' || json === null) return json;
  const parts = Object.entries(json).filter(([, part]) => part !== undefined);
  const done = parts.map(([name, part]) => [name, fillAll(part, question)] as const);
  return done.some(([, part]) => part === undefined)
    ? undefined
    : (Object.fromEntries(done) as Json);
}

function placeOf(provider: Json): string {
  const [name = '', settings] = Object.entries(provider ?? {})[0] ?? [];
  if (typeof settings !== 'object' || settings === null) return name;
  const { address, url, site, region } = settings as { readonly [field: string]: Json };
  const given = [address, url].find((one) => typeof one === 'string');
  const host = given === undefined ? undefined : URL.parse(given)?.host;
  return host ?? `${name} ${[site, region].find((one) => typeof one === 'string') ?? ''}`;
}

/** Milliseconds until the same is to be asked again, `attempt` times after it was asked first; null ends it. */
export function retryWait(answer: MetricAnswer, attempt: number, chance: number): number | null {
  if (answer.ok || attempt >= mostAttempts) return null;
  const { transient, retryAfter } = answer.problem.data ?? {};
  if (transient !== true) return null;
  const after = typeof retryAfter === 'number' ? retryAfter : 0;
  if (after > longestPause) return null;
  return after + firstPause * 2 ** (attempt - 1) * (0.5 + chance / 2);
}

/** `tokens` is below zero while somebody waits in line. */
export type Bucket = { readonly tokens: number; readonly at: number };

/** Takes the next token, and says how long (milliseconds) to wait until it is there. No bucket is a full one. */
export function takeToken(
  bucket: Bucket | undefined,
  { perSecond, burst }: RateLimit,
  now: number,
): { readonly bucket: Bucket; readonly wait: number } {
  const { tokens, at } = bucket ?? { tokens: burst, at: now };
  const since = Math.max(0, now - at);
  const left = Math.min(burst, tokens + (since / 1000) * perSecond) - 1;
  const wait = left < 0 ? Math.ceil((-left / perSecond) * 1000) : 0;
  return { bucket: { tokens: left, at: Math.max(now, at) }, wait };
}

/** Waits for a token of a place. Who leaves the line gives the token back. */
function turns({ limit, clock, sleep = unhurried }: WrapOptions) {
  const buckets = new Map<string, Bucket>();
  return async (place: string, signal: AbortSignal): Promise<void> => {
    if (place === '') return;
    const { bucket, wait } = takeToken(buckets.get(place), limit, clock());
    // The place that asks comes last again, so that those that have not asked for longest are forgotten.
    buckets.delete(place);
    buckets.set(place, bucket);
    const [oldest] = buckets.keys();
    if (buckets.size > mostBuckets && oldest !== undefined) buckets.delete(oldest);
    if (wait === 0) return;
    await pause(sleep, wait, signal);
    const later = buckets.get(place);
    if (signal.aborted && later) buckets.set(place, { ...later, tokens: later.tokens + 1 });
  };
}

type Asking = WrapOptions & { readonly takeTurn: () => Promise<void> };

async function askAgain(
  source: MetricSource,
  question: MetricQuestion,
  { takeTurn, sleep = unhurried, random = Math.random }: Asking,
  signal: AbortSignal,
): Promise<MetricAnswer> {
  let last = late;
  for (let attempt = 1; ; attempt += 1) {
    await takeTurn();
    if (signal.aborted) return last;
    last = await source.measure(question, signal);
    const wait = retryWait(last, attempt, random());
    if (wait === null) return last;
    await pause(sleep, wait, signal);
    // What went wrong before says more than that there was no time left.
    if (signal.aborted) return last;
  }
}

type Flight = {
  readonly answer: Promise<MetricAnswer>;
  readonly stop: AbortController;
  waiting: number;
};
type Ask = (question: MetricQuestion, place: string, signal: AbortSignal) => Promise<MetricAnswer>;

/** One answer for all who ask the same at the same time. It is asked for as long as one of them still waits. */
function shared(ask: Ask, { clock, keepFor = 1_000 }: WrapOptions): MetricSource['measure'] {
  const kept = new Map<string, { readonly answer: MetricAnswer; readonly until: number }>();
  const flights = new Map<string, Flight>();
  const keep = (key: string, answer: MetricAnswer): void => {
    kept.delete(key);
    if (answer.ok) kept.set(key, { answer, until: clock() + keepFor });
    for (const [old, { until }] of kept) {
      if (until > clock() && kept.size <= mostKept) break;
      kept.delete(old);
    }
  };
  const start = (key: string, place: string, question: MetricQuestion): Flight => {
    const stop = new AbortController();
    const asked = ask(question, place, stop.signal);
    const answer = asked.finally(() => {
      if (flights.get(key) === flight) flights.delete(key);
    });
    const flight: Flight = { answer, stop, waiting: 0 };
    flights.set(key, flight);
    return flight;
  };
  return async (question, signal) => {
    if (signal.aborted) return late;
    const { key, place } = resolve(question);
    const known = kept.get(key);
    if (known && known.until > clock()) return known.answer;
    const flight = flights.get(key) ?? start(key, place, question);
    const leave = () => {
      if (flights.get(key) === flight) flights.delete(key);
      flight.stop.abort(signal.reason);
    };
    const answer = await join(flight, signal, leave);
    if (answer.ok) keep(key, answer);
    return answer;
  };
}

/** Waits for the answer, or for the end of one's own signal; `leave` is called when nobody else waits. */
async function join(flight: Flight, signal: AbortSignal, leave: () => void): Promise<MetricAnswer> {
  const over = Promise.withResolvers<MetricAnswer>();
  const end = () => {
    const isLast = flight.waiting === 1;
    if (isLast) leave();
    over.resolve(isLast ? flight.answer : late);
  };
  flight.waiting += 1;
  signal.addEventListener('abort', end, { once: true });
  try {
    return await Promise.race([flight.answer, over.promise]);
  } finally {
    flight.waiting -= 1;
    signal.removeEventListener('abort', end);
  }
}

const late: MetricAnswer = {
  ok: false,
  problem: problem('TG1401', { detail: 'The metric source did not answer in time.' }),
  query: '',
};

/** Holds up no process that would end. */
const unhurried = (ms: number, signal: AbortSignal): Promise<unknown> =>
  timer(ms, undefined, { signal, ref: false });

/** Ends with the time or with the signal, whichever is first. */
async function pause(
  sleep: NonNullable<WrapOptions['sleep']>,
  ms: number,
  signal: AbortSignal,
): Promise<void> {
  await sleep(ms, signal).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
