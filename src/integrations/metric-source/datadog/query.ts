import { type Escape, isBare, openAt } from '../template.ts';

/**
 * A value inside a Datadog metrics query. In the braces of a scope, and in quotes, it is one tag value: letters, digits
 * and `_ . : / -`, so that it can neither end the scope nor add a tag, a wildcard or a negation to it.
 *
 * https://docs.datadoghq.com/getting_started/tagging/ (characters of a tag)
 */
export const inDatadog: Escape = (value, before) =>
  isInScope(before) || openAt(before, { quotes: '\'"' }) !== null
    ? oneTag(value)
    : isBare(value)
      ? value
      : null;

const oneTag = (value: string): string | null =>
  /^[\p{L}\p{N}_][\p{L}\p{N}_.:/-]*$/u.test(value) ? value : null;

const isInScope = (before: string): boolean => before.lastIndexOf('{') > before.lastIndexOf('}');
