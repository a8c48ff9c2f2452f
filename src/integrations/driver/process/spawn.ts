import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { IntentVersion } from '../../../capabilities/fleet/types.ts';
import { endSession, hasMarker, markerName, readProcess, signal } from './proc.ts';
import { exitReason } from './restart.ts';

/** A running replica, started by this agent or by one before it. */
export type ReplicaProcess = {
  readonly pid: number;
  readonly startTime: number;
  /** To the whole group. */
  readonly signal: (name: NodeJS.Signals) => void;
  readonly isGone: () => boolean;
  /** Stops watching; the replica goes on. */
  readonly release: () => void;
};

export type ExitListener = (reason: string) => void;

export type SpawnOptions = {
  readonly target: string;
  readonly application: string;
  readonly environment: string;
  readonly version: IntentVersion;
  readonly index: number;
  readonly port: number;
  readonly directory: string;
  readonly marker: string;
  /** Open for appending; closed here once the replica has it. */
  readonly output: number;
  readonly onExit: ExitListener;
};

/** Milliseconds between two looks at a process whose exit nobody tells. */
const watchInterval = 250;

/** Nothing of the agent's own environment reaches a replica but what any program needs to start. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const { PATH = '/usr/local/bin:/usr/bin:/bin', HOME = '/', LANG = 'C.UTF-8' } = process.env;
  return { PATH: `${dirname(process.execPath)}:${PATH}`, HOME, LANG };
}

export function environmentOf(options: Omit<SpawnOptions, 'output' | 'onExit'>): NodeJS.ProcessEnv {
  const { version } = options;
  return {
    ...cleanEnvironment(),
    ...version.config.env,
    PORT: String(options.port),
    TIDEGATE_APPLICATION: options.application,
    TIDEGATE_ENVIRONMENT: options.environment,
    TIDEGATE_TARGET: options.target,
    TIDEGATE_RELEASE: version.release,
    TIDEGATE_REPLICA: String(options.index),
    TIDEGATE_COMMIT: version.commit ?? '',
    [markerName]: options.marker,
  };
}

function controlOf(pid: number, startTime: number, stop: () => void): ReplicaProcess {
  const isGone = () => readProcess(pid)?.startTime !== startTime;
  return {
    pid,
    startTime,
    isGone,
    signal: (name) => {
      if (!isGone()) signal(-pid, name);
    },
    release: stop,
  };
}

function watchChild(child: ChildProcess, marker: string, onExit: ExitListener): ReplicaProcess {
  const { pid = 0 } = child;
  const listener = (code: number | null, by: NodeJS.Signals | null): void => {
    endSession(pid, marker);
    onExit(exitReason(code, by));
  };
  child.on('exit', listener);
  child.unref();
  const startTime = readProcess(pid)?.startTime ?? 0;
  return controlOf(pid, startTime, () => child.off('exit', listener));
}

/**
 * Starts a replica as leader of its own session, so that it lives on without its agent and ends with all that it
 * started. Rejects when the program cannot be started.
 */
export function spawnReplica(options: SpawnOptions): Promise<ReplicaProcess> {
  const [program = '', ...args] = options.version.config.command;
  if (program === '') {
    closeSync(options.output);
    return Promise.reject(new Error('the release has no command'));
  }
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.directory,
      env: environmentOf(options),
      stdio: ['ignore', options.output, options.output],
      detached: true,
    });
    closeSync(options.output);
    child.once('error', (error) => reject(new Error(`could not be started: ${error.message}`)));
    if (child.pid !== undefined) resolve(watchChild(child, options.marker, options.onExit));
  });
}

/** Takes over a replica of an earlier agent, or gives null when it is not that process any more. */
export function adoptReplica(
  pid: number,
  startTime: number,
  marker: string,
  onExit: ExitListener,
): ReplicaProcess | null {
  if (readProcess(pid)?.startTime !== startTime || !hasMarker(pid, marker)) return null;
  const timer = setInterval(() => {
    if (readProcess(pid)?.startTime === startTime) return;
    clearInterval(timer);
    endSession(pid, marker);
    onExit(exitReason(null, null));
  }, watchInterval);
  return controlOf(pid, startTime, () => clearInterval(timer));
}
