import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { readSettings } from './settings.ts';

test('with nothing given it keeps to loopback and to this folder', () => {
  expect(readSettings([], {})).toMatchObject({
    paths: { home: resolve('.tidegate'), token: resolve('.tidegate/token') },
    databaseUrl: null,
    host: '127.0.0.1',
    port: 7070,
    hookSecret: null,
    publicStatus: false,
    supervised: false,
  });
});

test('a flag wins over the environment', () => {
  const env = { TIDEGATE_PORT: '1', TIDEGATE_HOME: '/a', DATABASE_URL: 'postgres://db/x' };
  const settings = readSettings(['--port', '0', '--target', 'eu-1', '--target', 'us-1'], env);
  expect(settings).toMatchObject({
    port: 0,
    paths: { home: '/a' },
    databaseUrl: 'postgres://db/x',
    targets: ['eu-1', 'us-1'],
  });
});

test.each([
  [['--port', 'many'], 'many is not a port'],
  [['--port', '70000'], '70000 is not a port'],
  [['--nonsense'], 'nonsense'],
  [['stray'], 'stray'],
])('%j is refused', (args, said) => {
  expect(() => readSettings(args, {})).toThrow(said);
});

test('the public status is switched on by a flag or by the word true, and by nothing else', () => {
  const on = (args: readonly string[], word?: string) =>
    readSettings(args, { TIDEGATE_PUBLIC_STATUS: word }).publicStatus;
  expect([on(['--public-status']), on([], 'true'), on([], 'false'), on([], '')]).toEqual([
    true,
    true,
    false,
    false,
  ]);
  for (const word of ['1', 'yes', 'TRUE'])
    expect(() => on([], word)).toThrow('TIDEGATE_PUBLIC_STATUS');
});
