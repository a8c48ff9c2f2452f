/** Whether PostgreSQL can keep a text: it takes neither U+0000 nor half of a surrogate pair. */
export const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

/** The text with U+FFFD for what PostgreSQL does not take. */
export const toStorable = (text: string): string => text.replaceAll('\0', '\ufffd').toWellFormed();

const deepest = 100;

/** JSON pointer of the first text or key that cannot be kept, or of what is nested too deeply to be kept; else null. */
export function unstorableAt(value: unknown, at: string, depth = 0): string | null {
  if (typeof value === 'string') return isStorable(value) ? null : at;
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return null;
  if (depth > deepest) return at;
  for (const [key, inner] of Object.entries(value)) {
    if (!isStorable(key)) return at;
    const found = unstorableAt(inner, `${at}/${key}`, depth + 1);
    if (found !== null) return found;
  }
  return null;
}
