/** One object as read: null when it is larger than allowed, `missing` when it is not there. */
export type ObjectRead = Uint8Array | null | 'missing';

type Wanted = {
  readonly id: string;
  readonly maxBytes: number;
  readonly resolve: (value: ObjectRead) => void;
  readonly reject: (error: Error) => void;
};

/** The object whose content is arriving; `kept` is null when it is too large to be kept. */
type Arriving = {
  readonly wanted: Wanted;
  readonly kept: Buffer | null;
  at: number;
  readonly size: number;
};

/**
 * Takes the output of `git cat-file --batch` apart: a line `ID TYPE SIZE`, SIZE bytes and a newline, or a line
 * `ID missing`. Content that is too large is passed over as it comes, so memory stays bounded.
 */
export function batchParser() {
  const queue: Wanted[] = [];
  const state: { line: Buffer; arriving: Arriving | null } = {
    line: Buffer.alloc(0),
    arriving: null,
  };

  const header = (text: string): void => {
    const wanted = queue.shift();
    if (!wanted) throw new Error('git cat-file answered without being asked');
    if (/ (missing|ambiguous)$/.test(text)) {
      wanted.resolve('missing');
      return;
    }
    const size = Number(/^[0-9a-f]+ \w+ (\d+)$/.exec(text)?.[1] ?? Number.NaN);
    if (!Number.isSafeInteger(size)) {
      wanted.reject(new Error('git cat-file gave an unknown answer'));
      throw new Error('git cat-file gave an unknown answer');
    }
    const kept = size <= wanted.maxBytes ? Buffer.allocUnsafe(size) : null;
    state.arriving = { wanted, kept, at: 0, size };
  };

  /** Takes what it can of the content and its closing newline; gives how many bytes it took. */
  const content = (arriving: Arriving, chunk: Buffer): number => {
    const taken = Math.min(chunk.length, arriving.size + 1 - arriving.at);
    arriving.kept?.set(
      chunk.subarray(0, Math.min(taken, arriving.size - arriving.at)),
      arriving.at,
    );
    arriving.at += taken;
    if (arriving.at === arriving.size + 1) {
      state.arriving = null;
      arriving.wanted.resolve(arriving.kept);
    }
    return taken;
  };

  return {
    expect(id: string, maxBytes: number): Promise<ObjectRead> {
      return new Promise((resolve, reject) => queue.push({ id, maxBytes, resolve, reject }));
    },
    push(chunk: Buffer): void {
      let rest = state.line.length > 0 ? Buffer.concat([state.line, chunk]) : chunk;
      state.line = Buffer.alloc(0);
      while (rest.length > 0) {
        if (state.arriving) {
          rest = rest.subarray(content(state.arriving, rest));
          continue;
        }
        const end = rest.indexOf(10);
        if (end < 0) {
          state.line = Buffer.from(rest);
          return;
        }
        const text = rest.subarray(0, end).toString('latin1');
        rest = rest.subarray(end + 1);
        header(text);
      }
    },
    fail(error: Error): void {
      state.arriving?.wanted.reject(error);
      state.arriving = null;
      for (const wanted of queue.splice(0)) wanted.reject(error);
    },
  };
}
