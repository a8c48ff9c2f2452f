import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { maskAddress, sameRepository } from './address.ts';
import { verifyHook } from './hooks.ts';
import { resolveAddress } from './resolve.ts';

const secret = 'tell nobody';
const sign = (body: string, key = secret): string =>
  `sha256=${createHmac('sha256', key).update(body).digest('hex')}`;
const hook = (body: string, headers: Record<string, string>, key = secret) =>
  verifyHook({ secret: key, body: Buffer.from(body), headers });
const codeOf = (answer: ReturnType<typeof hook>): string =>
  answer.ok ? 'ok' : answer.problem.code;

test.each([
  ['a name', '{"repository":"config"}', { repositories: ['config'], branch: null }],
  [
    'an address and a ref',
    '{"repository":"/srv/config.git","ref":"refs/heads/live/eu"}',
    { repositories: ['/srv/config.git'], branch: 'live/eu' },
  ],
  ['nothing at all', '', { repositories: [], branch: null }],
  ['no more than an object', '{}', { repositories: [], branch: null }],
  [
    'a push of GitHub',
    JSON.stringify({
      ref: 'refs/heads/main',
      after: 'a'.repeat(40),
      commits: [],
      repository: {
        id: 1,
        full_name: 'team/config',
        clone_url: 'https://github.com/team/config.git',
        ssh_url: 'git@github.com:team/config.git',
        html_url: 'https://github.com/team/config',
      },
    }),
    {
      repositories: [
        'https://github.com/team/config.git',
        'git@github.com:team/config.git',
        'https://github.com/team/config',
      ],
      branch: 'main',
    },
  ],
])('a signed hook with %s is read', (_what, body, expected) => {
  expect(hook(body, { 'x-hub-signature-256': sign(body) })).toEqual({ ok: true, hook: expected });
  expect(
    hook(body, { 'x-tidegate-signature': sign(body).toUpperCase().replace('SHA256', 'sha256') }).ok,
  ).toBe(true);
});

test('what is not signed with the secret is refused', () => {
  const body = '{"repository":"config"}';
  expect(codeOf(hook(body, {}))).toBe('TG1104');
  expect(codeOf(hook(body, { 'x-hub-signature-256': sign(body, 'other') }))).toBe('TG1104');
  expect(codeOf(hook(`${body} `, { 'x-hub-signature-256': sign(body) }))).toBe('TG1104');
  expect(codeOf(hook(body, { 'x-hub-signature-256': sign(body).slice(0, -1) }))).toBe('TG1104');
  expect(codeOf(hook(body, { 'x-hub-signature-256': '' }))).toBe('TG1104');
  expect(codeOf(hook(body, { 'x-hub-signature-256': sign(body, '') }, ''))).toBe('TG1104');
});

test.each(['[1]', '{"repository":7}', 'nonsense', '{"ref":{}}'])(
  'a signed body of another shape is refused: %s',
  (body) => {
    expect(codeOf(hook(body, { 'x-hub-signature-256': sign(body) }))).toBe('TG1603');
  },
);

test.each([
  ['../services/probe.git', '/srv/git/config.git', '/srv/git/services/probe.git'],
  ['../../probe.git', '/srv/git/config.git', '/srv/probe.git'],
  ['./../probe.git', '/srv/git/config.git/', '/srv/git/probe.git'],
  ['../services/probe.git', 'file:///srv/git/config.git', 'file:///srv/git/services/probe.git'],
  ['../x/probe.git', 'https://host:8443/team/config.git', 'https://host:8443/team/x/probe.git'],
  ['../../../../probe.git', 'https://host/team/config.git', 'https://host/probe.git'],
  ['../probe.git', 'ssh://git@host/team/config.git', 'ssh://git@host/team/probe.git'],
  ['../ops/probe.git', 'git@host:team/config.git', 'git@host:team/ops/probe.git'],
  ['/abs/probe.git', 'https://host/team/config.git', '/abs/probe.git'],
  ['https://other/x.git', '/srv/git/config.git', 'https://other/x.git'],
  ['file:///x.git', '/srv/git/config.git', 'file:///x.git'],
  ['ssh://git@host/x.git', '/srv/git/config.git', 'ssh://git@host/x.git'],
  ['git@host:x.git', '/srv/git/config.git', 'git@host:x.git'],
])('%s declared in %s is %s', (declared, config, address) => {
  expect(resolveAddress(declared, config)).toBe(address);
});

test('addresses of one repository are known as one, and show no secret', () => {
  const same = [
    'https://a:b@Host.example/team/config.git',
    'ssh://git@host.example/team/config',
    'git@host.example:team/config.git/',
  ];
  expect(new Set(same.map(sameRepository))).toEqual(new Set(['host.example/team/config']));
  expect(sameRepository('file:///srv/config.git')).toBe(sameRepository('/srv/config/'));
  expect(maskAddress('https://a:b@host/x')).toBe('https://***@host/x');
  expect(maskAddress('/srv/config.git')).toBe('/srv/config.git');
});
