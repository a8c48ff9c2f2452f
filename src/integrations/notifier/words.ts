import type { NoticeEvent } from './port.ts';

/** At most `most` characters; what is cut off is shown to be. Never half of a surrogate pair. */
export function shorten(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text
    .slice(0, Math.max(most - 1, 0))
    .toWellFormed()
    .replace(/\ufffd$/, '')}…`;
}

/** Without control characters, but for line breaks and tabs. */
export const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are just what must not be let through.
  text.replace(/[\u0000-\u0008\u000b-\u001f\u007f]+/g, ' ').toWellFormed();

/** Links that a receiver can be given: well-formed, encoded, of a sensible length; at most ten. */
export function usableLinks(
  links: readonly { readonly label: string; readonly url: string }[],
): readonly { readonly label: string; readonly url: string }[] {
  return links
    .slice(0, 10)
    .map(({ label, url }) => ({
      label: shorten(oneLine(label), 60),
      url: URL.parse(url)?.href ?? '',
    }))
    .filter(({ url }) => /^https?:/.test(url) && url.length <= 1_500);
}

/** One line: no breaks, no control characters. */
export const oneLine = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are just what must not be let through.
  text.replace(/[\u0000-\u001f\u007f\u2028\u2029]+/g, ' ').trim();

/** `10:42:07 user:ada rollout.promoteRequested: because`. */
export const eventLine = ({ at, actor, type, because }: NoticeEvent): string =>
  oneLine(`${at.slice(11, 19)} ${actor} ${type}: ${because}`);

/** Lines joined as long as there is room; says how many had none. */
export function joinWithin(lines: readonly string[], most: number, left = 0): string {
  const more = (count: number): string => (count > 0 ? `… and ${count} more` : '');
  const kept: string[] = [];
  let size = 0;
  for (const line of lines) {
    const next = size + line.length + 1;
    if (next > most - 24) break;
    kept.push(line);
    size = next;
  }
  const missing = lines.length - kept.length + left;
  return [...kept, ...(missing > 0 ? [more(missing)] : [])].join('\n');
}
