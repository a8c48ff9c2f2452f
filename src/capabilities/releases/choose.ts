import type { Application } from '../../contract/kinds/application.ts';
import type { Sql } from '../../platform/db/types.ts';
import { fail } from '../../platform/errors/problem.ts';
import { readApplication } from '../sources/reads.ts';
import { findReleases, listQuarantines, readRelease, readStable } from './reads.ts';
import type { Release } from './types.ts';

export type PromoteInput = {
  readonly application: string;
  readonly environment: string;
  /** Id, or the beginning of an id or commit; what is stable one environment earlier when left out. */
  readonly release?: string | undefined;
  readonly because?: string | undefined;
  readonly fastTrack?: boolean | undefined;
  readonly retry?: boolean | undefined;
  /** Id of the promotion: the same one twice is one promotion. A new one when left out. */
  readonly id?: string | undefined;
  /** The run whose step asks: its commit names it, and its end wakes it. */
  readonly run?: string | undefined;
};

/** The release that a promotion is of: the one named, or what is stable one environment earlier. */
export async function releaseToPromote(
  sql: Sql,
  application: Application,
  input: PromoteInput,
): Promise<Release> {
  if (input.release !== undefined) return await oneRelease(sql, input.application, input.release);
  const path = application.spec.environments.map((one) => one.name);
  const earlier = path[path.indexOf(input.environment) - 1];
  if (earlier === undefined) {
    const [newest] = await findReleases(sql, input.application, '');
    if (newest) return newest;
    fail('TG1202', {
      detail: `${input.application} has no release yet.`,
      hint: `Make one with: tidegate release ${input.application}`,
    });
  }
  const stable = await readStable(sql, input.application, earlier);
  const release = stable ? await readRelease(sql, stable) : null;
  if (release) return release;
  fail('TG1202', {
    detail: `Nothing is stable in ${earlier} yet, which comes before ${input.environment}.`,
    hint: `Promote to ${earlier} first, or name a release with --release.`,
  });
}

/** A release by its id, or by the beginning of its id or commit. TG1202 when there is none, or more than one commit. */
export async function oneRelease(sql: Sql, application: string, prefix: string): Promise<Release> {
  const exact = await readRelease(sql, prefix);
  if (exact?.content.application === application) return exact;
  const found = await findReleases(sql, application, prefix);
  const [first] = found;
  if (!first) fail('TG1202', { detail: `${application} has no release ${prefix}.` });
  if (new Set(found.map((one) => one.content.commit)).size > 1) {
    fail('TG1202', {
      detail: `${prefix} could be any of ${found.map((one) => one.id).join(', ')}.`,
      hint: 'Give more of the id.',
    });
  }
  return first;
}

/** TG1203 when it failed there before and a retry was not asked for. */
export async function refuseQuarantined(
  sql: Sql,
  input: PromoteInput,
  release: string,
): Promise<void> {
  if (input.retry) return;
  const quarantine = (await listQuarantines(sql, input.application, input.environment)).find(
    (one) => one.release === release,
  );
  if (quarantine)
    fail('TG1203', {
      detail: `${release} failed in ${input.environment} with rollout ${quarantine.rollout}: ${quarantine.because}`,
    });
}

/** TG1204 when it is not declared. */
export async function mustReadApplication(
  sql: Sql,
  name: string,
): Promise<{ application: Application; repository: string }> {
  const found = await readApplication(sql, name);
  if (!found) fail('TG1204', { detail: `No application ${name} is declared.` });
  return found;
}
