import { fakeRepository } from '../../src/integrations/git/fake.ts';
import type { Json } from '../../src/platform/ids/types.ts';
import { copyTables, type Tables } from './database/tables.ts';
import { type SimulatedGit, seedGit } from './git.ts';
import { releasePath, type Scenario } from './scenario.ts';

/** Where the worlds of one scenario begin: rows, and the files of the config repository, which fit together. */
export type Base = { readonly tables: Tables; readonly files: Scenario['files'] };

type QuietWorld = {
  readonly db: { readonly tables: Tables };
  readonly git: SimulatedGit;
  readonly scenario: Scenario;
};

/** Keeps what a quiet world came to. Its history in Git becomes one commit, and the rows name that one. */
export async function baseFrom({ db, git, scenario }: QuietWorld): Promise<Base> {
  const files: Record<string, string> = { ...scenario.files };
  for (const { application, environment } of scenario.deliveries) {
    const path = releasePath(application, environment);
    const text = await git.config.show(path);
    if (text !== null) files[path] = text;
  }
  const head = await seedGit(
    { config: fakeRepository().remote, service: fakeRepository().remote },
    files,
  );
  const tables = copyTables(db.tables);
  const old = new Set<string>([await git.config.head()]);
  for (const [key, row] of tables.documents.rows) {
    old.add(row.commit);
    tables.documents.rows.set(key, { ...row, commit: head });
  }
  for (const [key, row] of tables.objects.rows) {
    const text = [...old].reduce((all, id) => all.replaceAll(id, head), JSON.stringify(row.state));
    const state: Json = JSON.parse(text);
    tables.objects.rows.set(key, { ...row, state });
  }
  tables.effects.rows.clear();
  tables.events.rows.clear();
  return { tables, files };
}
