import { type Escape, isBare, openAt } from '../template.ts';

/**
 * A value inside metric math, a SEARCH or a Metrics Insights query. Within quotes it is one word of letters, digits and
 * `_ . : / @ + # -`: neither a quote of either kind, which SEARCH nests, nor a space, which would add a term.
 *
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
 */
export const inExpression: Escape = (value, before) => {
  if (openAt(before, { quotes: '\'"' }) === null) return isBare(value) ? value : null;
  return /^(?:[\p{L}\p{N}_/][\p{L}\p{N}_.:/@+#-]*)?$/u.test(value) ? value : null;
};

/** A field of its own: whatever it is, it stays one text. */
export const inField: Escape = (value) => value;
