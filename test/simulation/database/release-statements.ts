import type { ReleaseContent } from '../../../src/capabilities/releases/types.ts';
import { jsonOf } from './plain.ts';
import type { Session, Statement } from './statement.ts';
import type { QuarantineRow, ReleaseRow, RolloutValues } from './tables.ts';

const view = (row: ReleaseRow) => ({
  id: row.id,
  digest: row.digest,
  content: row.content,
  subject: row.subject,
  author: row.author,
  committed_at: row.committedAt,
  created_at: new Date(row.createdAt),
  created_by: row.createdBy,
});

const newestFirst = (a: ReleaseRow, b: ReleaseRow): number =>
  b.createdAt - a.createdAt || b.n - a.n;

const releases: readonly Statement[] = [
  {
    is: 'select id, digest, content, subject, author, committed_at, created_at, created_by from releases where id = any($1)',
    run: ({ tables }, [ids]) => {
      const found = [];
      for (const id of ids as readonly string[]) {
        const row = tables.releases.rows.get(id);
        if (row) found.push(view(row));
      }
      return found;
    },
  },
  {
    is: 'select id, digest, content, subject, author, committed_at, created_at, created_by from releases where application = $1 and (starts_with',
    run: ({ tables }, [application, prefix]) => {
      const start = prefix as string;
      return [...tables.releases.rows.values()]
        .filter(
          (row) =>
            row.application === application &&
            (row.id.startsWith(start) || (start.length >= 7 && row.commit.startsWith(start))),
        )
        .sort(newestFirst)
        .slice(0, 20)
        .map(view);
    },
  },
  {
    is: 'insert into releases',
    run: (session, values) => {
      const [id, digest, application, commit, content, subject, author, committedAt, createdBy] =
        values as readonly [
          string,
          string,
          string,
          string,
          unknown,
          string,
          string,
          Date | null,
          string,
        ];
      const known = session.tables.releases.rows.get(id);
      if (known?.digest === digest) return [];
      if (known) throw new Error(`duplicate key of releases: ${id}`);
      session.put(session.tables.releases, id, {
        ...{
          id,
          digest,
          application,
          commit,
          content: jsonOf<ReleaseContent>(content),
          subject,
          author,
          committedAt,
        },
        createdAt: session.now(),
        createdBy,
        n: session.nextId(),
      });
      return [{ id }];
    },
  },
];

const here = (
  row: { readonly application: string; readonly environment: string },
  application: unknown,
  environment: unknown,
): boolean => row.application === application && row.environment === environment;

const isBarred = (
  { tables }: Session,
  application: unknown,
  environment: unknown,
  release: string,
) => tables.quarantines.rows.get(`${application}@${environment}/${release}`)?.liftedAt === null;

const stables: readonly Statement[] = [
  {
    is: 'select release from stables',
    run: ({ tables }, [application, environment]) =>
      [...tables.stables.rows.values()]
        .filter((row) => here(row, application, environment))
        .sort((a, b) => b.id - a.id)
        .slice(0, 1),
  },
  {
    is: 'select s.release, max(s.id) as latest from stables s',
    run: (session, [application, environment, current]) => {
      const latest = new Map<string, number>();
      for (const row of session.tables.stables.rows.values()) {
        if (!here(row, application, environment) || row.release === current) continue;
        if (isBarred(session, application, environment, row.release)) continue;
        latest.set(row.release, Math.max(row.id, latest.get(row.release) ?? 0));
      }
      return [...latest]
        .sort(([, a], [, b]) => b - a)
        .slice(0, 50)
        .map(([release, id]) => ({ release, latest: id }));
    },
  },
  {
    is: 'select 1 from stables',
    run: ({ tables }, [application, environment, release]) =>
      [...tables.stables.rows.values()]
        .filter((row) => here(row, application, environment) && row.release === release)
        .slice(0, 1),
  },
  {
    is: 'insert into stables',
    run: (session, values) => {
      const [application, environment, release, rollout] = values as readonly string[] as [
        string,
        string,
        string,
        string,
      ];
      mustBeKept(session, release, 'stables');
      const id = session.nextId();
      session.put(session.tables.stables, id, { id, application, environment, release, rollout });
      return [];
    },
  },
];

function mustBeKept({ tables }: Session, release: string, from: string): void {
  if (!tables.releases.rows.has(release))
    throw new Error(`${from} refers to no release ${release}`);
}

const quarantine = ({ liftedAt: _, at, ...row }: QuarantineRow) => ({ ...row, at: new Date(at) });

const quarantines: readonly Statement[] = [
  {
    is: 'select application, environment, release, rollout, because, at from quarantines where application = $1 and environment = $2 and lifted_at is null',
    run: ({ tables }, [application, environment]) =>
      [...tables.quarantines.rows.values()]
        .filter((row) => here(row, application, environment) && row.liftedAt === null)
        .sort((a, b) => b.at - a.at)
        .slice(0, 200)
        .map(quarantine),
  },
  {
    is: 'select application, environment, release, rollout, because, at from quarantines where application = $1 and environment = $2 and release = $3',
    run: ({ tables }, [application, environment, release]) => {
      const row = tables.quarantines.rows.get(`${application}@${environment}/${release}`);
      return row && row.liftedAt === null ? [quarantine(row)] : [];
    },
  },
  {
    is: 'insert into quarantines',
    run: (session, values) => {
      const [application, environment, release, rollout, because] = values as readonly string[] as [
        string,
        string,
        string,
        string,
        string,
      ];
      mustBeKept(session, release, 'quarantines');
      session.put(session.tables.quarantines, `${application}@${environment}/${release}`, {
        ...{ application, environment, release, rollout, because },
        at: session.now(),
        liftedAt: null,
      });
      return [];
    },
  },
  {
    is: 'update quarantines set lifted_at = now()',
    run: (session, [application, environment, release]) => {
      const key = `${application}@${environment}/${release}`;
      const row = session.tables.quarantines.rows.get(key);
      if (row && row.liftedAt === null)
        session.put(session.tables.quarantines, key, { ...row, liftedAt: session.now() });
      return [];
    },
  },
];

const rolloutView = (row: RolloutValues) => ({
  id: row[0],
  application: row[1],
  environment: row[2],
  release: row[3],
  stable: row[4],
  strategy: row[5],
  phase: row[6],
  terminal: row[7],
  because: row[8],
  weight: row[9],
  wave: row[10],
  waves: row[11],
  step: row[12],
  steps: row[13],
  started_at: new Date(row[14]),
  updated_at: new Date(row[15]),
  ended_at: row[16] === null ? null : new Date(row[16]),
});

const rollouts: readonly Statement[] = [
  {
    is: 'insert into rollouts',
    run: (session, values) => {
      const next = values as unknown as RolloutValues;
      const { rows } = session.tables.rollouts;
      const before = rows.get(next[0]);
      // What an update leaves as it was: everything that is fixed when a rollout is opened.
      const row = before
        ? ([
            ...before.slice(0, 6),
            ...next.slice(6, 14),
            before[14],
            ...next.slice(15),
          ] as unknown as RolloutValues)
        : next;
      for (const other of rows.values()) {
        if (
          !row[7] &&
          !other[7] &&
          other[0] !== row[0] &&
          other[1] === row[1] &&
          other[2] === row[2]
        )
          throw new Error('duplicate key value violates unique constraint "rollouts_one_active"');
      }
      session.put(session.tables.rollouts, row[0], row);
      return [];
    },
  },
  {
    is: 'select id, application, environment, release, stable, strategy, phase, terminal, because, weight, wave, waves, step, steps, started_at, updated_at, ended_at from rollouts where id = $1',
    run: ({ tables }, [id]) => {
      const row = tables.rollouts.rows.get(id as string);
      return row ? [rolloutView(row)] : [];
    },
  },
];

export const releaseStatements: readonly Statement[] = [
  ...releases,
  ...stables,
  ...quarantines,
  ...rollouts,
];
