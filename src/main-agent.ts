import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readAgentConfig } from './agent/config.ts';
import { runAgent } from './agent/run.ts';
import { ownVersion } from './compose-http.ts';
import { openRepositories } from './integrations/git/registry.ts';
import type { Settings } from './platform/config/settings.ts';
import { createLog } from './platform/log/log.ts';
import { letGo, untilAskedToEnd } from './platform/process/signals.ts';

/**
 * Runs an agent until it is asked to end. Beside a control plane on the same machine it needs no flags but its
 * targets: address and token are found in the home.
 */
export async function agent(settings: Settings): Promise<void> {
  const { paths } = settings;
  await mkdir(paths.agent, { recursive: true });
  const config = readAgentConfig(
    {
      server: settings.server ?? undefined,
      tokenFile: process.env.TIDEGATE_AGENT_TOKEN ? undefined : paths.agentToken,
      name: settings.name,
      targets: settings.targets.length > 0 ? settings.targets.join(',') : undefined,
      directory: paths.agent,
      logLevel: settings.level,
      workloads: settings.workloads ?? undefined,
    },
    process.env,
  );
  const log = createLog({ name: 'agent', level: settings.level });
  const repositories = openRepositories({ mirrors: join(paths.agent, 'mirrors') });
  const running = await runAgent(config, {
    openGit: repositories.open,
    log,
    version: ownVersion(),
  });
  const announced = join(paths.agent, 'agent.json');
  await writeFile(announced, JSON.stringify({ url: running.url, pid: process.pid }));
  const asked = await untilAskedToEnd(settings.supervised);
  log.info({ asked }, 'ending');
  await rm(announced, { force: true });
  await running.stop();
  await repositories.closeRepositories();
  letGo();
}
