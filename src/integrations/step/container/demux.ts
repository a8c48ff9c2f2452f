import type { Sinks } from './runner.ts';

const headerLength = 8;

/**
 * Takes apart what Docker sends for a container without a terminal: frames of a header (stream, three zeros, length) and
 * their text. Source: Docker Engine API, "Stream format". The library's own does it in a recursion as deep as a chunk has
 * frames.
 */
export function demux(sinks: Sinks): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  let stream = 1;
  /** Bytes of the frame that are still to come. */
  let left = 0;
  return (chunk) => {
    let data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (data.length > 0) {
      if (left === 0) {
        if (data.length < headerLength) break;
        stream = data.readUInt8(0);
        left = data.readUInt32BE(4);
        data = data.subarray(headerLength);
      }
      const text = data.subarray(0, left);
      left -= text.length;
      data = data.subarray(text.length);
      if (text.length > 0) (stream === 2 ? sinks.err : sinks.out)(text);
    }
    rest = data;
  };
}
