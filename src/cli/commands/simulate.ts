import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { parseDuration } from '../../contract/kinds/common.ts';
import {
  type Harm,
  type Simulated,
  type Simulation,
  simulationSchema,
} from '../../contract/simulate/schema.ts';
import { harmWords, seriesOf } from '../../contract/simulate/series.ts';
import { fail } from '../../platform/errors/problem.ts';
import { answers, type CliContext, reach } from '../context.ts';
import { simulationLines } from '../render/simulate.ts';
import { canvasOf, type Terminal } from '../terminal.ts';
import { textOf, wholeNumber, wrong } from './backtest.ts';
import { examples } from './parts.ts';
import { errorHarms, latencyHarms, perSecond, shareOf } from './simulate-options.ts';

type Options = {
  strategy: string;
  templates?: string;
  env?: string;
  traffic: string;
  errorRate?: string;
  latency?: string;
  baseline: string;
  soak: string;
  seeds: string;
  seed: string;
  svg?: string;
};

/** Seconds of work for all harms together. */
const mostWork = 18;

export function addSimulateCommand(program: Command, context: CliContext): void {
  const command = program
    .command('simulate')
    .description('How soon a strategy would catch harm, from simulated rollouts.')
    .requiredOption('--strategy <file>', 'a strategy, or an Application with one')
    .option('--templates <file>', 'its AnalysisTemplates: a file or a directory')
    .option('--env <environment>', 'the strategy that the application has there')
    .requiredOption('--traffic <rate>', 'requests per second of both versions, such as 50rps')
    .option('--error-rate <range>', 'errors of the candidate, such as 0.5%..5% (the default)')
    .option('--latency <range>', 'how much slower it is, such as 10%..50%')
    .option('--baseline <share>', 'errors of the stable version', '0.5%')
    .option('--soak <duration>', 'time after the last step', '0s')
    .option('--seeds <number>', 'simulated rollouts for each size of harm, up to 2000', '200')
    .option('--seed <number>', 'the same gives the same answer', '1')
    .option('--svg <file>', 'draw it to this file too');
  examples(command, [
    'tidegate simulate --strategy applications/shop.yaml --templates analysis --traffic 50rps',
    'tidegate simulate --strategy canary.yaml --traffic 200rps --error-rate 0.6%..3% --svg plot.svg',
    'tidegate simulate --strategy canary.yaml --traffic 20rps --latency 10%..50% --seeds 500',
  ]);
  answers<Options>(context, command, async (_args, options) => {
    // Only what reads documents needs all their kinds; other commands start faster without them.
    const { readDocuments } = await import('../documents.ts');
    const { readStrategy } = await import('../../contract/simulate/input.ts');
    const more = options.templates === undefined ? [] : await readDocuments(options.templates);
    const files = [...(await readDocuments(options.strategy)), ...more];
    const read = readStrategy(files, options.env);
    if (!read.ok) return wrong(read.problems, context);
    const simulation = await simulated(context, bodyOf(textOf(files), options), harmsOf(options));
    const lines = simulationLines(simulation, canvasOf(context.terminal));
    if (options.svg === undefined) return { json: simulation, lines };
    await draw(options.svg, simulation, `${options.strategy} at ${options.traffic}`);
    return { json: simulation, lines: [...lines, '', `Drawn to ${options.svg}.`] };
  });
}

function harmsOf({ errorRate, latency, baseline }: Options): readonly Harm[] {
  const errors = errorRate ?? (latency === undefined ? '0.5%..5%' : undefined);
  return [
    {},
    ...(errors === undefined ? [] : errorHarms(errors, shareOf(baseline))),
    ...(latency === undefined ? [] : latencyHarms(latency)),
  ];
}

function bodyOf(documents: string, options: Options) {
  const soak = parseDuration(options.soak);
  if (Number.isNaN(soak)) fail('TG1802', { detail: `--soak ${options.soak} is no duration.` });
  return {
    documents,
    soak,
    ...(options.env === undefined ? {} : { environment: options.env }),
    traffic: perSecond(options.traffic),
    baseline: { errorRate: shareOf(options.baseline) },
    seeds: wholeNumber(options.seeds),
    seed: wholeNumber(options.seed),
  };
}

/** Harm by harm, so that no request takes long and whoever waits sees how far it is. */
async function simulated(
  { terminal, ...context }: CliContext,
  body: ReturnType<typeof bodyOf>,
  harms: readonly Harm[],
): Promise<Simulation> {
  const { client } = await reach({ terminal, ...context });
  const results: Simulated[] = [];
  const told: { steps: string[]; notes: string[] } = { steps: [], notes: [] };
  const began = Date.now();
  for (const [at, harm] of harms.entries()) {
    if (Date.now() - began > 1_000) progress(terminal, harm, at, harms.length);
    const seconds = Math.max(0.5, mostWork / harms.length);
    const asked = { ...body, harms: [harm], seconds };
    const page: Simulation = await client.post('/simulations', simulationSchema, asked);
    results.push(...page.results);
    Object.assign(told, { steps: page.steps, notes: page.notes });
  }
  if (terminal.live) terminal.drawn();
  return { ...told, results };
}

function progress(terminal: Terminal, harm: Harm, at: number, of: number): void {
  const line = `simulating ${at + 1} of ${of}: ${harmWords(harm)}`;
  if (terminal.live) terminal.draw(line);
  else terminal.err(line);
}

async function draw(file: string, { results }: Simulation, about: string): Promise<void> {
  const { simulationSvg } = await import('../../contract/simulate/svg.ts');
  await writeFile(file, simulationSvg(seriesOf(results), about)).catch((cause: unknown) =>
    fail('TG1802', { detail: `${file} cannot be written.`, hint: 'Name another file.' }, cause),
  );
}
