import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import { nameSchema } from '../../contract/kinds/common.ts';
import { fail } from '../../platform/errors/problem.ts';
import { answers, type CliContext } from '../context.ts';
import { examples } from './parts.ts';

type Options = { app: string; repository: string; command: string; targets: string };
type Draft = { readonly path: string; readonly document: object };

export function addInitCommand(program: Command, context: CliContext): void {
  const command = program
    .command('init')
    .description(
      'Writes the documents of a first service into a directory; changes no file that is there.',
    )
    .argument('<dir>', 'directory of the config repository')
    .requiredOption('--app <name>', 'name of the service')
    .requiredOption('--repository <address>', "path or address of the service's repository")
    .option('--command <words>', 'program and arguments that start it', 'node server.js')
    .option('--targets <names>', 'targets of production, one wave each', 'eu-1,us-1');
  examples(command, ['tidegate init ./config --app checkout --repository ../checkout']);
  answers<Options>(context, command, async ([directory = '.'], options) => {
    const drafts = draftsOf(options);
    const written: string[] = [];
    for (const draft of drafts) {
      if (await writeNew(join(directory, draft.path), draft.document)) written.push(draft.path);
    }
    const { dim } = context.terminal.colours;
    const kept = drafts.filter((one) => !written.includes(one.path)).map((one) => one.path);
    return {
      json: { written, kept },
      lines: [
        ...written.map((path) => `wrote ${path}`),
        ...kept.map((path) => `kept  ${path}, which was there`),
        dim(
          `next: tidegate validate ${directory}, commit it, tidegate source add config ${directory}`,
        ),
      ],
    };
  });
}

function draftsOf({ app, repository, command, targets }: Options): readonly Draft[] {
  const names = targets.split(',').map((name) => name.trim());
  for (const name of [app, ...names]) {
    const { error } = nameSchema.safeParse(name);
    if (error) fail('TG1802', { detail: `${name} is not a name: ${error.issues[0]?.message}.` });
  }
  const waves = names.map((name, at) => ({
    targets: [name],
    ...(at < names.length - 1 ? { soak: '1m' } : {}),
  }));
  return [
    draft('applications', 'Application', app, {
      owner: `team-${app}`,
      source: { repository },
      run: { command: command.split(/\s+/).filter(Boolean) },
      environments: [{ name: 'staging' }, { name: 'production' }],
      strategy: {
        canary: {
          steps: [
            { setWeight: 10 },
            { pause: { duration: '30s' } },
            { setWeight: 50 },
            { pause: { duration: '30s' } },
          ],
          backgroundAnalysis: { templates: ['error-rate'] },
        },
      },
    }),
    draft('environments', 'Environment', 'staging', { waves: [{ targets: ['staging-1'] }] }),
    draft('environments', 'Environment', 'production', { waves }),
    ...['staging-1', ...names].map((name, at) =>
      draft('targets', 'Target', name, {
        driver: 'process',
        process: { ports: { from: 7200 + at * 20, to: 7219 + at * 20 } },
      }),
    ),
    draft('analysis', 'AnalysisTemplate', 'error-rate', {
      metrics: [
        {
          name: 'error-rate',
          provider: { router: {} },
          interval: '10s',
          failureCondition: 'result.requests >= 10 && result.errorRate > 0.02',
          failureLimit: 1,
        },
      ],
    }),
  ];
}

const draft = (folder: string, kind: string, name: string, spec: object): Draft => ({
  path: join(folder, `${name}.yaml`),
  document: { apiVersion: 'tidegate.dev/v1', kind, metadata: { name }, spec },
});

/** False when there is a file of that name already; it is left as it is. */
async function writeNew(path: string, document: object): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true });
  return await writeFile(path, stringify(document), { flag: 'wx' }).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false;
      throw error;
    },
  );
}
