import pg from 'pg';
import { listenOn } from './listen.ts';
import type { Database, Sql } from './types.ts';

const int8 = 20;
const int8Array = 1016;

/** PostgreSQL's own text form of an array of bigints. */
const parseArray = (text: string) => text.slice(1, -1).split(',').filter(Boolean);

/** Bigints become numbers: no count or id of ours comes near 2^53. */
const types: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === int8) return (text: string) => Number(text);
    if (oid === int8Array) {
      return (text: string) => parseArray(text).map(Number);
    }
    return format === 'binary'
      ? pg.types.getTypeParser(oid, 'binary')
      : pg.types.getTypeParser(oid, 'text');
  },
};

export type PoolOptions = {
  /** Most connections at once. */
  readonly max?: number;
  /** Shown in pg_stat_activity. */
  readonly name?: string;
  /** Called with the error of an idle connection that broke; the pool opens another one by itself. */
  readonly onError?: (error: Error) => void;
};

/**
 * Every statement has its index. A plan is kept with its prepared statement, and one that was made while a table was small
 * would read all of it for as long as it takes statistics to follow. Options in the URL win over these.
 */
const plans = '-c enable_seqscan=off';

export function clientConfig(url: string, name: string): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: name,
    options: plans,
    types,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  };
}

/** Opens a pool; connections are made when first needed, so a database that is away is an error of the query. */
export function openDatabase(url: string, options: PoolOptions = {}): Database {
  const name = options.name ?? 'tidegate';
  const pool = new pg.Pool({ ...clientConfig(url, name), max: options.max ?? 10 });
  const nameOf = statementNames();
  pool.on('error', (error) => options.onError?.(error));
  return {
    query: (text, values) => run(pool, nameOf, text, values),
    transaction: (work) => inTransaction(pool, nameOf, work),
    listen: (channel, listener) =>
      listenOn(() => new pg.Client(clientConfig(url, `${name} listen`)), channel, listener),
    close: () => pool.end(),
  };
}

type NameOf = (text: string) => string | undefined;

const mostStatements = 500;

/**
 * Gives each text the name of a prepared statement, so that a connection parses and plans it once. Texts are written
 * in the code and few; should there be more than a server ought to remember, the rest go without.
 */
function statementNames(): NameOf {
  const names = new Map<string, string>();
  return (text) => {
    const known = names.get(text);
    if (known !== undefined || names.size >= mostStatements) return known;
    const name = `tidegate_${names.size}`;
    names.set(text, name);
    return name;
  };
}

async function run<Row>(
  on: pg.Pool | pg.PoolClient,
  nameOf: NameOf,
  text: string,
  values?: readonly unknown[],
): Promise<Row[]> {
  const name = values ? nameOf(text) : undefined;
  const result = await on.query({
    text,
    ...(values ? { values: [...values] } : {}),
    ...(name === undefined ? {} : { name }),
  });
  // Several statements in one text give several results; the last one's rows are the answer.
  const last = Array.isArray(result) ? result[result.length - 1] : result;
  return (last?.rows ?? []) as Row[];
}

async function inTransaction<T>(
  pool: pg.Pool,
  nameOf: NameOf,
  work: (tx: Sql) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  // The pool hears its idle connections only. One that breaks in here fails the next statement, and not the process.
  const ignore = (): void => undefined;
  client.on('error', ignore);
  const release = (broken: boolean): void => {
    client.release(broken);
    client.off('error', ignore);
  };
  try {
    await client.query('begin');
    const result = await work({ query: (text, values) => run(client, nameOf, text, values) });
    await client.query('commit');
    release(false);
    return result;
  } catch (error) {
    // A connection whose rollback fails is in an unknown state and is not used again.
    const broken = await client.query('rollback').then(
      () => false,
      () => true,
    );
    release(broken);
    throw error;
  }
}
