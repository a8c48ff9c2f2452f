import { driverFactory } from '../integrations/driver/registry.ts';
import type { Log } from '../platform/log/log.ts';
import { type Agent, startAgent } from './agent.ts';
import { bundleFetcher, type OpenGit } from './bundles.ts';
import type { AgentConfig } from './config.ts';
import { type AgentHttp, serveAgent } from './http.ts';

export type AgentDeps = {
  /** The repository at an address, with a mirror on this machine. */
  readonly openGit: OpenGit;
  readonly log: Log;
  readonly version?: string;
};

export type RunningAgent = {
  readonly agent: Agent;
  /** Address of its own HTTP. */
  readonly url: string;
  readonly stop: () => Promise<void>;
};

/** The agent as a program: drivers from the registry, bundles over Git, its own HTTP. Rejects when it cannot start. */
export async function runAgent(config: AgentConfig, deps: AgentDeps): Promise<RunningAgent> {
  const { log } = deps;
  const agent = await startAgent({
    server: config.server,
    token: config.token,
    name: config.name,
    version: deps.version ?? '0.0.0',
    targets: config.targets,
    directory: config.directory,
    driverFor: driverFactory({ fetchBundle: bundleFetcher(deps.openGit) }),
    log,
  });
  let http: AgentHttp;
  try {
    http = await serveAgent({ agent, port: config.port, token: config.token });
  } catch (error) {
    await agent.stop('keep');
    throw error;
  }
  const { name, targets, server } = config;
  log.info({ agent: name, targets, server, url: http.url }, 'agent started');
  return {
    agent,
    url: http.url,
    stop: async () => {
      await http.close();
      await agent.stop(config.workloads);
      log.info({ agent: name, workloads: config.workloads }, 'agent stopped');
    },
  };
}
