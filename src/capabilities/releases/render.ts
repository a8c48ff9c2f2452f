import type { Application } from '../../contract/kinds/application.ts';
import { fail } from '../../platform/errors/problem.ts';
import type { Artifact, ReleaseConfig, ReleaseContent } from './types.ts';

/** What the application says of an environment on its path; TG1204 when it is not on it. */
export function entryOf(
  application: Application,
  environment: string,
): Application['spec']['environments'][number] {
  const { environments } = application.spec;
  const entry = environments.find((one) => one.name === environment);
  if (entry) return entry;
  fail('TG1204', {
    detail: `${application.metadata.name} does not go through an environment named ${environment}.`,
    hint: `Its path is: ${environments.map((one) => one.name).join(' → ')}.`,
  });
}

/** The application's configuration for one environment: its own values, overridden by the environment's entry. */
export function renderConfig(application: Application, environment: string): ReleaseConfig {
  const { run } = application.spec;
  const entry = entryOf(application, environment);
  return { command: run.command, env: { ...run.env, ...entry.env }, health: run.health };
}

/** What will be hashed into the release's id. */
export function renderContent(
  application: Application,
  environment: string,
  commit: string,
  artifact: Artifact,
): ReleaseContent {
  return {
    application: application.metadata.name,
    commit,
    artifact,
    config: renderConfig(application, environment),
  };
}

/** Refuses an image that can be moved under its name. */
export function requireDigest(image: string): Artifact {
  if (!/@sha256:[0-9a-f]{64}$/.test(image)) {
    fail('TG1201', {
      detail: `${image} names an image by tag or without a digest; what runs could change without a commit.`,
      hint: 'Name it as IMAGE@sha256:… – docker buildx imagetools inspect IMAGE prints the digest.',
    });
  }
  return { image };
}
