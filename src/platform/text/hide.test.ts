import { expect, test } from 'vitest';
import { hideCredentials, hideSecrets } from './hide.ts';

test.each([
  ['https://ada:hunter2@host/a.git', 'https://***@host/a.git'],
  ['https://hunter2@host:8443/a', 'https://***@host:8443/a'],
  ['from SSH://ada@host/a and git+ssh://bo@host', 'from SSH://***@host/a and git+ssh://***@host'],
  ['https://host/a@b', 'https://host/a@b'],
  ['git@host:team/a.git', 'git@host:team/a.git'],
  ['ada@example.com said http://host', 'ada@example.com said http://host'],
  ['', ''],
])('%s is shown as %s', (text, shown) => {
  expect(hideCredentials(text)).toBe(shown);
});

test('variables keep their names and lose their values, wherever they stand', () => {
  expect(
    hideSecrets({
      run: { env: { TOKEN: 'hunter2', EMPTY: '' }, command: ['node'] },
      environments: [{ name: 'staging', env: { A: 'b' } }],
      env: 'a text is no list of variables',
      source: { repository: 'https://x:hunter2@host/a' },
      count: 3,
      none: null,
    }),
  ).toEqual({
    run: { env: { TOKEN: '***', EMPTY: '***' }, command: ['node'] },
    environments: [{ name: 'staging', env: { A: '***' } }],
    env: 'a text is no list of variables',
    source: { repository: 'https://***@host/a' },
    count: 3,
    none: null,
  });
});

test('a variable that is named by where it is keeps what it names, without credentials', () => {
  expect(hideSecrets({ env: { A: { secret: 'db' }, B: { url: 'https://x:y@host' } } })).toEqual({
    env: { A: { secret: 'db' }, B: { url: 'https://***@host' } },
  });
});
