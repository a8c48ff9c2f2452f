import { isAbsolute, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Problem, problem } from '../../../platform/errors/problem.ts';

/*
 * Everything that people declare and that ends up among Git's arguments passes one of these checks. Arguments are
 * handed over as a list and never through a shell, so what is left to refuse are options (a leading -), Git's own
 * remote helpers (ext::…) and the characters that give a revision a second meaning.
 */

/** Path, `file://`, `https://`, `ssh://` or `user@host:path`, as Git takes it. */
export function checkAddress(
  address: string,
): { readonly ok: true; readonly value: string } | Refused {
  const refuse = (why: string): Refused => ({
    ok: false,
    problem: problem('TG1101', {
      detail: `${maskAddress(address)} ${why}`,
      hint: 'Use an absolute path, file://, https:// or ssh:// address.',
    }),
  });
  if (hasControl(address) || address.length > 2048) return refuse('is not an address.');
  if (address.startsWith('file://')) {
    try {
      return { ok: true, value: normalize(fileURLToPath(address)) };
    } catch {
      return refuse('is not a file:// address with an absolute path.');
    }
  }
  if (/^(https|ssh):\/\/[^-/\s][^\s]*$/.test(address)) return { ok: true, value: address };
  if (/^[A-Za-z0-9_.]+@[A-Za-z0-9][A-Za-z0-9.-]*:[^:\s-][^\s]*$/.test(address))
    return { ok: true, value: address };
  if (isAbsolute(address)) return { ok: true, value: normalize(address) };
  return refuse('is of no kind that is allowed.');
}

export type Refused = { readonly ok: false; readonly problem: Problem };

/** A branch, tag or object id; null when it is none. Stricter than git check-ref-format. */
export function isRef(ref: string): boolean {
  return (
    ref.length <= 255 &&
    /^[A-Za-z0-9_][A-Za-z0-9._/+=@#-]*$/.test(ref) &&
    !/\.\.|\/\/|\/\.|@\{|\.lock(\/|$)|[./]$/.test(ref)
  );
}

export function isObjectId(id: string): boolean {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(id);
}

/** A path inside a repository: relative, with no `..`, no `.git` and no control characters. */
export function isInsidePath(path: string): boolean {
  if (path.length === 0 || path.length > 1024 || hasControl(path)) return false;
  return path
    .split('/')
    .every((part) => part !== '' && part !== '.' && part !== '..' && !/^\.git$/i.test(part));
}

/** `./a/b/` → `a/b`; `.` and the empty path are the whole repository and give the empty text. */
export function cleanPath(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

/** The address without a password or token, for messages. */
export function maskAddress(text: string): string {
  return text.replaceAll(/(\w+:\/\/)[^/@\s]+@/g, '$1***@');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const hasControl = (text: string): boolean => /[\u0000-\u001f\u007f]/.test(text);
