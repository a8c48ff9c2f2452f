import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMasker, formsOf } from './mask.ts';

const maskerOf = (...secrets: readonly string[]) => {
  const masker = createMasker();
  for (const secret of secrets) masker.add(secret);
  return masker;
};

const base64 = (text: string) => Buffer.from(text).toString('base64');
const secret = 'p@ss "word"/+\\ü&x';

test.each([
  ['as it is', `--token ${secret} --now`],
  ['in a URL', `https://host/?t=${encodeURIComponent(secret)}&u=1`],
  ['in a URL with small letters', encodeURIComponent(secret).toLowerCase()],
  ['in a form', `t=${new URLSearchParams({ t: secret }).toString().slice(2)}`],
  ['in JSON', JSON.stringify({ token: secret })],
  ['in base64', base64(secret)],
  ['in base64url', Buffer.from(secret).toString('base64url')],
  ['in the base64 of a pair', base64(`ada:${secret}`)],
  ['in the base64 of another pair', base64(`bo:${secret}:x`)],
  ['in the base64 of a third', base64(`x:${secret}!!`)],
])('a secret is not shown %s', (_name, text) => {
  const shown = maskerOf(secret).mask(text);
  expect(shown).toContain('***');
  for (const form of formsOf(secret)) expect(shown).not.toContain(form);
});

test('each line of a secret of many lines, and its wrapped base64, are masked', () => {
  const key = ['-----BEGIN KEY-----', 'MIIEowIBAAKCAQEA', 'u7Kd93kfAl20', '-----END KEY-----', '']
    .join('\n')
    .repeat(3);
  const masker = maskerOf(key);
  expect(masker.mask('a\nu7Kd93kfAl20\nb')).toBe('a\n***\nb');
  const wrapped = base64(key).replaceAll(/(.{76})/g, '$1\n');
  expect(wrapped.split('\n').length).toBeGreaterThan(2);
  expect(masker.mask(wrapped).replaceAll('***', '').trim()).toBe('');
});

test('what overlaps is masked as one', () => {
  expect(maskerOf('abcd', 'cdef').mask('xabcdefx')).toBe('x***x');
  expect(maskerOf('abcd', 'abcdef').mask('xabcdefx')).toBe('x***x');
  expect(maskerOf('aaaa').mask('aaaaaaaaaaaaa b')).toBe('*** b');
});

test('an empty secret masks nothing, and short lines of one are left alone', () => {
  expect(maskerOf('').mask('text')).toBe('text');
  expect(maskerOf('{\n  "key": "s3cret-value"\n}').mask('{}')).toBe('{}');
});

test('texts, keys and numbers of JSON are masked, the rest stays', () => {
  expect(
    maskerOf('hunter2', '40302010').maskJson({
      a: ['x hunter2', 7, true, null],
      hunter2: { n: 40302010 },
    }),
  ).toEqual({ a: ['x ***', 7, true, null], '***': { n: '***' } });
});

test('pieces: what cannot be a secret comes at once', () => {
  const stream = maskerOf('secret').stream();
  expect(stream.push('hello sec')).toBe('hello ');
  expect(stream.push('tor')).toBe('sector');
  expect(stream.push(' secr')).toBe(' ');
  expect(stream.push('et!')).toBe('***!');
  expect(stream.push(' sec')).toBe(' ');
  expect(stream.end()).toBe('sec');
});

test('pieces: a beginning inside a secret hides no part of it', () => {
  const stream = maskerOf('abcd', 'cdef').stream();
  expect([stream.push('xab'), stream.push('cd'), stream.push('zz'), stream.end()].join('')).toBe(
    'x***zz',
  );
  expect([stream.push('xabcd'), stream.push('efx'), stream.end()].join('')).toBe('x***x');
});

test('pieces: a secret of one letter repeated holds nothing back for ever', () => {
  const stream = maskerOf('aaaa').stream();
  let shown = '';
  for (let n = 0; n < 1_000; n += 1) shown += stream.push('aaa');
  expect(`${shown}${stream.push('b')}${stream.end()}`).toBe('***b');
});

test('however a text is cut into pieces, it is masked like the whole', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 40 });
  const secrets = fc.array(
    fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 2, maxLength: 6 }),
    { minLength: 1, maxLength: 3 },
  );
  fc.assert(
    fc.property(letters, secrets, fc.array(fc.nat(40)), (text, all, cuts) => {
      const masker = maskerOf(...all);
      const stream = masker.stream();
      const borders = [
        0,
        ...cuts.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b),
        text.length,
      ];
      let shown = '';
      for (const [at, from] of borders.entries())
        shown += stream.push(text.slice(from, borders[at + 1] ?? text.length));
      expect(shown + stream.end()).toBe(masker.mask(text));
    }),
    { numRuns: 1_000 },
  );
});
