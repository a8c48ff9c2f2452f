import { commitFiles, initRepository } from '../../../src/workspace/git.ts';

/** What a version of the test service does: how many of a hundred requests it fails, whether only those with a header, and whether it gets ready. */
export type Version = {
  readonly version: string;
  readonly errorPercent?: number;
  /** It fails only requests that carry this header. */
  readonly errorsFor?: string;
  readonly neverReady?: boolean;
};

const server = `import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
const wish = JSON.parse(readFileSync(new URL('./version.json', import.meta.url), 'utf8'));
let count = 0;
createServer((request, response) => {
  if (request.url === '/readyz') return response.writeHead(wish.neverReady ? 503 : 200).end();
  count += 1;
  const share = wish.errorPercent ?? 0;
  const fails = (!wish.errorsFor || request.headers[wish.errorsFor]) && (count * share) % 100 < share;
  response.writeHead(fails ? 500 : 200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ version: wish.version, color: process.env.COLOR ?? '', pid: process.pid }));
}).listen(Number(process.env.PORT), '127.0.0.1');
console.log('version ' + wish.version + ' listens');
`;

const author = { name: 'Robin Developer', email: 'robin@example.com' };

export async function createService(repository: string): Promise<void> {
  await initRepository(repository);
  await commitFiles(repository, { files: { 'server.mjs': server }, message: 'A service', author });
}

/** Commits a version, as its developers would. */
export async function publish(repository: string, version: Version): Promise<string> {
  const message = `Version ${version.version}`;
  return await commitFiles(repository, {
    files: { 'version.json': `${JSON.stringify(version)}\n` },
    message,
    author,
  });
}

const health = `health: { readiness: { path: /readyz, interval: 100ms }, drain: 2s }`;

/** An Application whose strategy is given as one line of YAML. */
export function application(name: string, wish: ApplicationWish): string {
  const env = wish.color ? `, env: { COLOR: ${wish.color} }` : '';
  return `apiVersion: tidegate.dev/v1
kind: Application
metadata: { name: ${name} }
spec:
  owner: team@example.com
  source: { repository: ../services/${name}.git }
  run: { command: [node, server.mjs], ${health}${env} }
  replicas: ${wish.replicas ?? 1}
  environments: [{ name: ${wish.environment} }]
  progressDeadline: ${wish.deadline ?? '20s'}
  strategy: ${wish.strategy}
  ${wish.more ?? ''}
`;
}

export type ApplicationWish = {
  readonly environment: string;
  readonly strategy: string;
  readonly color?: string;
  readonly replicas?: number;
  readonly deadline?: string;
  /** Another line of the spec. */
  readonly more?: string;
};

export function environment(name: string, spec: string): string {
  return `apiVersion: tidegate.dev/v1\nkind: Environment\nmetadata: { name: ${name} }\nspec: ${spec}\n`;
}

export function target(name: string, from: number): string {
  const ports = `{ from: ${from}, to: ${from + 29} }`;
  return `apiVersion: tidegate.dev/v1\nkind: Target\nmetadata: { name: ${name} }\nspec: { driver: process, process: { ports: ${ports} } }\n`;
}

/** Fails at the first look that saw two requests of which one in ten failed. */
export const errorRate = `apiVersion: tidegate.dev/v1
kind: AnalysisTemplate
metadata: { name: error-rate }
spec:
  metrics:
    - name: error-rate
      provider: { router: {} }
      interval: 400ms
      count: 3
      successCondition: result.requests >= 2 && result.errorRate <= 0.1
      failureCondition: result.requests >= 2 && result.errorRate > 0.1
`;
