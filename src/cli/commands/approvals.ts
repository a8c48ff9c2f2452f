import type { Command } from 'commander';
import { runViewSchema, stepAnswerDoneSchema } from '../../contract/api/runs.ts';
import { fail } from '../../platform/errors/problem.ts';
import type { Client } from '../client.ts';
import { answers, type CliContext, reach } from '../context.ts';
import { examples, pathPart } from './parts.ts';

/** `tidegate approve` and `tidegate reject`: answers to the steps of runs that wait for a person. */
export function addApprovalCommands(program: Command, context: CliContext): void {
  answer(program, context, 'approve', 'Approves a step of a run that waits for it.');
  answer(program, context, 'reject', 'Rejects it; the step fails.');
}

function answer(
  program: Command,
  context: CliContext,
  action: 'approve' | 'reject',
  description: string,
): void {
  const command = program
    .command(action)
    .description(description)
    .argument('<run>', 'id')
    .argument('[step]', 'step; may be left out when just one waits')
    .option('--reason <text>', 'why; kept in the audit log');
  examples(command, [
    `tidegate ${action} run-0jq2…`,
    `tidegate ${action} run-0jq2… approve-production --reason "seen in staging"`,
  ]);
  answers<{ reason?: string }>(context, command, async ([id = '', given], { reason }) => {
    const { client } = await reach(context);
    const step = given ?? (await onlyOneOf(client, id));
    const path = `/runs/${pathPart(id)}/steps/${pathPart(step)}/answers`;
    const done = await client.post(path, stepAnswerDoneSchema, { action, because: reason });
    const next = context.terminal.colours.dim(`next: tidegate run watch ${id}`);
    const said = action === 'approve' ? 'approved' : 'rejected';
    return { json: { ...done, step }, lines: [`${step} of ${id}: ${said}.`, next] };
  });
}

async function onlyOneOf(client: Client, id: string): Promise<string> {
  const { awaiting, phase } = await client.get(`/runs/${pathPart(id)}`, runViewSchema);
  const [only, ...others] = awaiting;
  if (only !== undefined && others.length === 0) return only;
  fail('TG1902', {
    detail:
      only === undefined
        ? `No step of ${id} waits for a person; it is ${phase}.`
        : `Several steps of ${id} wait for a person: ${awaiting.join(', ')}.`,
    hint: only === undefined ? `Look at it: tidegate run show ${id}` : 'Name one of them.',
  });
}
