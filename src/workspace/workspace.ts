import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseDocument } from 'yaml';
import { targetSchema } from '../contract/kinds/target.ts';
import { exists } from '../platform/files/exists.ts';
import {
  defaultFirstPort,
  type Endpoint,
  endpointsFrom,
  type Files,
  type Pace,
  readExample,
  sampleConfig,
} from './documents.ts';
import { commitFiles, initRepository, readFileAtHead } from './git.ts';

export { readHead } from './git.ts';

/** The sample workspace: a config repository and the two services that it delivers, all bare and real. */
export type Workspace = {
  readonly directory: string;
  /** Path of the config repository; its branch is main. */
  readonly config: string;
  readonly services: { readonly probe: string; readonly statusPage: string };
  readonly endpoints: readonly Endpoint[];
  /** False when it was there already. */
  readonly created: boolean;
};

export type WorkspaceOptions = {
  readonly directory: string;
  /** First of 30 ports that the routers get, ten per target; 7100 when left out. Only counts when the workspace is made. */
  readonly firstPort?: number;
  readonly pace?: Pace;
};

/** What a version of the probe does wrong; see examples/probe/faults.mjs. */
export type ProbeFaults = {
  readonly errorRate?: number;
  readonly slowMs?: number;
  readonly crashAtStart?: boolean;
  readonly neverReady?: boolean;
  readonly leakMegabytesPerMinute?: number;
  readonly failAfterMinutes?: number | null;
};

/**
 * Opens the workspace, and makes it when it is not there. It appears whole or not at all: what a crash left
 * half-made lies beside it under another name and is never used.
 */
export async function createWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const { directory, firstPort = defaultFirstPort, pace = 'calm' } = options;
  const config = join(directory, 'config.git');
  const created = !(await exists(config));
  if (created) await makeWhole(directory, firstPort, pace);
  return {
    directory,
    config,
    services: {
      probe: join(directory, 'services', 'probe.git'),
      statusPage: join(directory, 'services', 'status-page.git'),
    },
    endpoints: await readEndpoints(config),
    created,
  };
}

/** Commits a version of the probe to its repository, as its developers would. Gives the commit's id. */
export async function publishProbeVersion(
  workspace: Workspace,
  wish: { readonly version: string; readonly faults?: ProbeFaults; readonly message?: string },
): Promise<string> {
  const { version, faults = {}, message = `Version ${version}` } = wish;
  const builtAt = new Date().toISOString();
  return await commitFiles(workspace.services.probe, {
    files: { 'version.json': `${JSON.stringify({ version, builtAt, faults }, null, 2)}\n` },
    message,
    author: { name: 'Robin Developer', email: 'robin@example.com' },
  });
}

async function makeWhole(directory: string, firstPort: number, pace: Pace): Promise<void> {
  const making = join(dirname(directory), `.workspace-${randomUUID()}`);
  try {
    await mkdir(join(making, 'services'), { recursive: true });
    const message = 'Start of the sample workspace';
    await Promise.all([
      fill(join(making, 'config.git'), await sampleConfig(firstPort, pace), message),
      fill(join(making, 'services', 'probe.git'), await readExample('probe'), 'The probe service'),
      fill(
        join(making, 'services', 'status-page.git'),
        await readExample('status-page'),
        'The status page',
      ),
    ]);
    await rename(making, directory).catch(async (error: unknown) => {
      // Another start was quicker; its workspace is as good as this one.
      if (!(await exists(join(directory, 'config.git')))) throw error;
    });
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

async function fill(repository: string, files: Files, message: string): Promise<void> {
  await initRepository(repository);
  await commitFiles(repository, { files, message });
}

async function readEndpoints(config: string): Promise<Endpoint[]> {
  const text = await readFileAtHead(config, 'targets/staging-1.yaml');
  // A person may have changed the samples; then there is nothing to say about addresses.
  const target = targetSchema.safeParse(parseDocument(text ?? '').toJS());
  const from = target.success ? target.data.spec.process?.ports.from : undefined;
  return from === undefined ? [] : endpointsFrom(from);
}
