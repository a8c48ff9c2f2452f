/** Sets a key of a record of any keys. To assign to `__proto__` would set a prototype and be no key. */
export function setKey<T>(record: Record<string, T>, key: string, value: T): void {
  if (key === '__proto__') Object.defineProperty(record, key, { value, ...open });
  else record[key] = value;
}

const open = { enumerable: true, writable: true, configurable: true };
