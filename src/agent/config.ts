import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';
import { nameSchema } from '../contract/kinds/common.ts';
import { fail } from '../platform/errors/problem.ts';

export type AgentConfig = {
  readonly server: string;
  readonly token: string;
  readonly name: string;
  readonly targets: readonly string[];
  readonly directory: string;
  /** Of the agent's own HTTP; 0 lets the system pick. */
  readonly port: number;
  readonly logLevel: string;
  /** What happens to the workloads when the agent is stopped in an orderly way. */
  readonly workloads: 'keep' | 'end';
};

/** Flags as the command line gives them; each has a variable behind it: TIDEGATE_AGENT_SERVER for `server`, and so on. */
export type AgentFlags = {
  readonly server?: string | undefined;
  readonly token?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly name?: string | undefined;
  /** Names with commas between. */
  readonly targets?: string | undefined;
  readonly directory?: string | undefined;
  readonly port?: string | undefined;
  readonly logLevel?: string | undefined;
  readonly workloads?: string | undefined;
};

const configSchema = z.object({
  server: z.url({ protocol: /^https?$/, error: 'give the address of the control plane' }),
  token: z.string({ error: 'give a token or a token file' }).min(1),
  name: z.string().min(1).max(128),
  targets: z
    .string({ error: 'name at least one target' })
    .transform((text) => text.split(',').map((name) => name.trim()))
    .pipe(z.array(nameSchema).min(1)),
  directory: z.string({ error: 'give a directory' }).min(1),
  port: z.coerce.number().int().min(0).max(65_535).default(0),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  workloads: z.enum(['keep', 'end']).default('keep'),
});

type Environment = { readonly [name: string]: string | undefined };

const variables = {
  server: 'TIDEGATE_AGENT_SERVER',
  token: 'TIDEGATE_AGENT_TOKEN',
  tokenFile: 'TIDEGATE_AGENT_TOKEN_FILE',
  name: 'TIDEGATE_AGENT_NAME',
  targets: 'TIDEGATE_AGENT_TARGETS',
  directory: 'TIDEGATE_AGENT_DIRECTORY',
  port: 'TIDEGATE_AGENT_PORT',
  logLevel: 'TIDEGATE_AGENT_LOG_LEVEL',
  workloads: 'TIDEGATE_AGENT_WORKLOADS',
} as const satisfies Record<keyof AgentFlags, string>;

function readToken(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    fail('TG1802', { detail: `The token file ${file} cannot be read.` }, error);
  }
}

/** Flags win over variables, a token over a token file. Throws TG1802 with every fault at once. */
export function readAgentConfig(flags: AgentFlags, environment: Environment): AgentConfig {
  const names = Object.keys(variables) as (keyof AgentFlags)[];
  const given = Object.fromEntries(
    names.map((name) => [name, flags[name] ?? environment[variables[name]]]),
  ) as AgentFlags;
  const token = given.token ?? (given.tokenFile ? readToken(given.tokenFile) : undefined);
  const parsed = configSchema.safeParse({ ...given, token, name: given.name ?? hostname() });
  if (!parsed.success) fail('TG1802', { detail: z.prettifyError(parsed.error) });
  return parsed.data;
}
