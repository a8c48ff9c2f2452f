import { expect, test } from 'vitest';
import { type AwsRequest, signAws } from './sigv4.ts';

/*
 * Known answers that AWS publishes: the documented example (IAM ListUsers) and cases of its test suite for Signature
 * Version 4 (aws-sig-v4-test-suite), all with the keys of the documentation.
 */
const credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const now = Date.UTC(2015, 7, 30, 12, 36, 0);
const form = { 'content-type': 'application/x-www-form-urlencoded' };

const sign = (
  method: string,
  url: string,
  more: Partial<Pick<AwsRequest, 'headers' | 'body'>> = {},
  service = 'service',
) =>
  signAws({ method, url: new URL(url), headers: {}, body: '', ...more }, credentials, {
    ...{ region: 'us-east-1', service, now },
  });

test('the documented example', () => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
  const url = 'https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08';
  expect(sign('GET', url, { headers }, 'iam')).toEqual({
    ...headers,
    'x-amz-date': '20150830T123600Z',
    authorization:
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
  });
});

const host = 'https://example.amazonaws.com';
test.each<[string, string, string, object, string]>([
  [
    'get-vanilla',
    'GET',
    `${host}/`,
    {},
    '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  ],
  [
    'post-vanilla',
    'POST',
    `${host}/`,
    {},
    '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  ],
  [
    'get-vanilla-query-order-key-case',
    'GET',
    `${host}/?Param2=value2&Param1=value1`,
    {},
    'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  ],
  [
    'post-x-www-form-urlencoded',
    'POST',
    `${host}/`,
    { headers: form, body: 'Param1=value1' },
    'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  ],
])('%s', (_name, method, url, more, signature) => {
  expect(sign(method, url, more).authorization).toMatch(new RegExp(`Signature=${signature}$`));
});

test('a session token is sent and signed', () => {
  const url = new URL(`${host}/`);
  const temporary = { ...credentials, sessionToken: 'a-token' };
  const scope = { region: 'us-east-1', service: 'service', now };
  const request = { method: 'POST', url, headers: {}, body: '' };
  const headers = signAws(request, temporary, scope);
  expect(headers['x-amz-security-token']).toBe('a-token');
  expect(headers.authorization).toContain('SignedHeaders=host;x-amz-date;x-amz-security-token,');
  const other = signAws(request, { ...temporary, sessionToken: 'b-token' }, scope);
  expect(other.authorization).not.toBe(headers.authorization);
});
