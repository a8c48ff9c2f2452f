import { destination, type Logger, pino } from 'pino';

export type Log = Logger;

export type LogOptions = {
  /** Who speaks: server, worker, agent … */
  readonly name: string;
  readonly level?: string | undefined;
  /** A file to append to; standard error when left out. */
  readonly file?: string | undefined;
};

/** Names of fields whose values never reach a log, at the top and one level down. */
const secrets = ['authorization', 'token', 'password', 'secret', 'cookie', 'databaseUrl'];

/** Most bytes that wait for room on the disk. */
const mostWaiting = 1_048_576;

/** One JSON object per line, never to standard output: that belongs to answers. */
export function createLog(options: LogOptions): Log {
  const stream = destination({
    dest: options.file ?? 2,
    sync: options.file === undefined,
    mkdir: true,
    maxLength: mostWaiting,
  });
  // A full disk costs lines, never the process that speaks: they are tried again with the next one.
  stream.on('error', () => undefined);
  return pino(
    {
      name: options.name,
      level: options.level ?? 'info',
      redact: { paths: secrets.flatMap((name) => [name, `*.${name}`]), censor: '***' },
    },
    stream,
  );
}
