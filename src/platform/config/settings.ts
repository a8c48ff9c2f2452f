import { parseArgs } from 'node:util';
import { fail } from '../errors/problem.ts';
import { defaultPort, type HomePaths, homePaths } from './home.ts';

/** What a role of the program goes by: flags first, then the environment, then defaults. */
export type Settings = {
  readonly paths: HomePaths;
  /** Null: the embedded PostgreSQL. */
  readonly databaseUrl: string | null;
  readonly host: string;
  readonly port: number;
  readonly level: string;
  /** Host names, beside the loopback ones, under which the server answers: of a reverse proxy before it. */
  readonly hosts: readonly string[];
  /** Secret of POST /hooks/git; null switches signatures off, and with them the hook. */
  readonly hookSecret: string | null;
  /** Whether anybody may read GET /api/v1/public/status, without a token. */
  readonly publicStatus: boolean;
  /** Ends in an orderly way when the process that started it goes away. */
  readonly supervised: boolean;
  readonly name: string;
  readonly targets: readonly string[];
  readonly server: string | null;
  /** What an agent does with its workloads when it ends in an orderly way; null: it keeps them. */
  readonly workloads: string | null;
};

const flags = {
  home: { type: 'string' },
  port: { type: 'string' },
  host: { type: 'string' },
  'log-level': { type: 'string' },
  'public-status': { type: 'boolean', default: false },
  supervised: { type: 'boolean', default: false },
  name: { type: 'string' },
  target: { type: 'string', multiple: true },
  server: { type: 'string' },
  workloads: { type: 'string' },
} as const;

/** TG1802 for a flag that is not there or a port that is none. */
export function readSettings(
  args: readonly string[],
  env: { readonly [name: string]: string | undefined } = process.env,
): Settings {
  const { values } = parse(args);
  return {
    paths: homePaths(values.home ?? env.TIDEGATE_HOME),
    databaseUrl: env.DATABASE_URL || null,
    host: values.host ?? env.TIDEGATE_HOST ?? '127.0.0.1',
    port: portOf(values.port ?? (env.TIDEGATE_PORT || String(defaultPort))),
    hosts: env.TIDEGATE_HOSTS?.split(',').filter(Boolean) ?? [],
    level: values['log-level'] ?? env.TIDEGATE_LOG_LEVEL ?? 'info',
    hookSecret: env.TIDEGATE_HOOK_SECRET || null,
    publicStatus: values['public-status'] || isOn('TIDEGATE_PUBLIC_STATUS', env),
    supervised: values.supervised,
    name: values.name ?? env.TIDEGATE_AGENT ?? 'local',
    targets: values.target ?? env.TIDEGATE_TARGETS?.split(',') ?? [],
    server: values.server ?? env.TIDEGATE_URL ?? null,
    workloads: values.workloads ?? null,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: flags, strict: true, allowPositionals: false });
  } catch (error) {
    fail('TG1802', { detail: error instanceof Error ? error.message : String(error) }, error);
  }
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  fail('TG1802', {
    detail: `${text} is not a port.`,
    hint: 'Give a whole number from 0 (any free one) to 65535.',
  });
}

/** What is neither true nor false is refused: it must not be taken for the one that was not meant. */
function isOn(name: string, env: { readonly [name: string]: string | undefined }): boolean {
  const text = env[name] || 'false';
  if (text === 'true' || text === 'false') return text === 'true';
  fail('TG1802', { detail: `${name} is ${text}.`, hint: 'Set it to true or false.' });
}
