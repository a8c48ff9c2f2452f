import type { Json } from '../../platform/ids/types.ts';

/** Whether two values are the same JSON; the order of keys does not count, since jsonb keeps none. */
export function sameJson(one: Json, other: Json): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) {
    return false;
  }
  if (Array.isArray(one) || Array.isArray(other)) {
    return (
      Array.isArray(one) &&
      Array.isArray(other) &&
      one.length === other.length &&
      one.every((value, at) => sameJson(value, other[at] ?? null))
    );
  }
  const [left, right] = [Object.entries(one), other as { readonly [key: string]: Json }];
  return (
    left.length === Object.keys(right).length &&
    left.every(([key, value]) => Object.hasOwn(right, key) && sameJson(value, right[key] ?? null))
  );
}
