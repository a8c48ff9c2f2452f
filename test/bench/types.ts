/** One figure of a benchmark. `aim` is what design §10 asks of two cores; `best` says which way is better. */
export type Figure = {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly aim: number | null;
  readonly best?: 'low' | 'high';
  /** What was measured and what limits it. */
  readonly note?: string;
};

/** What a suite is given: a durable PostgreSQL database of its own, migrated, and where to say how it goes on. */
export type BenchContext = {
  readonly url: string;
  readonly say: (text: string) => void;
};

export type Suite = {
  readonly name: string;
  /** Names of the figures that it gives, for `--only`. */
  readonly figures: readonly string[];
  readonly run: (context: BenchContext) => Promise<readonly Figure[]>;
};
