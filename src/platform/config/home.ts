import { join, resolve } from 'node:path';

/** Where everything that Tidegate keeps on this machine lives. */
export type HomePaths = {
  readonly home: string;
  /** Data directory of the embedded PostgreSQL. */
  readonly database: string;
  /** Bare mirrors of Git repositories. */
  readonly mirrors: string;
  /** Admin token, mode 0600. */
  readonly token: string;
  /** `{"url","pid"}` of the server that runs here. */
  readonly server: string;
  readonly agent: string;
  /** Token of this machine's agent, mode 0600. */
  readonly agentToken: string;
  readonly workspace: string;
  readonly logs: string;
};

export const defaultPort = 7070;

export function homePaths(home: string = process.env.TIDEGATE_HOME ?? '.tidegate'): HomePaths {
  const root = resolve(home);
  return {
    home: root,
    database: join(root, 'postgres'),
    mirrors: join(root, 'mirrors'),
    token: join(root, 'token'),
    server: join(root, 'server.json'),
    agent: join(root, 'agent'),
    agentToken: join(root, 'agent', 'token'),
    workspace: join(root, 'workspace'),
    logs: join(root, 'logs'),
  };
}
