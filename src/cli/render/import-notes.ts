import type { ImportNote } from '../../contract/import/types.ts';
import { type Colours, plain, table } from '../terminal.ts';

/** What could not be carried over: where it stood, what became of it, and below that how to mend it. */
export function importNoteLines(
  notes: readonly ImportNote[],
  { colours, columns }: { readonly colours: Colours; readonly columns: number },
): string[] {
  if (notes.length === 0) return [];
  const places = notes.map(({ where }) => plain(where));
  const room = Math.max(40, columns - Math.max(5, ...places.map((one) => one.length)) - 2);
  const rows = notes.flatMap(({ what, fix }, at): string[][] => {
    const [first = '', ...rest] = wrapped(plain(what), room);
    const mended = wrapped(`fix: ${plain(fix)}`, room).map((line) => colours.dim(line));
    return [[places[at] ?? '', first], ...[...rest, ...mended].map((line) => ['', line])];
  });
  const head = [colours.dim('WHERE'), colours.dim('WHAT')];
  // The lines are as long as there is room for; a word that is longer must not be cut either.
  return table([head, ...rows], Number.MAX_SAFE_INTEGER);
}

/** Lines of whole words; a word that is longer than a line has one of its own. */
function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
