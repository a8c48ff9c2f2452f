import { readFile, stat, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { ImportedDocument, ImportResult } from '../../contract/import/types.ts';
import { fail, ProblemError } from '../../platform/errors/problem.ts';
import { answers, type CliContext } from '../context.ts';
import { importNoteLines } from '../render/import-notes.ts';
import { examples } from './parts.ts';

export function addAnalysisCommands(program: Command, context: CliContext): void {
  const group = program.command('analysis').description('How releases are judged.');
  importTemplates(group, context);
}

type Importer = (text: string, file: string) => ImportResult;

/** Loaded when asked for: other commands start faster without them. */
const importers: Readonly<Record<string, () => Promise<Importer>>> = {
  kayenta: async () => (await import('../../contract/import/kayenta.ts')).importKayenta,
  argo: async () => (await import('../../contract/import/argo.ts')).importArgo,
  flagger: async () => (await import('../../contract/import/flagger.ts')).importFlagger,
};
const tools = Object.keys(importers);

type Options = { readonly name?: string; readonly out?: string; readonly json?: true };

function importTemplates(group: Command, context: CliContext): void {
  const command = group
    .command('import')
    .description('Makes AnalysisTemplates of what another tool has; needs no server.')
    .argument('<tool>', tools.join(', '))
    .argument('<file>', 'a canary config, analysis templates, or canaries with metric templates')
    .option('--name <name>', 'name of the template; only when there is one')
    .option('--out <file>', 'write the YAML to this file; else to standard output');
  examples(command, [
    'tidegate analysis import kayenta canary-config.json --out analysis/shop.yaml',
    'tidegate analysis import argo analysis-templates.yaml > analysis/imported.yaml',
    'tidegate analysis import flagger canary.yaml --name checkout',
  ]);
  answers<Options>(context, command, async ([tool = '', file = ''], options) => {
    const importer = Object.hasOwn(importers, tool) ? importers[tool] : undefined;
    if (!importer) {
      fail('TG1802', { detail: `Nothing is imported of ${tool}; only of ${tools.join(', ')}.` });
    }
    const run = await importer();
    const result = run(await textOf(file), file);
    if (!result.ok) throw new ProblemError(result.problem);
    const documents = await named(result.documents, options.name, file);
    const yaml = documents.map((one) => one.yaml).join('---\n');
    if (options.out !== undefined) await write(options.out, yaml);
    const { terminal } = context;
    if (options.json !== true) {
      const lines = importNoteLines(result.notes, terminal);
      if (lines.length > 0) terminal.err(lines.join('\n'));
    }
    const count = `${documents.length} ${documents.length === 1 ? 'template' : 'templates'}`;
    return {
      json: { documents: documents.map(({ document }) => document), notes: result.notes },
      lines: options.out === undefined ? [yaml.trimEnd()] : [`${options.out}: ${count}.`],
    };
  });
}

async function textOf(file: string): Promise<string> {
  const { largestFile } = await import('../../contract/kinds/parse.ts');
  const unreadable = (cause: unknown): never =>
    fail('TG1802', { detail: `${file} cannot be read.`, hint: 'Name a file.' }, cause);
  const at = await stat(file).catch(unreadable);
  if (at.size > largestFile) {
    const detail = `${file} is larger than ${largestFile} bytes.`;
    fail('TG1005', { detail, hint: 'Import it in parts.', where: { file } });
  }
  return await readFile(file, 'utf8').catch(unreadable);
}

async function named(
  documents: readonly ImportedDocument[],
  name: string | undefined,
  file: string,
): Promise<readonly ImportedDocument[]> {
  const [only, ...more] = documents;
  if (name === undefined || only === undefined) return documents;
  if (more.length > 0) {
    const detail = `${file} gives ${documents.length} templates, which cannot all be ${name}.`;
    fail('TG1802', { detail, hint: 'Leave --name away; each keeps the name that it has.' });
  }
  const { nameSchema } = await import('../../contract/kinds/common.ts');
  const { error } = nameSchema.safeParse(name);
  if (error) {
    const detail = `${name} is no name of a template: ${error.issues[0]?.message ?? ''}.`;
    fail('TG1802', { detail, hint: 'Name it such as checkout-errors.' });
  }
  const { imported } = await import('../../contract/import/document.ts');
  return [imported(name, only.document.spec)];
}

async function write(file: string, text: string): Promise<void> {
  await writeFile(file, text).catch((cause: unknown) =>
    fail('TG1802', { detail: `${file} cannot be written.`, hint: 'Name another file.' }, cause),
  );
}
