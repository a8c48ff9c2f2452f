import { Agent, request } from 'undici';
import { createTally, type LoadReport, type Outcome } from './tally.ts';

export type LoadOptions = {
  readonly urls: readonly string[];
  /** Requests per second, to each address. */
  readonly rate: number;
  /** Most connections to each address; they are kept alive. */
  readonly connections?: number;
  readonly timeoutMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly onOutcome?: (outcome: Outcome) => void;
};

export type Load = {
  report(): LoadReport;
  /** Sends nothing new, waits for what is in flight, closes the connections; a second call gives the same report. */
  stop(): Promise<LoadReport>;
};

const tickMs = 5;
/** More than this waiting means that the service is far too slow; what comes on top is counted as not sent. */
const mostInFlight = 5_000;

/**
 * Sends requests at a constant rate whatever comes back (an open loop, as users are): a slow service does not
 * slow its users down, so its slowness shows in full.
 */
export function startLoad(options: LoadOptions): Load {
  const { urls, rate, connections = 64, timeoutMs = 10_000, onOutcome } = options;
  const agent = new Agent({
    connections,
    connect: { timeout: timeoutMs },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });
  const tally = createTally();
  const running = new Set<Promise<void>>();
  const startedAt = performance.now();
  const epoch = Date.now() - startedAt;
  const progress = { sent: 0 };

  const finish = (outcome: Outcome): void => {
    tally.add(outcome);
    onOutcome?.(outcome);
  };
  const send = (url: string, due: number): void => {
    const dueAt = epoch + due;
    if (running.size >= mostInFlight) {
      const reason = `not sent: ${mostInFlight} in flight`;
      finish({ url, status: null, release: null, reason, dueAt, endedAt: dueAt });
      return;
    }
    const one = ask(agent, url, options.headers ?? {}).then((answer) => {
      running.delete(one);
      finish({ ...answer, url, dueAt, endedAt: epoch + performance.now() });
    });
    running.add(one);
  };
  const tick = (): void => {
    const due = Math.floor(((performance.now() - startedAt) * rate) / 1000);
    for (; progress.sent < due; progress.sent += 1) {
      for (const url of urls) send(url, startedAt + (progress.sent * 1000) / rate);
    }
  };
  const timer = setInterval(tick, tickMs);
  const report = (): LoadReport =>
    tally.report((performance.now() - startedAt) / 1000, running.size);
  const end = async (): Promise<LoadReport> => {
    clearInterval(timer);
    await Promise.all(running);
    await agent.close();
    return report();
  };
  const ended: { last?: Promise<LoadReport> } = {};
  return {
    report,
    stop: () => {
      ended.last ??= end();
      return ended.last;
    },
  };
}

type Answer = Pick<Outcome, 'status' | 'release' | 'reason'>;

async function ask(
  agent: Agent,
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> {
  try {
    const answer = await request(url, { dispatcher: agent, headers: { ...headers } });
    const release = answer.headers['x-tidegate-release'];
    // The answer counts once it is whole: a body that breaks off is a lost request too.
    await answer.body.arrayBuffer();
    return {
      status: answer.statusCode,
      release: typeof release === 'string' ? release : null,
      reason: null,
    };
  } catch (error) {
    return { status: null, release: null, reason: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? `${String(error.code)}: ` : '';
  // Ports of the client's own side differ each time and say nothing.
  return `${code}${error.message}`.replaceAll(/\d+\.\d+\.\d+\.\d+:\d+/g, 'ADDRESS').slice(0, 200);
}
