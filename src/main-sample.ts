import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, createClient } from './cli/client.ts';
import { findConnection } from './cli/connection.ts';
import { agentCreatedSchema } from './contract/api/access.ts';
import { targetListSchema } from './contract/api/fleet.ts';
import { promotionViewSchema, releaseCreatedSchema } from './contract/api/releases.ts';
import { rolloutListSchema } from './contract/api/rollouts.ts';
import { sourceAddedSchema, sourceListSchema } from './contract/api/sources.ts';
import { statusListSchema } from './contract/api/status.ts';
import type { HomePaths } from './platform/config/home.ts';
import { fail } from './platform/errors/problem.ts';
import { exists } from './platform/files/exists.ts';
import type { Progress } from './platform/process/progress.ts';
import { sampleTargets } from './workspace/documents.ts';
import type { Workspace } from './workspace/workspace.ts';

export const sampleTargetNames: readonly string[] = sampleTargets.map((one) => one.target);
const applications = ['probe', 'status-page'] as const;
const environments = ['staging', 'production'] as const;
const patience = 120_000;
const agentName = 'local';

/** A client for the server of this home, with the admin token of this home. */
export async function connectHome(paths: HomePaths): Promise<Client> {
  return createClient(await findConnection({ TIDEGATE_HOME: paths.home }));
}

/** Makes the workspace a source and gives the machine's agent a token; what is there already stays. */
export async function prepareSample(
  client: Client,
  paths: HomePaths,
  workspace: Workspace,
): Promise<void> {
  const { items } = await client.get('/sources', sourceListSchema);
  if (!items.some((one) => one.name === 'config')) {
    await client.post('/sources', sourceAddedSchema, {
      name: 'config',
      address: workspace.config,
      pollInterval: 2_000,
    });
  }
  if (await exists(paths.agentToken)) return;
  const wish = { name: agentName, targets: sampleTargetNames };
  const { token } = await client.post('/agents', agentCreatedSchema, wish);
  await mkdir(dirname(paths.agentToken), { recursive: true });
  const draft = `${paths.agentToken}.${process.pid}`;
  await writeFile(draft, `${token}\n`, { mode: 0o600 });
  await rename(draft, paths.agentToken);
}

/** Brings the first release of each sample application everywhere; nothing is done for one that Git declares already. */
export async function deliverSample(client: Client, progress: Progress): Promise<void> {
  await until('the targets to be connected', async () => {
    const { items } = await client.get('/targets', targetListSchema);
    return sampleTargetNames.every((name) =>
      items.some((one) => one.name === name && one.connected),
    );
  });
  for (const environment of environments) {
    progress.begin(`First releases to ${environment}`);
    await Promise.all(applications.map((name) => deliverFirst(client, name, environment)));
  }
}

async function deliverFirst(client: Client, name: string, environment: string): Promise<void> {
  const place = { application: name, environment };
  const { items } = await client.get('/status', statusListSchema, place);
  if (items.some((one) => one.desiredCommit !== null)) return;
  await until(`${name} to be declared`, async () => {
    const { items: found } = await client.get('/status', statusListSchema, place);
    return found.length > 0;
  });
  await client.post(`/applications/${name}/releases`, releaseCreatedSchema, {});
  await client.post(`/applications/${name}/promotions`, promotionViewSchema, {
    environment,
    because: 'First release of the sample workspace',
  });
  await until(`${name} to run in ${environment}`, async () => {
    const { items: rollouts } = await client.get('/rollouts', rolloutListSchema, place);
    const [newest] = rollouts;
    if (newest?.terminal && newest.phase !== 'succeeded') {
      fail('TG1801', {
        detail: `The first release of ${name} did not arrive in ${environment}: ${newest.because}`,
        hint: `See: npx tidegate explain ${newest.id}`,
      });
    }
    return newest?.phase === 'succeeded';
  });
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + patience;
  while (!(await isSo())) {
    if (performance.now() > deadline) {
      fail('TG1801', {
        detail: `Waited ${patience / 1000} s for ${what}.`,
        hint: 'See: npx tidegate problems, npx tidegate status, and the logs.',
      });
    }
    await sleep(150);
  }
}
