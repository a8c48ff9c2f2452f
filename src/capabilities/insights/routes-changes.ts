import type { Change } from '../../contract/api/changes.ts';
import { type EventStream, serveStreams } from '../../platform/http/event-stream.ts';
import type { Routes } from '../../platform/http/types.ts';
import type { Changes } from './changes.ts';

export type ChangesRoutesDeps = {
  readonly changes: Changes;
  /** Most streams at once; TG1608 beyond. */
  readonly maxStreams?: number;
};

/** Milliseconds between signs of life. */
const heartbeat = 15_000;

/** `ready` when the line is open, and whenever anything may have changed; `changed` with what did. */
export function changesRoutes({ changes, maxStreams = 1_000 }: ChangesRoutesDeps): Routes {
  return (app) => {
    const serve = serveStreams(app, { most: maxStreams, name: 'streams of changes' });
    app.get(
      '/api/v1/changes/stream',
      {
        schema: {
          summary: 'Server-sent events: names what is not what it was, for pages to ask again.',
        },
      },
      async (request, reply) => await serve(request, reply, (stream) => pump(changes, stream)),
    );
  };
}

async function pump(changes: Changes, stream: EventStream): Promise<void> {
  const waiting: (readonly Change[] | null)[] = [null];
  const bell = { ring: (): void => undefined };
  const leave = changes.listen((change) => {
    // A client that takes nothing for long is told to look at everything instead.
    if (waiting.length > 100) waiting.splice(0, waiting.length, null);
    else waiting.push(change);
    bell.ring();
  });
  try {
    while (!stream.ended.aborted) {
      const next = waiting.shift();
      if (next === undefined) await rung(bell, stream);
      else if (next === null) await stream.send({ id: '', type: 'ready', data: {} });
      else await stream.send({ id: '', type: 'changed', data: next });
    }
  } finally {
    leave();
  }
}

async function rung(bell: { ring: () => void }, stream: EventStream): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  bell.ring = () => resolve(false);
  const timer = setTimeout(() => resolve(true), heartbeat);
  const end = (): void => resolve(false);
  stream.ended.addEventListener('abort', end, { once: true });
  const isSilent = await promise;
  clearTimeout(timer);
  stream.ended.removeEventListener('abort', end);
  if (isSilent) await stream.heartbeat();
}
