import type { Escape } from '../template.ts';

/**
 * A value inside a PromQL query. Within quotes it is escaped so that it cannot end them; outside of quotes only what
 * is one word or one number may stand, so that an argument cannot add a selector or a function of its own.
 */
export const inPromQl: Escape = (value, before) => {
  const quote = openQuote(before);
  if (quote === '`') return value.includes('`') ? null : value;
  if (quote !== null) {
    if (/[\0\r]/.test(value)) return null;
    // Prometheus takes no escape of a quote other than the one that is open.
    return value.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`).replaceAll('\n', '\\n');
  }
  return /^(?:[A-Za-z0-9_:.]+|-?[0-9.]+)$/.test(value) ? value : null;
};

/** The quote that is open at the end of a text: `"`, `'`, a backtick, or null. Comments run to the end of a line. */
function openQuote(text: string): string | null {
  let open: string | null = null;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (open !== null) {
      if (char === '\\' && open !== '`') at += 1;
      else if (char === open) open = null;
    } else if (char === '"' || char === "'" || char === '`') open = char;
    else if (char === '#') at = endOfLine(text, at);
  }
  return open;
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}
