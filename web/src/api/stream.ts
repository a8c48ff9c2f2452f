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

/** Milliseconds before each try; the last one is repeated. */
const waits = [0, 250, 500, 1_000, 2_000, 4_000] as const;
/** The server sends a sign of life every 15 s: a line that is silent for longer is dead. */
const silence = 40_000;

/**
 * Follows server-sent events until the signal, opening the line again where it broke: the id of the last message is sent
 * along, so nothing is missed. It is no EventSource, because that cannot carry a token.
 */
export async function follow(options: StreamOptions): Promise<void> {
  const { signal, onState = () => undefined } = options;
  const position: Position = { last: null, isOver: false };
  let failures = 0;
  while (!signal.aborted && !position.isOver) {
    onState('connecting', null);
    try {
      await once(options, position, () => {
        failures = 0;
        onState('live', null);
      });
      onState('lost', null);
    } catch (error) {
      if (signal.aborted) return;
      onState('lost', error);
      if (isFinal(error)) return;
    }
    failures += 1;
    if (!position.isOver) await sleep(waits[Math.min(failures, waits.length - 1)] ?? 0, signal);
  }
}

type Position = { last: string | null; isOver: boolean };

async function once(options: StreamOptions, position: Position, onOpen: () => void): Promise<void> {
  const { path, query = {}, signal, onMessage, endsWith } = options;
  const watch = watchSilence(signal);
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

function watchSilence(outer: AbortSignal) {
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
