import type { Log } from '../platform/log/log.ts';
import { type FollowerTuning, followerTuning } from './follower.ts';
import { watchLink } from './link.ts';
import { type ReporterTuning, reporterTuning } from './reporter.ts';
import { type DriverFor, type RunningTarget, runTarget } from './target.ts';
import { connectWire } from './wire.ts';

export type AgentOptions = {
  /** Address of the control plane: `http://127.0.0.1:7070`. */
  readonly server: string;
  readonly token: string;
  /** How the agent names itself in reports and audit. */
  readonly name: string;
  readonly version?: string;
  readonly targets: readonly string[];
  /** The agent's own directory, one folder per target. */
  readonly directory: string;
  readonly driverFor: DriverFor;
  readonly follower?: Partial<FollowerTuning>;
  readonly reporter?: Partial<ReporterTuning>;
  readonly log: Log;
};

export type Agent = {
  readonly targets: readonly RunningTarget[];
  /** `keep` leaves the workloads running for the next agent; `end` ends them too. */
  readonly stop: (workloads: 'keep' | 'end') => Promise<void>;
};

/**
 * Serves targets: what is in memory at once, what the control plane says as it says it. It dials out only, and
 * needs nobody to go on serving. Rejects when a directory cannot be used, above all because another agent has it.
 */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { name, directory, driverFor, log } = options;
  const wire = connectWire(options.server, options.token);
  const link = watchLink(log, options.server);
  const follower = { ...followerTuning, ...options.follower };
  const reporter = { ...reporterTuning, ...options.reporter };
  const version = options.version ?? '0.0.0';
  const started: RunningTarget[] = [];
  const stop: Agent['stop'] = async (workloads) => {
    await Promise.all(started.map((running) => running.stop(workloads)));
  };
  try {
    for (const target of options.targets) {
      const shared = { agent: name, version, directory, wire, link, driverFor, follower, reporter };
      started.push(await runTarget({ ...shared, target, log: log.child({ target }) }));
    }
  } catch (error) {
    await stop('keep');
    throw error;
  }
  return { targets: started, stop };
}
