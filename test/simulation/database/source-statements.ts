import type { Application } from '../../../src/contract/kinds/application.ts';
import type { Environment } from '../../../src/contract/kinds/environment.ts';
import type { CommitInfo } from '../../../src/integrations/git/port.ts';
import { recordset } from './engine-statements.ts';
import type { Statement } from './statement.ts';
import type { BrokenRow, DocumentRow } from './tables.ts';

const keyOf = (one: {
  readonly repository: string;
  readonly kind: string;
  readonly name: string;
}) => `${one.repository}/${one.kind}/${one.name}`;
const list = (value: unknown) => value as readonly string[];

const known = (row: DocumentRow) => ({
  kind: row.kind,
  name: row.name,
  path: row.path,
  blob: row.blob,
  commit: row.commit,
  deleted: row.deleted,
  hasProblems: row.problems.length > 0,
  spec: row.spec,
});

/** `true` sorts after `false`. */
const declaredFirst = (a: DocumentRow, b: DocumentRow): number =>
  Number(a.deleted) - Number(b.deleted) || (a.repository < b.repository ? -1 : 1);

export const viewOf = (row: DocumentRow): object => ({
  ...row,
  updatedAt: new Date(row.updatedAt),
});

const reading: readonly Statement[] = [
  {
    is: 'select distinct on (d.kind, d.name) d.repository, d.path,',
    run: ({ tables }, [kinds, names]) => {
      const found = new Set<DocumentRow>();
      for (let at = 0; at < list(names).length; at += 1) {
        const [kind, name] = [list(kinds)[at], list(names)[at]];
        let first: DocumentRow | null = null;
        for (const row of tables.documents.rows.values()) {
          if (row.name !== name || row.kind !== kind) continue;
          if (first === null || declaredFirst(row, first) < 0) first = row;
        }
        if (first) found.add(first);
      }
      return [...found].map(viewOf);
    },
  },
  {
    is: 'select count(*) as others from documents',
    run: ({ tables }, [repository, path, name]) => [
      {
        others: [...tables.documents.rows.values()].filter(
          (row) =>
            row.repository === repository &&
            row.path === path &&
            !row.deleted &&
            !(row.kind === 'Release' && row.name === name),
        ).length,
      },
    ],
  },
  {
    is: 'select kind, name, path, blob, commit, deleted,',
    run: ({ tables }, [repository, paths, kinds, names]) => {
      const keys = new Set(list(kinds).map((kind, n) => `${kind} ${list(names)[n]}`));
      return [...tables.documents.rows.values()]
        .filter(
          (row) =>
            row.repository === repository &&
            (list(paths).includes(row.path) || keys.has(`${row.kind} ${row.name}`)),
        )
        .map(known);
    },
  },
  {
    is: 'select path, case when count(distinct blob) = 1',
    run: ({ tables }, [repository]) => {
      const files = new Map<string, string>();
      for (const row of tables.documents.rows.values()) {
        if (row.repository !== repository || row.deleted) continue;
        const before = files.get(row.path);
        const agrees = row.problems.length === 0 && (before === undefined || before === row.blob);
        files.set(row.path, agrees ? row.blob : '');
      }
      for (const row of tables.broken.rows.values()) {
        if (row.repository === repository && !files.has(row.path)) files.set(row.path, '');
      }
      return [...files].map(([path, blob]) => ({ path, blob }));
    },
  },
  {
    is: "select distinct path from documents where repository = $1 and path = any($2) and kind = 'Release'",
    run: ({ tables }, [repository, paths]) => {
      const found = [...tables.documents.rows.values()].filter(
        (row) =>
          row.repository === repository &&
          list(paths).includes(row.path) &&
          row.kind === 'Release' &&
          !row.deleted,
      );
      return [...new Set(found.map((row) => row.path))].sort().map((path) => ({ path }));
    },
  },
  {
    is: 'select path from broken_files',
    run: ({ tables }, [repository, paths]) =>
      [...tables.broken.rows.values()]
        .filter((row) => row.repository === repository && list(paths).includes(row.path))
        .map(({ path }) => ({ path })),
  },
  {
    is: 'select distinct b.path from broken_files b',
    run: ({ tables }, [repository, kinds, names]) => {
      const keys = new Set(list(kinds).map((kind, n) => `${kind} ${list(names)[n]}`));
      return [...tables.broken.rows.values()]
        .filter(
          (row) =>
            row.repository === repository &&
            row.problems.some(({ code, data }) => {
              return code === 'TG1006' && keys.has(`${data?.kind} ${data?.name}`);
            }),
        )
        .map(({ path }) => ({ path }))
        .sort((a, b) => (a.path < b.path ? -1 : 1));
    },
  },
  {
    is: 'select distinct t.target, d.name as environment',
    run: ({ tables }, [targets]) =>
      [...tables.documents.rows.values()].flatMap((row) => {
        if (row.kind !== 'Environment' || row.deleted || !row.spec) return [];
        const { waves } = (row.spec as Environment).spec;
        const all = new Set(waves.flatMap((wave) => wave.targets));
        return [...all]
          .filter((target) => list(targets).includes(target))
          .map((target) => ({ target, environment: row.name }));
      }),
  },
  {
    is: "select distinct e ->> 'name' as environment, d.name as application",
    run: ({ tables }, [environments]) =>
      [...tables.documents.rows.values()].flatMap((row) => {
        if (row.kind !== 'Application' || row.deleted || !row.spec) return [];
        return (row.spec as Application).spec.environments
          .filter(({ name }) => list(environments).includes(name))
          .map(({ name }) => ({ environment: name, application: row.name }));
      }),
  },
];

type Fault = Pick<DocumentRow, 'path' | 'kind' | 'name' | 'blob' | 'commit' | 'problems'>;
type Removed = Pick<DocumentRow, 'path' | 'kind' | 'name'> & { readonly commit: CommitInfo };

const writing: readonly Statement[] = [
  {
    is: 'insert into documents',
    has: 'd."commitInfo"',
    run: (session, [repository, rows]) => {
      type New = Omit<
        DocumentRow,
        'repository' | 'newestBlob' | 'problems' | 'deleted' | 'updatedAt'
      >;
      for (const next of recordset<New>(rows)) {
        const row = { ...next, newestBlob: next.blob, repository: repository as string };
        const before = session.tables.documents.rows.get(keyOf(row));
        const commitInfo = before?.commit === row.commit ? before.commitInfo : row.commitInfo;
        const well = { problems: [], deleted: false, updatedAt: session.now() };
        session.put(session.tables.documents, keyOf(row), { ...row, commitInfo, ...well });
      }
      return [];
    },
  },
  {
    is: 'insert into documents',
    has: 'd.problems',
    run: (session, [repository, rows]) => {
      for (const next of recordset<Fault>(rows)) {
        const row = { ...next, newestBlob: next.blob, repository: repository as string };
        const before = session.tables.documents.rows.get(keyOf(row));
        const good = before && !before.deleted && before.spec ? before : null;
        session.put(session.tables.documents, keyOf(row), {
          ...row,
          blob: good?.blob ?? row.blob,
          commit: good?.commit ?? row.commit,
          commitInfo: before?.commitInfo ?? {},
          spec: before && !before.deleted ? before.spec : null,
          deleted: false,
          updatedAt: session.now(),
        });
      }
      return [];
    },
  },
  {
    is: 'update documents d set deleted = true',
    run: (session, [repository, rows]) => {
      for (const { commit, ...next } of recordset<Removed>(rows)) {
        const row = session.tables.documents.rows.get(
          keyOf({ ...next, repository: repository as string }),
        );
        if (!row || row.path !== next.path) continue;
        const { id, body: _, ...commitInfo } = commit;
        session.put(session.tables.documents, keyOf(row), {
          ...row,
          deleted: true,
          commit: id,
          commitInfo,
          problems: [],
          updatedAt: session.now(),
        });
      }
      return [];
    },
  },
  {
    is: 'insert into broken_files',
    run: (session, [repository, rows]) => {
      for (const next of recordset<Omit<BrokenRow, 'repository'>>(rows)) {
        const row = { ...next, repository: repository as string };
        session.put(session.tables.broken, `${row.repository}/${row.path}`, row);
      }
      return [];
    },
  },
  {
    is: 'delete from broken_files',
    run: (session, [repository, paths]) => {
      for (const path of list(paths)) {
        const key = `${repository}/${path}`;
        if (session.tables.broken.rows.has(key)) session.put(session.tables.broken, key, undefined);
      }
      return [];
    },
  },
];

export const sourceStatements: readonly Statement[] = [...reading, ...writing];
