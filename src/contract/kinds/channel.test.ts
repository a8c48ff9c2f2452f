import { expect, test } from 'vitest';
import { channelSpecSchema, kindOf } from './channel.ts';
import { parseDocuments } from './validate.ts';

const document = (spec: string): string => `apiVersion: tidegate.dev/v1
kind: Channel
metadata: { name: payments }
spec:
${spec.replaceAll(/^/gm, '  ')}
`;
const faultsOf = (spec: string) =>
  parseDocuments(document(spec), 'channel.yaml').problems.map(
    ({ code, detail, where }) => `${where?.line}:${where?.column} ${code} ${detail}`,
  );

const teams = 'teams: { url: { env: TIDEGATE_SECRET_TEAMS } }';

test.each([
  teams,
  'slack: { token: { file: slack/token }, channel: C0123456789 }\nevents: [rollout.*, run.failed, "*"]',
  'pagerduty: { routingKey: { env: TIDEGATE_SECRET_PD }, api: "https://events.eu.pagerduty.com" }',
  'webhook: { url: "http://127.0.0.1:9/in", secret: { env: TIDEGATE_SECRET_HOOK } }',
  'webhook: { url: { env: TIDEGATE_SECRET_URL }, secret: { env: TIDEGATE_SECRET_HOOK } }',
  'mail: { to: [a@example.com], from: b@example.com, smtp: { host: mail.example.com } }',
  `${teams}\ntemplates: { title: "\${{ subject.phase }} \${{ figures.map(one, one) }}" }`,
])('%s is a channel', (spec) => {
  expect(faultsOf(spec)).toEqual([]);
});

test.each([
  ['topics: [rollouts]', 'TG1004', 'just one of'],
  [`${teams}\nmail: { to: [a@x], from: b@x, smtp: { host: m } }`, 'TG1004', 'just one of'],
  ['teams: { url: { env: PATH } }', 'TG1004', 'may not read the variable PATH'],
  ['teams: { url: { file: ../x } }', 'TG1004', 'not the name of a file'],
  ['teams: { url: https://x }', 'TG1004', ''],
  [`${teams}\nevents: ["rollout opened"]`, 'TG1004', 'rollout.opened'],
  [`${teams}\nseverity: grave`, 'TG1004', ''],
  [`${teams}\ntemplates: { title: "\${{ evnt.type }}" }`, 'TG1013', 'There is no evnt here'],
  [`${teams}\ntemplates: { text: "\${{ run.id }}" }`, 'TG1013', 'There is no run here'],
  [`${teams}\ntemplates: { text: "\${{ event.type" }`, 'TG1013', 'not closed'],
  [`${teams}\ntemplates: { text: "\${{ 1 + }}" }`, 'TG1013', 'cannot be used'],
  ['mail: { to: ["a@x, b@x"], from: b@x, smtp: { host: m } }', 'TG1004', 'team@example.com'],
  ['mail: { to: ["a@x\\nBcc: c"], from: b@x, smtp: { host: m } }', 'TG1004', ''],
  ['mail: { to: [a@x], from: b@x, smtp: { host: m, user: u } }', 'TG1004', 'no password'],
  ['webhook: { url: "ftp://x", secret: { env: TIDEGATE_SECRET_H } }', 'TG1004', ''],
])('%s is refused', (spec, code, said) => {
  const faults = faultsOf(spec).join('\n');
  expect(faults).toContain(code);
  expect(faults).toContain(said);
});

test('a fault in a template has its place in it', () => {
  const [fault] = faultsOf(`${teams}\ntemplates:\n  title: "\${{ subject.phase + evnt.type }}"`);
  expect(fault).toMatch(/^7:\d\d TG1013/);
});

test('a channel has the kind of its receiver', () => {
  expect(kindOf(channelSpecSchema.parse({ teams: { url: { env: 'x' } } }))).toBe('teams');
});
