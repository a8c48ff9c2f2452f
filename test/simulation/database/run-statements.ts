import type { RunRow } from '../../../src/capabilities/pipelines/types.ts';
import type { PipelineSpec } from '../../../src/contract/kinds/pipeline.ts';
import { recordset } from './engine-statements.ts';
import { viewOf } from './source-statements.ts';
import type { Session, Statement } from './statement.ts';
import type { DocumentRow, KeptRun, RolloutValues } from './tables.ts';

const dateOf = (text: string | null): Date | null => (text === null ? null : new Date(text));

/** As the index on running runs has it. */
function mustBeAlone({ tables }: Session, run: KeptRun): void {
  const holds = ({ terminal, phase, group }: KeptRun) =>
    group === run.group && !terminal && phase !== 'queued';
  if (run.group === null || !holds(run)) return;
  for (const other of tables.runs.rows.values()) {
    if (other.id !== run.id && holds(other))
      throw new Error('duplicate key value violates unique constraint "runs_one_running"');
  }
}

const runs: readonly Statement[] = [
  { is: 'select pg_advisory_xact_lock(hashtextextended($1, 1903))', run: () => [] },
  { is: "select pg_advisory_xact_lock(hashtextextended('promotion/' || $1, 0))", run: () => [] },
  {
    is: 'insert into pipeline_specs',
    run: (session, [digest, text]) => {
      const { specs } = session.tables;
      const spec: PipelineSpec = JSON.parse(text as string);
      if (!specs.rows.has(digest as string)) session.put(specs, digest as string, spec);
      return [];
    },
  },
  {
    is: 'select spec from pipeline_specs where digest = $1',
    run: ({ tables }, [digest]) => {
      const spec = tables.specs.rows.get(digest as string);
      return spec ? [{ spec }] : [];
    },
  },
  {
    is: 'insert into runs',
    run: (session, values) => {
      const [id, pipeline, spec, application, release, commit, trigger, actor, group] =
        values as string[];
      const [policy, phase, terminal, because, awaiting, done, steps, parent] = values.slice(9);
      const [openedAt, startedAt, updatedAt, endedAt] = values.slice(17);
      const { rows } = session.tables.runs;
      // A number of a sequence is gone also when the row was there.
      const seq = session.nextId();
      if (rows.has(id as string)) return [];
      const row = {
        ...{ id, seq, pipeline, spec, application, release, commit, trigger, actor, group },
        ...{ policy, phase, terminal, because, awaiting, done, steps, parent },
        ...{ openedAt, startedAt, updatedAt, endedAt },
      } as KeptRun;
      mustBeAlone(session, row);
      session.put(session.tables.runs, row.id, row);
      return [{ id }];
    },
  },
  {
    is: 'update runs set phase = r.phase',
    run: (session, [rows]) => {
      for (const saved of recordset<RunRow>(rows)) {
        const row = session.tables.runs.rows.get(saved.id);
        if (!row) continue;
        const { phase, terminal, because, awaiting, done, steps } = saved;
        const { startedAt, updatedAt, endedAt } = saved;
        const times = { startedAt, updatedAt, endedAt };
        const next = { ...row, phase, terminal, because, awaiting, done, steps, ...times };
        mustBeAlone(session, next);
        session.put(session.tables.runs, row.id, next);
      }
      return [];
    },
  },
  {
    is: 'select id, pipeline, spec, application, release, commit, trigger, actor, concurrency_group as "group", phase,',
    has: 'from runs where id = $1',
    run: ({ tables }, [id]) => {
      const found = tables.runs.rows.get(id as string);
      if (!found) return [];
      const { seq: _, policy: __, ...row } = found;
      const { openedAt, startedAt, updatedAt, endedAt } = row;
      const times = { openedAt: dateOf(openedAt), startedAt: dateOf(startedAt) };
      return [{ ...row, ...times, updatedAt: dateOf(updatedAt), endedAt: dateOf(endedAt) }];
    },
  },
  {
    is: "select id, seq, phase, coalesce(policy, 'queue') as policy from runs",
    run: ({ tables }, [group]) =>
      [...tables.runs.rows.values()]
        .filter((row) => row.group === group && !row.terminal)
        .toSorted((a, b) => a.seq - b.seq)
        .map(({ id, seq, phase, policy }) => ({ id, seq, phase, policy: policy ?? 'queue' })),
  },
];

const logs: readonly Statement[] = [
  {
    is: "with turn as materialized (select pg_advisory_xact_lock(hashtextextended('step_logs/'",
    run: (session, [run, step, attempt, text, channel]) => {
      type New = { readonly n: number; readonly stream: string; readonly text: string };
      if (!session.tables.runs.rows.has(run as string))
        throw new Error('step_logs refers to no run');
      const about = { run: run as string, step: step as string, attempt: attempt as number };
      for (const one of recordset<New>(text).toSorted((a, b) => a.n - b.n)) {
        const id = session.nextId();
        session.put(session.tables.stepLogs, id, { ...about, stream: one.stream, text: one.text });
      }
      session.notify(channel as string, run as string);
      return [];
    },
  },
  {
    is: 'select coalesce(sum(octet_length(text)), 0)::bigint as bytes from step_logs',
    run: ({ tables }, [run, step, attempt]) => {
      let bytes = 0;
      for (const row of tables.stepLogs.rows.values()) {
        if (row.run === run && row.step === step && row.attempt === attempt)
          bytes += Buffer.byteLength(row.text);
      }
      return [{ bytes }];
    },
  },
];

const newest = (a: RolloutValues, b: RolloutValues): number =>
  Date.parse(b[14]) - Date.parse(a[14]);

const facts: readonly Statement[] = [
  {
    is: 'with place as (select environment from rollouts where application = $1',
    run: ({ tables }, [application]) => {
      const rollouts = [...tables.rollouts.rows.values()].filter((row) => row[1] === application);
      const intents = [...tables.intents.rows.values()].filter(
        (row) => row.application === application,
      );
      const places = new Set([
        ...rollouts.map((row) => row[2]),
        ...intents.map(({ environment }) => environment),
      ]);
      return [...places].map((environment) => {
        const stable = [...tables.stables.rows.values()].findLast(
          (row) => row.application === application && row.environment === environment,
        );
        const [active] = rollouts
          .filter((row) => row[2] === environment && !row[7])
          .toSorted(newest);
        const own = intents.filter((intent) => intent.environment === environment);
        const agree = own.map(({ target, generation }) => {
          const status = tables.statuses.rows.get(`${target}/${application}`);
          return status?.report.converged === true && status.generation === generation;
        });
        const converged = agree.length === 0 ? null : !agree.includes(false);
        return {
          ...{ environment, stable: stable?.release ?? null, converged },
          ...{ active: active?.[3] ?? null, phase: active?.[6] ?? null },
        };
      });
    },
  },
  {
    is: 'select r.id, r.phase, r.terminal from (select id, phase, terminal from rollouts',
    run: ({ tables }, [application, environment, commit]) => {
      const found = [...tables.rollouts.rows.values()]
        .filter((row) => row[1] === application && row[2] === environment)
        .toSorted(newest)
        .slice(0, 20)
        .filter(([id]) => {
          const object = tables.objects.rows.get(`rollout/${id}`);
          const state = object?.state as { readonly plan?: { readonly commit?: { id?: string } } };
          return object !== undefined && state.plan?.commit?.id === commit;
        })
        .toSorted((a, b) => (a[0] < b[0] ? 1 : -1));
      return found.slice(0, 1).map((row) => ({ id: row[0], phase: row[6], terminal: row[7] }));
    },
  },
  {
    is: 'select d.repository, d.path,',
    has: 'from documents d where d.kind = $1 and not d.deleted',
    run: ({ tables }, [kind]) => {
      const order = ({ name, repository }: DocumentRow) => `${name}\n${repository}`;
      return [...tables.documents.rows.values()]
        .filter((row) => row.kind === kind && !row.deleted)
        .toSorted((a, b) => (order(a) < order(b) ? -1 : 1))
        .map(viewOf);
    },
  },
  {
    is: "select distinct name from documents where kind = 'Application' and not deleted and spec #>> '{spec,pipeline,name}'",
    run: ({ tables }, [pipelines]) => {
      const names = new Set<string>();
      for (const { kind, deleted, name, spec } of tables.documents.rows.values()) {
        if (kind !== 'Application' || deleted) continue;
        type Named = { readonly spec: { readonly pipeline?: { readonly name?: string } } };
        const { pipeline } = (spec as Named | null)?.spec ?? {};
        if ((pipelines as readonly unknown[]).includes(pipeline?.name)) names.add(name);
      }
      return [...names].sort().map((name) => ({ name }));
    },
  },
];

const engine: readonly Statement[] = [
  {
    is: 'select 1 from objects where id = $1 for no key update',
    run: ({ tables }, [id]) => (tables.objects.rows.has(id as string) ? [{}] : []),
  },
  {
    is: 'select 1 from requests where object_id = $1 and request_id = $2',
    run: ({ tables }, [id, request]) => {
      for (const { objectId, requestId } of tables.requests.rows.values())
        if (objectId === id && requestId === request) return [{}];
      return [];
    },
  },
  {
    is: 'select key from effects where key = any($1) and done_at is null',
    run: ({ tables }, [keys]) =>
      [...tables.effects.rows.values()]
        .filter(({ key, doneAt }) => doneAt === null && (keys as readonly string[]).includes(key))
        .map(({ key }) => ({ key })),
  },
];

/** What runs of pipelines send, and what their steps read. */
export const runStatements: readonly Statement[] = [...runs, ...logs, ...facts, ...engine];
