import { createHmac, hash } from 'node:crypto';

export type AwsCredentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
};

export type AwsRequest = {
  readonly method: string;
  readonly url: URL;
  /** What is signed besides `host` and `x-amz-date`; names in lower case. */
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
};

export type AwsScope = {
  readonly region: string;
  readonly service: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
};

/**
 * AWS Signature Version 4, in the header: gives all headers that the request is sent with, `host` aside, which the client
 * adds itself. Not for S3, which writes paths in another way.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function signAws(
  request: AwsRequest,
  credentials: AwsCredentials,
  { region, service, now }: AwsScope,
): { readonly [name: string]: string } {
  const at = new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, '');
  const day = at.slice(0, 8);
  const { sessionToken } = credentials;
  const sent = {
    ...request.headers,
    'x-amz-date': at,
    ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
  };
  const signed = Object.entries({ ...sent, host: request.url.host }).sort(byName);
  const names = signed.map(([name]) => name).join(';');
  const canonical = [
    request.method,
    canonicalPath(request.url.pathname),
    canonicalQuery(request.url.searchParams),
    ...signed.map(([name, value]) => `${name}:${value.trim().replace(/ +/g, ' ')}`),
    '',
    names,
    hash('sha256', request.body, 'hex'),
  ].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', at, scope, hash('sha256', canonical, 'hex')].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce<Buffer>(
    hmac,
    Buffer.from(`AWS4${credentials.secretAccessKey}`),
  );
  const signature = hmac(key, text).toString('hex');
  const credential = `${credentials.accessKeyId}/${scope}`;
  return {
    ...sent,
    authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** Each segment is encoded once more than it stands in the address. */
const canonicalPath = (path: string): string => path.split('/').map(encode).join('/');

function canonicalQuery(parameters: URLSearchParams): string {
  const pairs = [...parameters].map(([name, value]) => [encode(name), encode(value)] as const);
  const sorted = pairs.sort((a, b) => byName(a, b) || compare(a[1], b[1]));
  return sorted.map(([name, value]) => `${name}=${value}`).join('&');
}

/** RFC 3986: all but letters, digits and - . _ ~ */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const byName = (a: readonly [string, string], b: readonly [string, string]): number =>
  compare(a[0], b[0]);
