/*
 * npm run docs: writes docs/reference from the code that it describes. With --check it writes nothing and fails
 * when a page is not what the code says.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cliReference } from '../src/cli/reference.ts';
import { composeApp } from '../src/compose-http.ts';
import { composeParts } from '../src/compose-parts.ts';
import { jsonSchemaFiles } from '../src/contract/kinds/json-schema.ts';
import { kindsReference } from '../src/contract/kinds/reference.ts';
import { apiReference } from '../src/contract/reference/api.ts';
import { errorsReference } from '../src/contract/reference/errors.ts';
import type { GitHistory, GitRepository } from '../src/integrations/git/port.ts';
import { readSettings } from '../src/platform/config/settings.ts';
import { openDatabase } from '../src/platform/db/pool.ts';
import type { Signals } from '../src/platform/http/signals.ts';
import { createLog } from '../src/platform/log/log.ts';

const folder = join(import.meta.dirname, '..', 'docs', 'reference');

async function pages(): Promise<ReadonlyMap<string, string>> {
  const schemas = [...jsonSchemaFiles()].map(([name, text]) => [`schema/${name}`, text] as const);
  return new Map([
    ['kinds.md', kindsReference()],
    ['errors.md', errorsReference()],
    ['cli.md', cliReference()],
    ['api.md', apiReference(await openApi())],
    ...schemas,
  ]);
}

/** Of the server as it is composed; nothing is asked of its database, so there need be none. */
async function openApi(): Promise<unknown> {
  const db = openDatabase('postgres://127.0.0.1/none');
  const log = createLog({ name: 'docs', level: 'silent' });
  const silent: Signals = { on: () => () => undefined, close: async () => undefined };
  const git = (): GitRepository & GitHistory => {
    throw new Error('the reference needs no repository');
  };
  const app = await composeApp({
    db,
    log,
    settings: readSettings([], {}),
    parts: composeParts(db, git),
    history: git,
    intents: silent,
    events: silent,
  });
  const document = app.swagger();
  await app.close();
  await db.close();
  return document;
}

async function generated(): Promise<readonly string[]> {
  const names = await readdir(join(folder, 'schema')).catch(() => []);
  return names.map((name) => `schema/${name}`);
}

const wanted = await pages();
const check = process.argv.includes('--check');
const wrong: string[] = (await generated()).filter((name) => !wanted.has(name));
for (const [name, text] of wanted) {
  const file = join(folder, name);
  if (check) {
    if ((await readFile(file, 'utf8').catch(() => null)) !== text) wrong.push(name);
    continue;
  }
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}
if (check && wrong.length > 0) {
  process.stdout.write(`Not as the code says: ${wrong.join(', ')}. Run: npm run docs\n`);
  process.exitCode = 1;
}
