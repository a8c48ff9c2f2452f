import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { pipelineViewSchema } from '../../contract/api/runs.ts';
import type { Pipeline } from '../../contract/kinds/pipeline.ts';
import { fail, ProblemError } from '../../platform/errors/problem.ts';
import { answers, type CliContext, reach } from '../context.ts';
import { examples, pathPart } from './parts.ts';
import { validated } from './validate.ts';

export function addPipelineCommands(program: Command, context: CliContext): void {
  const group = program.command('pipeline').description('Pipelines as they are declared.');
  validate(group, context);
  render(group, context);
  graph(group, context);
}

function validate(group: Command, context: CliContext): void {
  const command = group
    .command('validate')
    .description('Checks pipelines, and what they refer to, as the server would; needs no server.')
    .argument('<path>', 'directory of a config repository, or one file');
  examples(command, ['tidegate pipeline validate .', 'tidegate pipeline validate delivery.yaml']);
  answers(context, command, ([path = '.']) => validated(context, path));
}

const fromFiles = [
  '-f, --files <dir>',
  'read the documents of this directory or file; asks no server',
] as const;

function render(group: Command, context: CliContext): void {
  const command = group
    .command('render')
    .description('Prints the pipeline of an application: its own, or the one made from its path.')
    .argument('<app>', 'name of the application')
    .option(...fromFiles);
  examples(command, [
    'tidegate pipeline render checkout',
    'tidegate pipeline render checkout -f .',
  ]);
  answers<{ files?: string }>(context, command, async ([app = ''], { files }) => {
    const found = await ofApplication(context, app, files);
    const { asWritten, renderDocument } = await import('../../contract/kinds/as-written.ts');
    const { pipeline, generated } = found;
    const about = generated
      ? [
          `# Made from the path of ${app}. As a file, named by spec.pipeline.name, it can be changed.`,
        ]
      : [];
    return {
      json: { name: pipeline.metadata.name, generated, document: asWritten(pipeline) },
      lines: [...about, renderDocument(pipeline).trimEnd()],
    };
  });
}

function graph(group: Command, context: CliContext): void {
  const command = group
    .command('graph')
    .description('Draws a pipeline: its steps, each below what it needs.')
    .argument('<name>', 'a pipeline or an application, or a file that declares one')
    .option(...fromFiles)
    .option('--svg <file>', 'write an SVG picture to this file instead; - for standard output');
  examples(command, [
    'tidegate pipeline graph checkout',
    'tidegate pipeline graph delivery.yaml --svg delivery.svg',
    'tidegate pipeline graph checkout-delivery -f .',
  ]);
  answers<{ files?: string; svg?: string }>(context, command, async ([name = ''], options) => {
    const { files, svg } = options;
    const pipeline = await named(context, name, files);
    const { pipelineGraph } = await import('../../contract/pipeline-graph/graph.ts');
    const picture = pipelineGraph(pipeline);
    if (svg === undefined) {
      const { textPicture } = await import('../../contract/pipeline-graph/text.ts');
      return { json: picture, lines: textPicture(picture, context.terminal.columns) };
    }
    const { svgPicture } = await import('../../contract/pipeline-graph/svg.ts');
    const text = svgPicture(picture);
    if (svg === '-') return { json: { svg: text }, lines: [text.trimEnd()] };
    await writeFile(svg, text).catch((cause: unknown) =>
      fail('TG1802', { detail: `${svg} cannot be written.`, hint: 'Name another file.' }, cause),
    );
    const count = picture.nodes.length;
    const what = `${count} ${count === 1 ? 'step' : 'steps'} of ${picture.name}`;
    return { json: { file: svg }, lines: [`${svg}: ${what}.`] };
  });
}

type Found = { readonly pipeline: Pipeline; readonly generated: boolean };

/** By the server unless there are files; with these, what is right in them counts. */
async function ofApplication(
  context: CliContext,
  app: string,
  files: string | undefined,
): Promise<Found> {
  if (files === undefined) return await asked(context, app);
  const { declaredIn } = await import('../pipelines.ts');
  const found = (await declaredIn(files)).ofApplication(app);
  return (
    found ?? missing(`There is no application ${app} in ${files}, or its pipeline is missing.`)
  );
}

async function named(
  context: CliContext,
  name: string,
  files: string | undefined,
): Promise<Pipeline> {
  const { declaredIn } = await import('../pipelines.ts');
  if (files !== undefined) {
    const declared = await declaredIn(files);
    const found = declared.pipeline(name) ?? declared.ofApplication(name)?.pipeline;
    return found ?? missing(`There is no pipeline and no application ${name} in ${files}.`);
  }
  // A name has neither a dot nor a slash; what has one is a path, there or not.
  if (!/[./\\]/.test(name) && !existsSync(name)) return (await askedEither(context, name)).pipeline;
  const all = (await declaredIn(name)).all();
  const [only, ...more] = all;
  if (only === undefined) return missing(`${name} declares no pipeline and no application.`);
  if (more.length === 0) return only;
  const names = all.map((one) => one.metadata.name).slice(0, 20);
  fail('TG1802', {
    detail: `${name} declares ${all.length} pipelines: ${names.join(', ')}.`,
    hint: `Name one: tidegate pipeline graph ${names[0]} -f ${name}`,
  });
}

const missing = (detail: string): never =>
  fail('TG1903', { detail, hint: 'See what is declared with: tidegate pipeline validate DIR.' });

async function asked(context: CliContext, name: string): Promise<Found> {
  return await askedAt(context, `/applications/${pathPart(name)}/pipeline`);
}

async function askedAt(context: CliContext, path: string): Promise<Found> {
  const { client } = await reach(context);
  const { pipelineFrom } = await import('../pipelines.ts');
  const found = await client.get(path, pipelineViewSchema);
  return { pipeline: pipelineFrom(found.document), generated: found.generated };
}

/** A pipeline that is declared by this name, else the one of the application. */
async function askedEither(context: CliContext, name: string): Promise<Found> {
  try {
    return await askedAt(context, `/pipelines/${pathPart(name)}`);
  } catch (error) {
    if (!(error instanceof ProblemError) || error.problem.code !== 'TG1903') throw error;
    return await asked(context, name);
  }
}
