import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';

const examples = fileURLToPath(new URL('../../examples/', import.meta.url));

/** Sample targets, in the order of their ports; each has ten. */
export const sampleTargets = [
  { target: 'staging-1', environment: 'staging' },
  { target: 'eu-1', environment: 'production' },
  { target: 'us-1', environment: 'production' },
] as const;

export const portsPerTarget = 10;
export const defaultFirstPort = 7100;

/** Where an application answers on a target, once it is delivered there. */
export type Endpoint = {
  readonly application: 'probe' | 'status-page';
  readonly environment: string;
  readonly target: string;
  readonly url: string;
};

/** Weights of the brisk canary, in percent. */
export const briskWeights = [20, 60] as const;

/** `calm` is made to be watched by a person, `brisk` goes through everything in seconds. */
export type Pace = 'calm' | 'brisk';

export type Files = Readonly<Record<string, string>>;

export function endpointsFrom(firstPort: number): Endpoint[] {
  return sampleTargets.flatMap(({ target, environment }, at) =>
    (['probe', 'status-page'] as const).map((application, offset) => ({
      application,
      environment,
      target,
      url: `http://127.0.0.1:${firstPort + at * portsPerTarget + offset}`,
    })),
  );
}

/** Files of a folder of examples/, by path; what only serves the project's own tests stays behind. */
export async function readExample(name: 'config' | 'probe' | 'status-page'): Promise<Files> {
  const folder = join(examples, name);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const files = paths.map(async (path) => [relative(folder, path), await readFile(path, 'utf8')]);
  return Object.fromEntries(await Promise.all(files));
}

/** The sample configuration with its ports and its pace set; comments stay. */
export async function sampleConfig(firstPort: number, pace: Pace): Promise<Files> {
  const files: Record<string, string> = { ...(await readExample('config')) };
  const set = (path: string, at: readonly (string | number)[], value: unknown): void => {
    const document = parseDocument(files[path] ?? '');
    document.setIn(at, document.createNode(value));
    files[path] = document.toString({ lineWidth: 0, flowCollectionPadding: false });
  };
  sampleTargets.forEach(({ target }, index) => {
    const from = firstPort + index * portsPerTarget;
    const path = `targets/${target}.yaml`;
    set(path, ['spec', 'process', 'ports'], { from, to: from + portsPerTarget - 1 });
    set(path, ['spec', 'process', 'listen'], { probe: from, 'status-page': from + 1 });
  });
  set('applications/status-page.yaml', ['spec', 'run', 'env', 'STATUS_PLACES'], places(firstPort));
  if (pace === 'brisk') setBrisk(set);
  return files;
}

function places(firstPort: number): string {
  return endpointsFrom(firstPort)
    .map((one) => `${one.application}@${one.environment}/${one.target}=${one.url}`)
    .join(' ');
}

function setBrisk(
  set: (path: string, at: readonly (string | number)[], value: unknown) => void,
): void {
  const probe = 'applications/probe.yaml';
  set(
    probe,
    ['spec', 'strategy', 'canary', 'steps'],
    [
      { setWeight: briskWeights[0] },
      { pause: { duration: '3s' } },
      { setWeight: briskWeights[1] },
      { pause: { duration: '2s' } },
    ],
  );
  set(probe, ['spec', 'run', 'health', 'readiness', 'interval'], '100ms');
  set(probe, ['spec', 'progressDeadline'], '20s');
  set('environments/production.yaml', ['spec', 'waves', 0, 'soak'], '1s');
  set('environments/production.yaml', ['spec', 'waves', 1, 'soak'], '1s');
  set('analysis/error-rate.yaml', ['spec', 'metrics', 0, 'interval'], '500ms');
}
