import { type Budget, broken, missing } from './budget.ts';
import { isList, isMap, typeOf, type Value } from './value.ts';

/** Functions by name, beside the loops and `has`. The receiver of a method is the first argument. */
export type CelFunction = (args: readonly Value[], budget: Budget) => Value;

const onText =
  (name: string, run: (text: string, other: string, budget: Budget) => Value): CelFunction =>
  ([text, other = ''], budget) => {
    if (typeof text !== 'string' || typeof other !== 'string') {
      return refuse(name, [text ?? null, other]);
    }
    budget.work((text.length + other.length) >> 4);
    return run(text, other, budget);
  };

function refuse(name: string, args: readonly Value[]): never {
  const types = args.map(typeOf).join(', ');
  const detail = `${name} does not take (${types})`;
  return args.includes(null) ? missing(detail) : broken(detail);
}

export const functions: { readonly [name: string]: CelFunction } = {
  size: ([value = null], budget) => {
    if (isList(value)) return BigInt(value.length);
    if (typeof value === 'string') return BigInt(charactersOf(value, budget));
    if (!isMap(value)) return refuse('size', [value]);
    const { length } = Object.keys(value);
    budget.work(length);
    return BigInt(length);
  },
  int: ([value = null]) => toInt(value),
  double: ([value = null]) => toDouble(value),
  string: ([value = null], budget) => {
    if (typeof value === 'object') return refuse('string', [value]);
    budget.make(30);
    if (value === Number.POSITIVE_INFINITY) return '+Inf';
    return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
  },
  bool: ([value = null]) => {
    if (typeof value === 'boolean') return value;
    if (typeof value !== 'string') return refuse('bool', [value]);
    if (['1', 't', 'true', 'TRUE', 'True'].includes(value)) return true;
    if (['0', 'f', 'false', 'FALSE', 'False'].includes(value)) return false;
    return broken(`bool: "${value.slice(0, 100)}" is neither true nor false`);
  },
  contains: onText('contains', (text, other) => text.includes(other)),
  startsWith: onText('startsWith', (text, other) => text.startsWith(other)),
  endsWith: onText('endsWith', (text, other) => text.endsWith(other)),
  lowerAscii: made('lowerAscii', (text) => text.replace(/[A-Z]+/g, (one) => one.toLowerCase())),
  upperAscii: made('upperAscii', (text) => text.replace(/[a-z]+/g, (one) => one.toUpperCase())),
  trim: made('trim', (text) => text.trim()),
  split: onText('split', (text, separator, budget) => {
    budget.make(text.length);
    const parts = text.split(separator);
    budget.make(parts.length);
    return parts;
  }),
  join: ([list = null, separator = ''], budget) => {
    if (!isList(list) || typeof separator !== 'string') return refuse('join', [list, separator]);
    for (const one of list) {
      if (typeof one !== 'string') return broken('join: the list must contain only texts');
      budget.work(1);
      budget.make(one.length + separator.length);
    }
    return list.join(separator);
  },
};

function made(name: string, run: (text: string) => string): CelFunction {
  return onText(name, (text, _other, budget) => {
    budget.make(text.length);
    return run(text);
  });
}

function charactersOf(text: string, budget: Budget): number {
  budget.work(text.length >> 2);
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

const largestInt = 2n ** 63n - 1n;

export function fitInt(value: bigint): bigint {
  if (value <= largestInt && value >= -largestInt - 1n) return value;
  return broken('integer overflow');
}

function toInt(value: Value): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') {
    return Number.isFinite(value) ? fitInt(BigInt(Math.trunc(value))) : broken(`int: of ${value}`);
  }
  if (typeof value !== 'string') return refuse('int', [value]);
  if (!/^[+-]?\d{1,19}$/.test(value)) return broken(`int: "${value.slice(0, 100)}" is no number`);
  return fitInt(BigInt(value.startsWith('+') ? value.slice(1) : value));
}

const notFinite: { readonly [text: string]: number } = {
  inf: Number.POSITIVE_INFINITY,
  infinity: Number.POSITIVE_INFINITY,
  nan: Number.NaN,
};

function toDouble(value: Value): number {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  if (typeof value !== 'string') return refuse('double', [value]);
  if (value.length <= 400 && /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value)) {
    return Number(value);
  }
  const sign = value.startsWith('-') ? -1 : 1;
  const word = value.slice(/^[+-]/.test(value) ? 1 : 0, 20).toLowerCase();
  if (Object.hasOwn(notFinite, word)) return sign * (notFinite[word] ?? Number.NaN);
  return broken(`double: "${value.slice(0, 100)}" is no number`);
}
