import fc from 'fast-check';
import { expect, test } from 'vitest';
import { demux } from './demux.ts';

const frame = (stream: number, text: string) => {
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
};

test('however the frames are cut, each stream gets its text', () => {
  const frames = fc.array(fc.tuple(fc.constantFrom(1, 2), fc.string({ maxLength: 20 })));
  fc.assert(
    fc.property(frames, fc.array(fc.nat(200)), (all, cuts) => {
      const data = Buffer.concat(all.map(([stream, text]) => frame(stream, text)));
      const got = { out: [] as Buffer[], err: [] as Buffer[] };
      const take = demux({ out: (one) => got.out.push(one), err: (one) => got.err.push(one) });
      const borders = [
        0,
        ...cuts.map((cut) => Math.min(cut, data.length)).sort((a, b) => a - b),
        data.length,
      ];
      for (const [at, from] of borders.entries())
        take(data.subarray(from, borders[at + 1] ?? data.length));
      const textOf = (stream: number) =>
        all.flatMap(([of, text]) => (of === stream ? text : [])).join('');
      expect(Buffer.concat(got.out).toString()).toBe(Buffer.from(textOf(1)).toString());
      expect(Buffer.concat(got.err).toString()).toBe(Buffer.from(textOf(2)).toString());
    }),
  );
});

test('a chunk of very many frames is no deep recursion', () => {
  let count = 0;
  const take = demux({
    out: () => {
      count += 1;
    },
    err: () => undefined,
  });
  take(Buffer.concat(Array.from({ length: 50_000 }, () => frame(1, 'x'))));
  expect(count).toBe(50_000);
});
