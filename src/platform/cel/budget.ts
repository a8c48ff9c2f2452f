/** Why an expression has no value. `missing`: what it asks for is not there, or null. `tooLarge` ends the whole of it. */
export class CelFault extends Error {
  readonly kind: 'missing' | 'broken' | 'tooLarge';
  constructor(kind: CelFault['kind'], detail: string) {
    super(detail);
    this.name = 'CelFault';
    this.kind = kind;
  }
}

export const missing = (detail: string): never => {
  throw new CelFault('missing', detail);
};
export const broken = (detail: string): never => {
  throw new CelFault('broken', detail);
};

/** About 0.2 s and 16 MiB at worst. */
const mostSteps = 1_000_000;
const mostSize = 4_194_304;

/**
 * What one evaluation may still take: steps (parts evaluated, values compared) and size (characters and elements made).
 * It is counted while the work is done, so that nothing has to be guessed from the size of what comes in.
 */
export class Budget {
  #steps = mostSteps;
  #size = mostSize;

  work(steps: number): void {
    this.#steps -= steps;
    if (this.#steps < 0) throw new CelFault('tooLarge', 'the values are too large: too much work');
  }

  make(size: number): void {
    this.#size -= size;
    if (this.#size < 0) throw new CelFault('tooLarge', 'the values are too large: too much memory');
  }
}
