import { type Escape, isBare, openAt } from '../template.ts';

/**
 * A value inside a target of Graphite. Outside of quotes it is a part of a path, without globs (`* ? [ ] { }`) and without
 * what ends an argument; within them it is a plain text that begins with no operator of `seriesByTag` (`~`).
 *
 * https://graphite.readthedocs.io/en/latest/render_api.html (paths and wildcards)
 */
export const inGraphite: Escape = (value, before) => {
  if (openAt(before, { quotes: '\'"' }) !== null) {
    return /^(?:[\p{L}\p{N}_/][\p{L}\p{N}_ .:@/+-]*)?$/u.test(value) ? value : null;
  }
  return isBare(value) || /^[A-Za-z0-9_][A-Za-z0-9_:.-]*$/.test(value) ? value : null;
};
