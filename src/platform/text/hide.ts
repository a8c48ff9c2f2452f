import type { Json } from '../ids/types.ts';

/** What stands where a value was. */
const mark = '***';

/** The text without the names and passwords of addresses in it: `https://***@host/a.git`. */
export const hideCredentials = (text: string): string =>
  text.replaceAll(/(\b[a-z][a-z0-9+.-]*:\/\/)[^/@\s"']+@/gi, `$1${mark}@`);

/**
 * The same value for a screen: texts without the credentials of addresses, and environment variables (the texts under a
 * key `env`) by their names alone.
 */
export function hideSecrets(value: Json): Json {
  if (typeof value === 'string') return hideCredentials(value);
  if (Array.isArray(value)) return value.map((one: Json) => hideSecrets(one));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      key === 'env' && isRecord(one) ? hideTexts(one) : hideSecrets(one),
    ]),
  );
}

const isRecord = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const hideTexts = (variables: { readonly [name: string]: Json }): Json =>
  Object.fromEntries(
    Object.entries(variables).map(([name, one]) => [
      name,
      typeof one === 'object' ? hideSecrets(one) : mark,
    ]),
  );
