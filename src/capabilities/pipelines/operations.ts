import type { Pipeline } from '../../contract/kinds/pipeline.ts';
import { leaveRequest, writeEvent } from '../../engine/store.ts';
import type { StepAnswer } from '../../integrations/step/port.ts';
import type { Database, Sql } from '../../platform/db/types.ts';
import type { ProblemCode } from '../../platform/errors/catalogue.ts';
import { fail } from '../../platform/errors/problem.ts';
import type { Json } from '../../platform/ids/types.ts';
import { findReleases } from '../releases/reads.ts';
import { refusalOfAnswer, refusalOfCancel, refusalOfRetry } from './actions.ts';
import { refusalOf } from './decide-answers.ts';
import { lookAt } from './decide-subject.ts';
import type { Adapters } from './decide-work.ts';
import { checkInputs } from './inputs.ts';
import { keptSteps } from './open.ts';
import { effectivePipeline, readPipeline, readRunState, readSpec } from './reads.ts';
import { openRun } from './store.ts';
import type { NewRun, RunOrigin, RunState } from './types.ts';

export type RunOperationsDeps = {
  readonly db: Database;
  readonly adapters: Adapters;
  readonly newId: (prefix: string) => string;
  readonly now: () => Date;
};

export type Asker = {
  /** `user:NAME`, `trigger:PIPELINE/NAME`, `run:ID`. */
  readonly actor: string;
  readonly role: string;
  readonly requestId: string | null;
};

export type StartInput = {
  /** Of the two, one at least: a pipeline by its name, or that of an application. Both: that pipeline, for the application. */
  readonly pipeline?: string | undefined;
  readonly application?: string | undefined;
  readonly inputs: { readonly [name: string]: Json };
  /** Id of a release, or the beginning of one. */
  readonly release?: string | undefined;
  readonly commit?: string | undefined;
  readonly because?: string | undefined;
  /** The same id twice is one run. */
  readonly id?: string | undefined;
  /** What began it, when it was no person. */
  readonly origin?: Partial<Pick<RunOrigin, 'trigger' | 'parent' | 'event'>> | undefined;
};

export type Started = { readonly id: string; readonly created: boolean };

export type RunOperations = ReturnType<typeof runOperations>;

/** What people and other runs ask of runs. Each writes rows and wakes a run; the run itself acts a moment later. */
export function runOperations(deps: RunOperationsDeps) {
  return {
    start: (input: StartInput, asker: Asker) => start(deps, input, asker),
    cancel: (id: string, asker: Asker, because: string) => cancel(deps, id, asker, because),
    retry: (id: string, asker: Asker, because: string) => retry(deps, id, asker, because),
    answer: (answer: AnswerInput, asker: Asker) => answerStep(deps, answer, asker),
  };
}

async function start(deps: RunOperationsDeps, input: StartInput, asker: Asker): Promise<Started> {
  const pipeline = await mustFindPipeline(deps.db, input);
  const { name } = pipeline.metadata;
  const checked = checkInputs(pipeline.spec.inputs, input.inputs);
  if (!checked.ok) fail('TG1904', { detail: `${name}: ${checked.detail}` });
  const about = await commitOf(deps.db, input);
  const run: NewRun = {
    id: input.id ?? deps.newId('run'),
    pipeline: name,
    spec: pipeline.spec,
    application: input.application ?? null,
    ...about,
    inputs: checked.inputs,
    origin: {
      trigger: input.origin?.trigger ?? 'manual',
      actor: asker.actor,
      because: input.because ?? '',
      parent: input.origin?.parent ?? null,
      event: input.origin?.event ?? null,
    },
  };
  return await open(deps, run);
}

async function open(deps: RunOperationsDeps, run: NewRun): Promise<Started> {
  const created = await deps.db.transaction((tx) => openRun(tx, run, deps.now()));
  return { id: run.id, created };
}

async function mustFindPipeline(
  sql: Sql,
  { pipeline, application }: StartInput,
): Promise<Pipeline> {
  if (pipeline !== undefined) {
    const found = await readPipeline(sql, pipeline);
    return found ?? fail('TG1903', { detail: `No pipeline ${pipeline} is declared.` });
  }
  if (application === undefined) {
    fail('TG1904', { detail: 'Neither a pipeline nor an application was named.' });
  }
  const found = await effectivePipeline(sql, application);
  if (found) return found.pipeline;
  fail('TG1903', {
    detail: `There is no application ${application}, or the pipeline that it names is not declared.`,
  });
}

/** What the run is about: a release brings its commit and the author of it. */
async function commitOf(
  sql: Sql,
  { application, release, commit }: StartInput,
): Promise<Pick<NewRun, 'release' | 'commit' | 'author'>> {
  const wanted = release ?? commit;
  if (wanted === undefined) return { release: null, commit: null, author: null };
  const found = application === undefined ? [] : await findReleases(sql, application, wanted);
  const [known] = found;
  if (release === undefined) {
    return { release: null, commit: commit ?? null, author: known?.author ?? null };
  }
  if (!known || found.length > 1) {
    const which = known
      ? `${found.length} releases begin with ${release}`
      : `there is no release ${release}`;
    fail('TG1904', { detail: `Of ${application ?? 'no application'} ${which}.` });
  }
  return { release: known.id, commit: known.content.commit, author: known.author };
}

async function cancel(deps: RunOperationsDeps, id: string, asker: Asker, because: string) {
  const state = await mustReadState(deps.db, id);
  const refusal = refusalOfCancel(state);
  if (refusal !== null) {
    await refuse(deps.db, { id, state, asker, type: 'run.cancelRequested', refusal }, 'TG1902');
  }
  await leave(deps.db, id, asker, { action: 'cancel', because, payload: {} });
  return { id };
}

async function retry(
  deps: RunOperationsDeps,
  id: string,
  asker: Asker,
  because: string,
): Promise<Started> {
  const state = await mustReadState(deps.db, id);
  const refusal = refusalOfRetry(state);
  if (refusal !== null) {
    await refuse(deps.db, { id, state, asker, type: 'run.retryRequested', refusal }, 'TG1902');
  }
  const spec = await readSpec(deps.db, state.spec);
  if (!spec) fail('TG1903', { detail: `The specification of ${id} is not there any more.` });
  const reason = because.trim() === '' ? '' : `: ${because}`;
  const { pipeline, application, release, commit, author, inputs, origin } = state;
  return await open(deps, {
    id: deps.newId('run'),
    spec,
    ...{ pipeline, application, release, commit, author, inputs },
    origin: {
      trigger: 'retry',
      actor: asker.actor,
      because: `Retry of ${id}${reason}`,
      parent: null,
      event: origin.event,
    },
    kept: keptSteps(id, state, spec),
  });
}

export type AnswerInput = {
  readonly id: string;
  /** Instance name. */
  readonly step: string;
  readonly action: 'approve' | 'reject';
  readonly because: string;
};

async function answerStep(deps: RunOperationsDeps, input: AnswerInput, asker: Asker) {
  const { id, step: name, action, because } = input;
  const state = await mustReadState(deps.db, id);
  const type = action === 'approve' ? 'step.approved' : 'step.rejected';
  const refused = { id, state, asker, type, after: { step: name, pipeline: state.pipeline } };
  const step = state.steps[name];
  const closed = refusalOfAnswer(state.phase, name, step);
  if (closed !== null || !step) {
    const refusal = closed ?? `There is no step ${name}.`;
    return await refuse(deps.db, { ...refused, refusal }, 'TG1902');
  }
  const adapter = deps.adapters.get(step.kind);
  if (!adapter?.refuse) {
    const refusal = `${name} takes no answers: it is a step of kind ${step.kind}.`;
    return await refuse(deps.db, { ...refused, refusal }, 'TG1902');
  }
  const { actor, role } = asker;
  const answer: StepAnswer = { action, actor, role, because, at: deps.now().toISOString() };
  const refusal = refusalOf(adapter, lookAt(id, state, name, step), answer);
  if (refusal !== null) return await refuse(deps.db, { ...refused, refusal }, 'TG1905');
  await leave(deps.db, id, asker, { action, because, payload: { step: name, role } });
  return { id };
}

async function mustReadState(sql: Sql, id: string): Promise<RunState> {
  const state = await readRunState(sql, id);
  return state ?? fail('TG1901', { detail: `There is no run ${id}.` });
}

async function leave(
  db: Database,
  id: string,
  asker: Asker,
  wish: {
    readonly action: string;
    readonly because: string;
    readonly payload: { readonly [key: string]: Json };
  },
): Promise<void> {
  const { actor, requestId } = asker;
  await db.transaction((tx) =>
    leaveRequest(tx, {
      objectId: `run/${id}`,
      actor,
      ...wish,
      ...(requestId === null ? {} : { requestId }),
    }),
  );
}

/** Being refused is news too: the audit log shows who tried. */
async function refuse(
  db: Database,
  refused: {
    readonly id: string;
    readonly state: RunState;
    readonly asker: Asker;
    readonly type: string;
    readonly refusal: string;
    readonly after?: Json;
  },
  code: Extract<ProblemCode, 'TG1902' | 'TG1905'>,
): Promise<never> {
  const { id, state, asker, type, refusal, after } = refused;
  await writeEvent(db, {
    type,
    actor: asker.actor,
    objectId: `run/${id}`,
    ...(state.application === null ? {} : { application: state.application }),
    because: refusal,
    outcome: 'refused',
    ...(after === undefined ? {} : { after }),
    ...(asker.requestId === null ? {} : { requestId: asker.requestId }),
  });
  fail(code, { detail: refusal, data: { phase: state.phase } });
}
