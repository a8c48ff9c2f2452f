import { readFile } from 'node:fs/promises';
import { homePaths } from '../platform/config/home.ts';
import { fail } from '../platform/errors/problem.ts';

export type Connection = {
  readonly url: string;
  readonly token: string;
  /** Where url and token were found, for `doctor`. */
  readonly from: { readonly url: string; readonly token: string };
};

type Environment = { readonly [name: string]: string | undefined };

/**
 * Finds the server and a token for it: TIDEGATE_URL and TIDEGATE_TOKEN, else what the server on this machine wrote
 * into its home. A token of the home is only ever sent to the server of that home, not to one that TIDEGATE_URL names.
 * TG1803 when there is none.
 */
export async function findConnection(environment: Environment): Promise<Connection> {
  const paths = homePaths(environment.TIDEGATE_HOME);
  const home = await readServer(paths.server);
  const url = environment.TIDEGATE_URL ?? home;
  if (url === undefined) {
    fail('TG1803', { detail: `TIDEGATE_URL is not set and ${paths.server} does not exist.` });
  }
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    fail('TG1802', { detail: `TIDEGATE_URL is no http address: ${url}` });
  }
  const given = environment.TIDEGATE_TOKEN;
  const kept = given ?? (sameServer(url, home) ? await readText(paths.token) : undefined);
  if (kept === undefined || kept === '') {
    fail('TG1601', { detail: 'No token was found.', hint: 'Set TIDEGATE_TOKEN.' });
  }
  return {
    url: url.replace(/\/$/, ''),
    token: kept,
    from: {
      url: environment.TIDEGATE_URL ? 'TIDEGATE_URL' : paths.server,
      token: given ? 'TIDEGATE_TOKEN' : paths.token,
    },
  };
}

const sameServer = (url: string, home: string | undefined): boolean =>
  home !== undefined && new URL(url).origin === new URL(home).origin;

async function readServer(file: string): Promise<string | undefined> {
  const text = await readText(file);
  if (text === undefined) return undefined;
  try {
    const { url } = JSON.parse(text) as { readonly url?: unknown };
    return typeof url === 'string' && URL.canParse(url) ? url : undefined;
  } catch {
    return undefined;
  }
}

async function readText(file: string): Promise<string | undefined> {
  return await readFile(file, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
}
