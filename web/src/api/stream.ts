import { type EventSourceMessage, EventSourceParserStream } from 'eventsource-parser/stream';
import { addressOf, problemOf, type Query } from './client.ts';
import { ProblemError } from './problem.ts';
import { readToken } from './session.ts';

export type StreamState = 'connecting' | 'live' | 'lost';

export type StreamOptions = {
  readonly path: string;
  readonly query?: Query;
  readonly onMessage: (message: EventSourceMessage) => void;
  readonly onState?: (state: StreamState, error: unknown) => void;
  /** Of a message that ends the stream for good. */
  readonly endsWith?: string;
  readonly signal: AbortSignal;
};

/** Milliseconds. */
export type StreamTiming = {
  /** After as many failures as its place; the last one is repeated. */
  readonly waits: readonly number[];
  /** A line on which nothing comes for longer is dead. */
  readonly silence: number;
};

/** The server sends a sign of life every 15 s. */
const usual: StreamTiming = { waits: [250, 500, 1_000, 2_000, 4_000], silence: 40_000 };

/**
 * Follows server-sent events until the signal, opening the line again where it broke: the id of the last message is sent
 * along, so nothing is missed. It is no EventSource, because that cannot carry a token.
 */
export async function follow(options: StreamOptions, timing = usual): Promise<void> {
  const { signal, onState = () => undefined } = options;
  const position: Position = { last: null, isOver: false };
  let failures = 0;
  while (!signal.aborted && !position.isOver) {
    onState('connecting', null);
    try {
      const onOpen = (): void => {
        failures = 0;
        onState('live', null);
      };
      await once(options, position, onOpen, timing.silence);
      onState('lost', null);
    } catch (error) {
      if (signal.aborted) return;
      onState('lost', error);
      if (isFinal(error)) return;
    }
    const wait = timing.waits[Math.min(failures, timing.waits.length - 1)] ?? 0;
    failures += 1;
    if (!position.isOver) await sleep(wait, signal);
  }
}

type Position = { last: string | null; isOver: boolean };

async function once(
  options: StreamOptions,
  position: Position,
  onOpen: () => void,
  silence: number,
): Promise<void> {
  const { path, query = {}, signal, onMessage, endsWith } = options;
  const watch = watchSilence(signal, silence);
  try {
    const token = readToken();
    const answer = await fetch(addressOf(path, query), {
      headers: {
        accept: 'text/event-stream',
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(position.last === null ? {} : { 'last-event-id': position.last }),
      },
      signal: watch.signal,
      cache: 'no-store',
      credentials: 'omit',
    });
    if (!answer.ok || !answer.body) throw new ProblemError(await problemOf(answer));
    onOpen();
    const messages = answer.body
      .pipeThrough(watch.through())
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream());
    for await (const message of messages as unknown as AsyncIterable<EventSourceMessage>) {
      onMessage(message);
      // Only now: a line that breaks while it is taken brings it again.
      if (message.id !== undefined) position.last = message.id;
      if (endsWith !== undefined && message.event === endsWith) position.isOver = true;
    }
  } finally {
    watch.end();
  }
}

function watchSilence(outer: AbortSignal, silence: number) {
  const dead = new AbortController();
  let timer = setTimeout(() => dead.abort(), silence);
  return {
    signal: AbortSignal.any([outer, dead.signal]),
    through: () =>
      new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
        transform(chunk, out) {
          clearTimeout(timer);
          timer = setTimeout(() => dead.abort(), silence);
          out.enqueue(chunk);
        },
      }),
    end: () => clearTimeout(timer),
  };
}

/** A refusal stays one however often one asks, but for "too many" and "not now". */
const isFinal = (error: unknown): boolean =>
  error instanceof ProblemError &&
  error.problem.status >= 400 &&
  error.problem.status < 500 &&
  error.problem.status !== 429;

const sleep = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds * (0.75 + Math.random() / 2));
    const end = (): void => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener('abort', end, { once: true });
  });
