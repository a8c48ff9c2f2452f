import type { Socket } from 'node:net';
import type { Printed } from '../printed.ts';

/** Bytes that are read in one go once the log is full, so that one program does not take the worker's whole time. */
const burst = 4_194_304;
const pause = 100;

/** Reads to the last byte. Resolves when nobody can print to it any more. */
export function readPipe(socket: Socket, printed: Printed): Promise<void> {
  let sincePause = 0;
  socket.on('data', (chunk: Buffer) => {
    printed.take(chunk);
    sincePause += chunk.length;
    if (!printed.isFull() || sincePause < burst) return;
    sincePause = 0;
    socket.pause();
    setTimeout(() => socket.resume(), pause);
  });
  return new Promise((resolve) => {
    socket.once('close', () => {
      printed.close();
      resolve();
    });
  });
}
