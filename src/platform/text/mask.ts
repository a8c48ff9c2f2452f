import type { Json } from '../ids/types.ts';

/** What stands where a secret was. */
const mark = '***';

/** Forms other than the value itself, and lines of it, are looked for from this length on: shorter ones are everywhere. */
const shortest = 4;

/** Columns at which programs wrap base64: coreutils, and PEM as OpenSSL writes it. */
const wraps = [76, 64];

/** Takes secrets out of texts, whichever of their usual forms they come in. */
export type Masker = {
  /** From now on this value is masked. */
  add(secret: string): void;
  mask(text: string): string;
  /** The same value with every text in it masked, keys too. */
  maskJson(value: Json): Json;
  /** For a text that comes in pieces: a secret is found across their borders. */
  stream(): MaskStream;
};

export type MaskStream = {
  /** What of the text so far can be shown. The rest, which may be the beginning of a secret, comes later. */
  push(piece: string): string;
  /** What was kept back, at the end of the text. */
  end(): string;
};

type Span = readonly [from: number, to: number];

export function createMasker(): Masker {
  const forms = new Set<string>();
  const mask = (text: string): string => cover(text, spansOf(text, forms)).shown;
  return {
    add: (secret) => {
      for (const form of formsOf(secret)) forms.add(form);
    },
    mask,
    maskJson: (value) => (forms.size === 0 ? value : maskJson(value, mask)),
    stream: () => maskStream(forms),
  };
}

/**
 * The forms in which a secret shows up: as it is, each of its lines, in a URL, in JSON, and in base64, where it may begin
 * at any byte of a longer text (as a password does in `user:password`) and may be wrapped.
 */
export function formsOf(secret: string): ReadonlySet<string> {
  const url = encodeURIComponent(secret.toWellFormed());
  const encoded = [
    ...secret.split(/\r\n|\r|\n/),
    secret.trim(),
    JSON.stringify(secret).slice(1, -1),
    url,
    url.replaceAll('%20', '+'),
    url.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    ...base64Forms(secret),
  ];
  const all = [secret, ...encoded.filter((form) => form.length >= shortest)];
  return new Set(all.filter((form) => form !== ''));
}

function base64Forms(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const whole = bytes.toString('base64');
  const wrapped = wraps.flatMap((columns) =>
    whole.length <= columns ? [] : (whole.match(new RegExp(`.{1,${columns}}`, 'g')) ?? []),
  );
  const plain = [whole, ...wrapped.filter((line) => line.length >= 8)];
  const shifted = bytes.length < shortest ? [] : [0, 1, 2].map((shift) => inside(bytes, shift));
  return [...plain, ...shifted].flatMap((form) => {
    const bare = form.replace(/=+$/, '');
    return [form, bare, bare.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** What every base64 text holds that has these bytes after `shift` (mod 3) others, whatever is around them. */
function inside(bytes: Buffer, shift: number): string {
  const text = Buffer.concat([Buffer.alloc(shift), bytes])
    .toString('base64')
    .replace(/=+$/, '');
  const whole = Math.floor(((shift + bytes.length) * 8) / 6);
  return text.slice(Math.ceil((shift * 8) / 6), whole);
}

/** Every place of every form, those that overlap joined. */
function spansOf(text: string, forms: ReadonlySet<string>, covered = 0): readonly Span[] {
  const found: Span[] = covered > 0 ? [[0, covered]] : [];
  for (const form of forms) {
    for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + 1)) {
      found.push([at, at + form.length]);
    }
  }
  const joined: Span[] = [];
  for (const [from, to] of found.sort(([a], [b]) => a - b)) {
    const last = joined.at(-1);
    if (last && from < last[1]) joined[joined.length - 1] = [last[0], Math.max(last[1], to)];
    else joined.push([from, to]);
  }
  return joined;
}

/** The text up to `end` with marks for the spans; `left` is how far a span goes on behind it. */
function cover(
  text: string,
  spans: readonly Span[],
  end = text.length,
  isGoingOn = false,
): { readonly shown: string; readonly left: number } {
  let shown = '';
  let at = 0;
  let left = 0;
  for (const [from, to] of spans) {
    const hasMark = from === 0 && isGoingOn;
    if (from >= end && !hasMark) break;
    shown += text.slice(at, from) + (hasMark ? '' : mark);
    at = Math.min(to, end);
    left = Math.max(0, to - end);
  }
  return { shown: shown + text.slice(at, end), left };
}

function maskStream(forms: ReadonlySet<string>): MaskStream {
  let kept = '';
  /** So much of what was kept belongs to a secret whose mark was shown already. */
  let covered = 0;
  const show = (text: string, end: number): string => {
    const { shown, left } = cover(text, spansOf(text, forms, covered), end, covered > 0);
    kept = text.slice(end);
    covered = left;
    return shown;
  };
  return {
    push: (piece) => {
      const text = kept + piece;
      return show(text, firstBeginning(text, forms));
    },
    end: () => show(kept, kept.length),
  };
}

/** Where the longest end of the text begins that may be the beginning of a form; its length when there is none. */
function firstBeginning(text: string, forms: ReadonlySet<string>): number {
  let first = text.length;
  for (const form of forms) {
    const head = form.charAt(0);
    let at = text.indexOf(head, Math.max(0, text.length - form.length + 1));
    while (at >= 0 && at < first) {
      if (form.startsWith(text.slice(at))) first = at;
      else at = text.indexOf(head, at + 1);
    }
  }
  return first;
}

function maskJson(value: Json, mask: (text: string) => string): Json {
  if (typeof value === 'string') return mask(value);
  if (typeof value === 'number') return mask(String(value)) === String(value) ? value : mark;
  if (Array.isArray(value)) return value.map((each: Json) => maskJson(each, mask));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [mask(key), maskJson(each, mask)]),
  );
}
