/** How often each kind of fault really did something, by name. */
export type Hits = {
  readonly hit: (what: string) => void;
  readonly counts: ReadonlyMap<string, number>;
};

export function newHits(): Hits {
  const counts = new Map<string, number>();
  return {
    counts,
    hit: (what) => {
      counts.set(what, (counts.get(what) ?? 0) + 1);
    },
  };
}
