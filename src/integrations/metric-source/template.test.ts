import { expect, test } from 'vitest';
import { inPromQl } from './prometheus/promql.ts';
import { questionOf } from './question.fixture.ts';
import { type Escape, fill, fillHeaders, inAddress, inJson } from './template.ts';

const question = (args: { readonly [name: string]: string }) =>
  questionOf({ router: {} }, { args });
const filled = (text: string, way: Escape, args: { readonly [name: string]: string } = {}) => {
  const answer = fill(text, question(args), way);
  return answer.ok ? answer.text : answer.problem.detail;
};
const cannot = 'The metric cannot be asked for: the value of {{args.x}} cannot stand there.';

test('fills in what the analysis is about', () => {
  expect(
    filled('{{application}} {{ environment }} {{release}} {{stable}} {{rollout}}', inJson),
  ).toBe('checkout production r-2 r-1 ro-1');
});

test.each(['{{args.y}}', '{{secret}}', '{{args.constructor}}', '{{args.__proto__}}', '{{args.}}'])(
  'an unknown name %s is refused with its name',
  (text) => {
    expect(filled(text, inJson, { x: '1' })).toBe(
      `The metric cannot be asked for: there is no value for ${text}.`,
    );
  },
);

test('what a value holds is not filled in again', () => {
  expect(filled('{{args.x}}', inJson, { x: '{{application}}' })).toBe('{{application}}');
});

test.each([
  ['up{job="{{args.x}}"}', 'a"} or vector(1) #', 'up{job="a\\"} or vector(1) #"}'],
  ["up{job='{{args.x}}'}", "a'\\", "up{job='a\\'\\\\'}"],
  ['up{job="{{args.x}}"}', 'a\nb', 'up{job="a\\nb"}'],
  ['up{job="{{args.x}}"}', 'a\0b', cannot],
  ['up{job=`{{args.x}}`}', 'a"b', 'up{job=`a"b`}'],
  ['up{job=`{{args.x}}`}', 'a`b', cannot],
  ['rate(up{a="\\""}[{{args.x}}])', '5m', 'rate(up{a="\\""}[5m])'],
  ['up > {{args.x}}', '-0.5', 'up > -0.5'],
  ['up > {{args.x}}', '0 or vector(1)', cannot],
  ['up > {{args.x}}', '', cannot],
  ['up # it\'s "\n> {{args.x}}', '1', 'up # it\'s "\n> 1'],
  ['up # "{{args.x}}"', '1"', 'cut'],
])('in PromQL %j with %j', (text, x, expected) => {
  const escaped = filled(text, inPromQl, { x });
  expect(escaped).toBe(expected === 'cut' ? cannot : expected);
});

test.each([
  ['{{args.x}}/api', 'http://10.0.0.1:9090', 'http://10.0.0.1:9090/api'],
  ['http://a/{{args.x}}/b', '../admin?x=1#', 'http://a/..%2Fadmin%3Fx%3D1%23/b'],
  ['http://a/?q={{args.x}}', 'a&b=c', 'http://a/?q=a%26b%3Dc'],
])('in an address %j with %j', (text, x, expected) => {
  expect(filled(text, inAddress, { x })).toBe(expected);
});

test('in a JSON body a value cannot end its text', () => {
  const body = filled('{"name":"{{args.x}}"}', inJson, { x: '","admin":"yes\n' });
  expect(JSON.parse(body)).toEqual({ name: '","admin":"yes\n' });
});

test('a header takes one line', () => {
  const headers = [{ name: 'authorization', value: 'Bearer {{args.x}}' }];
  expect(fillHeaders(headers, question({ x: 'abc' }))).toEqual({
    ok: true,
    headers: [{ name: 'authorization', value: 'Bearer abc' }],
  });
  expect(fillHeaders(headers, question({ x: 'abc\r\nx-admin: yes' })).ok).toBe(false);
});
