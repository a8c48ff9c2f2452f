import { afterAll, beforeAll, expect, test } from 'vitest';
import { runRoutes } from '../../../src/capabilities/pipelines/routes.ts';
import { composeParts } from '../../../src/compose-parts.ts';
import { examples } from '../../../src/contract/kinds/examples.ts';
import type { GitRepository } from '../../../src/integrations/git/port.ts';
import { openTestServer, type TestServer } from '../api/server.ts';
import { declare } from '../api/world.ts';
import { run } from './run.ts';

const own: { server?: TestServer } = {};
const server = (): TestServer => own.server as TestServer;
beforeAll(async () => {
  const git = (): GitRepository => {
    throw new Error('nothing here asks a repository');
  };
  own.server = await openTestServer({
    more: (db) => {
      const { runs, runReconciler } = composeParts(db, git);
      return [runRoutes({ db, operations: runs, runs: runReconciler, now: () => new Date() })];
    },
  });
  await declare(server().db, examples.Application);
  await declare(server().db, examples.Pipeline);
  await declare(
    server().db,
    examples.Application.replace('name: checkout', 'name: other').replace(
      '  replicas: 2',
      '  pipeline: { name: checkout-delivery }\n  replicas: 2',
    ),
  );
});
afterAll(() => own.server?.close());

test('what the server has is rendered and drawn as it would be from files', async () => {
  const made = await run(server(), 'pipeline', 'render', 'checkout');
  expect(made).toMatchObject({ code: 0, err: '' });
  expect(made.out).toContain('# Made from the path of checkout.');
  const named = await run(server(), 'pipeline', 'render', 'other', '--json');
  expect(JSON.parse(named.out)).toMatchObject({
    generated: false,
    document: { metadata: { name: 'checkout-delivery' }, spec: { timeout: '2d' } },
  });
  const drawn = await run(server(), 'pipeline', 'graph', 'other');
  expect(drawn.out).toContain('≈ watch');
  const none = await run(server(), 'pipeline', 'graph', 'nobody');
  expect(none).toMatchObject({ code: 1, out: '', err: expect.stringContaining('TG1903') });
});
