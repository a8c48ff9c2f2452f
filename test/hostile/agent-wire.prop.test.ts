import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { connectWire, intentSchema } from '../../src/agent/wire.ts';
import { specOf } from '../../src/capabilities/fleet/test/fixtures.ts';

/** A control plane that answers as told. */
async function answered<T>(
  listener: RequestListener,
  run: (url: string) => Promise<T>,
): Promise<T> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await run(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
const follow = (url: string) =>
  connectWire(url, 'token').follow('eu-1', 0, 0, AbortSignal.timeout(5_000));
const good = {
  target: 'eu-1',
  application: 'shop',
  environment: 'production',
  generation: 1,
  revision: 1,
  because: 'test',
  spec: specOf({ 'r-1': 100 }),
};

test.each([
  ['no JSON', 'hello'],
  ['an HTML page', '<html>'],
  ['null', 'null'],
  ['no revision', '{"target":null,"intents":[]}'],
  ['a revision that is no number', '{"revision":"1","target":null,"intents":[]}'],
  ['a revision beyond whole numbers', '{"revision":1e300,"target":null,"intents":[]}'],
  ['half of an answer', '{"revision":1,"target":null,"int'],
  ['a target of no driver', '{"revision":1,"target":{"driver":"shell"},"intents":[]}'],
])('an answer that is %s is refused, and the next good one is taken', async (_name, body) => {
  const bodies = [body, JSON.stringify({ revision: 1, target: null, intents: [good] })];
  await answered(
    (_request, response) => response.end(bodies.shift()),
    async (url) => {
      await expect(follow(url)).rejects.toThrow();
      expect((await follow(url)).intents).toHaveLength(1);
    },
  );
});

test.each([
  ['an application that climbs', { application: '../../etc' }],
  ['an application that every object has', { application: 'constructor' }],
  ['a release that climbs', { spec: specOf({ '../x': 100 }) }],
  ['a negative weight', { spec: specOf({ 'r-1': -1 }) }],
  ['a weight over 100', { spec: specOf({ 'r-1': 1e9 }) }],
  ['a generation of half', { generation: 0.5 }],
  [
    'a cookie with a header in it',
    { spec: { ...good.spec, sticky: { cookie: 'a\r\nx: y', ttlSeconds: 1 } } },
  ],
  ['a preview that climbs', { spec: { ...good.spec, preview: '..' } }],
])(
  'an intent with %s is passed over, and the good one beside it is taken',
  async (_name, change) => {
    const intents = [
      { ...good, ...change },
      { ...good, application: 'cart' },
    ];
    await answered(
      (_request, response) => response.end(JSON.stringify({ revision: 2, target: null, intents })),
      async (url) => {
        const answer = await follow(url);
        expect(answer.intents.map((one) => one.application)).toEqual(['cart']);
        expect(answer.refused).toHaveLength(1);
      },
    );
  },
);

test('whatever an intent holds, what is taken has names that are safe as paths', () => {
  const odd = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.jsonValue(),
    fc.constantFrom('..', 'a/b', '-x', ''),
  );
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(good), '__proto__'), odd, (field, value) => {
      const parsed = intentSchema.safeParse({ ...good, [field]: value });
      if (!parsed.success) return;
      for (const name of [parsed.data.target, parsed.data.application, parsed.data.environment])
        expect(name).toMatch(/^[a-z0-9][a-z0-9-]*$/);
      for (const { release } of parsed.data.spec.versions)
        expect(release).toMatch(/^[a-z0-9][\w.-]*$/);
    }),
    {
      numRuns: 500,
      examples: [
        ['application', 'constructor'],
        ['target', '..'],
      ],
    },
  );
});
