import type { Command } from 'commander';
import { targetListSchema } from '../../contract/api/fleet.ts';
import { healthSchema, problemListSchema } from '../../contract/api/status.ts';
import { ProblemError } from '../../platform/errors/problem.ts';
import { answers, type CliContext, type Reach, reach } from '../context.ts';
import { table } from '../terminal.ts';
import { examples } from './parts.ts';

type Check = { readonly name: string; readonly ok: boolean; readonly detail: string };

export function addDoctorCommand(program: Command, context: CliContext): void {
  const command = program
    .command('doctor')
    .description('Looks for what is wrong between this machine and the server.');
  examples(command, ['tidegate doctor']);
  answers(context, command, async () => {
    const checks = await examine(context);
    const { colours, columns } = context.terminal;
    const rows = checks.map((one) => [
      one.ok ? colours.green('ok') : colours.red('wrong'),
      one.name,
      one.detail,
    ]);
    return { json: { checks }, lines: table(rows, columns), failed: checks.some((one) => !one.ok) };
  });
}

/** Each check needs the ones before it; the first that fails ends the list. */
async function examine(context: CliContext): Promise<readonly Check[]> {
  const checks: Check[] = [
    { name: 'version', ok: true, detail: `tidegate ${context.version} on Node ${process.version}` },
  ];
  const note = async (name: string, look: () => Promise<string>): Promise<boolean> => {
    try {
      checks.push({ name, ok: true, detail: await look() });
      return true;
    } catch (error) {
      const from = error instanceof ProblemError ? error.problem : null;
      const detail = from ? `${from.code} ${from.detail} ${from.hint}` : String(error);
      checks.push({ name, ok: false, detail });
      return false;
    }
  };
  const found: { reach?: Reach } = {};
  const located = await note('address', async () => {
    found.reach = await reach(context);
    const { url, from } = found.reach.connection;
    return `${url} from ${from.url}, token from ${from.token}`;
  });
  if (!located || !found.reach) return checks;
  const { client } = found.reach;
  const answered = await note('server', async () => {
    const health = await client.get('/health', healthSchema);
    return `version ${health.version}, database reached`;
  });
  if (!answered) return checks;
  const known = await note('token', async () => {
    await client.get('/targets', targetListSchema, { limit: 1 });
    return 'accepted';
  });
  if (!known) return checks;
  return [...checks, ...(await lookAtTargets(found.reach)), await lookAtDocuments(found.reach)];
}

async function lookAtTargets({ client }: Reach): Promise<readonly Check[]> {
  const { items } = await client.get('/targets', targetListSchema, { limit: 500 });
  return items.map((one) => ({
    name: `target ${one.name}`,
    ok: one.connected,
    detail: one.connected
      ? `connected by ${one.agent}`
      : one.agent === null
        ? 'no agent serves it'
        : `${one.agent} was last heard of ${one.lastSeenAt ?? 'never'}`,
  }));
}

async function lookAtDocuments({ client }: Reach): Promise<Check> {
  const { items } = await client.get('/problems', problemListSchema);
  const detail =
    items.length === 0 ? 'nothing is wrong' : `${items.length}; see: tidegate problems`;
  return { name: 'documents', ok: items.length === 0, detail };
}
