import type { StepKindName } from '../../contract/kinds/pipeline-step.ts';
import { type AnalyzeDeps, analyzeStep } from './analyze/analyze.ts';
import { approveStep } from './approve/approve.ts';
import { type ContainerDeps, containerStep } from './container/container.ts';
import { type DeployDeps, deployStep } from './deploy/deploy.ts';
import { type GitDeps, gitStep } from './git/git.ts';
import { type HttpDeps, httpStep } from './http/http.ts';
import { type NotifyDeps, notifyStep } from './notify/notify.ts';
import { type PipelineDeps, pipelineStep } from './pipeline/pipeline.ts';
import type { StepAdapter } from './port.ts';
import { type ShellDeps, shellStep } from './shell/shell.ts';
import { type StateDeps, stateStep } from './state/state.ts';
import { type WaitDeps, waitStep } from './wait/wait.ts';

/** What steps need of the rest: facts that they read and effects that they have, handed in where things are joined. */
export type StepDeps = AnalyzeDeps &
  ContainerDeps &
  DeployDeps &
  GitDeps &
  HttpDeps &
  NotifyDeps &
  PipelineDeps &
  ShellDeps &
  StateDeps &
  WaitDeps;

/** Adapters by the name of their folder, which is the name of the kind. */
const adapters: { readonly [K in StepKindName]: (deps: StepDeps) => StepAdapter } = {
  analyze: analyzeStep,
  approve: approveStep,
  container: containerStep,
  deploy: deployStep,
  git: gitStep,
  http: httpStep,
  notify: notifyStep,
  pipeline: pipelineStep,
  shell: shellStep,
  state: stateStep,
  wait: waitStep,
};

export const stepAdapterNames: readonly string[] = Object.keys(adapters);

/** Every kind of step, each made once. */
export const stepAdapters = (deps: StepDeps): readonly StepAdapter[] =>
  Object.values(adapters).map((adapter) => adapter(deps));
