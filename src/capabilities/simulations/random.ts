/** 0 ≤ x < 1. */
export type Random = () => number;

/**
 * Numbers from two seeds, the same on every machine: xoshiro128** of Blackman and Vigna ("Scrambled linear
 * pseudorandom number generators", 2021), whose state is filled by the mixing function of MurmurHash3, so that seeds
 * beside each other give unlike streams.
 */
export function randomOf(seed: number, stream: number): Random {
  const fill = filler(seed, stream);
  let [a, b, c, d] = [fill(), fill(), fill(), fill() | 1];
  return () => {
    const result = Math.imul(turn(Math.imul(b, 5), 7), 9);
    const next = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= next;
    d = turn(d, 11);
    return (result >>> 0) / 0x1_0000_0000;
  };
}

const turn = (value: number, by: number): number => (value << by) | (value >>> (32 - by));

function filler(seed: number, stream: number): () => number {
  let state = mixed(mixed(seed | 0) ^ (stream + 0x9e3779b9));
  return () => {
    state = (state + 0x9e3779b9) | 0;
    return mixed(state);
  };
}

function mixed(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
