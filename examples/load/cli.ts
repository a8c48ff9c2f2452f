import { setTimeout as sleep } from 'node:timers/promises';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { startLoad } from './load.ts';
import type { LoadReport } from './tally.ts';

const positive = (text: string): number => {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('give a number above 0');
  return value;
};
const address = (text: string, earlier: readonly string[] = []): readonly string[] => {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
    throw new InvalidArgumentError('give an http or https address');
  }
  return [...earlier, text];
};

type Options = { readonly rate: number; readonly seconds?: number; readonly json: boolean };

/**
 * Runs the command line and gives its exit code: 0 when every request was answered well, 1 otherwise. The signal
 * ends it early; the report is still given.
 */
export async function runLoad(
  argv: readonly string[],
  print: (text: string) => void,
  signal: AbortSignal,
): Promise<number> {
  const outcome = { failed: 0 };
  const program = new Command('load')
    .description('Sends requests at a constant rate and counts what comes back, by release.')
    .argument('<url...>', 'addresses, each at the full rate', address)
    .option('-r, --rate <per second>', 'requests per second to each address', positive, 50)
    .option('-s, --seconds <seconds>', 'how long; until Ctrl-C without it', positive)
    .option('--json', 'print one JSON object at the end', false)
    .exitOverride()
    .action(async (urls: readonly string[], options: Options) => {
      const report = await loadFor(urls, options, signal);
      print(options.json ? JSON.stringify(report) : render(report));
      outcome.failed = report.failed;
    });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return outcome.failed > 0 ? 1 : 0;
  } catch (error) {
    // Commander has told the user already.
    if (error instanceof CommanderError) return error.exitCode;
    throw error;
  }
}

async function loadFor(
  urls: readonly string[],
  options: Options,
  signal: AbortSignal,
): Promise<LoadReport> {
  const load = startLoad({ urls, rate: options.rate });
  const ms = (options.seconds ?? 2_000_000) * 1000;
  await sleep(ms, null, { signal }).catch(() => {});
  return await load.stop();
}

function render(report: LoadReport): string {
  const lines = Object.entries(report.releases).map(
    ([release, one]) =>
      `${release.padEnd(16)} ${one.requests} requests, ${one.failed} failed, p50 ${one.p50} ms, p95 ${one.p95} ms, p99 ${one.p99} ms`,
  );
  const lost = Object.entries(report.failures).map(([reason, n]) => `  ${n} × ${reason}`);
  return [
    `${report.requests} requests in ${report.seconds.toFixed(1)} s, ${report.failed} failed`,
    ...lines,
    ...lost,
  ].join('\n');
}
