import picocolors from 'picocolors';
import { untrueClaims } from './result.ts';
import { type Output, openScreen } from './screen.ts';
import { newScene, type Told, tellStory } from './story.ts';
import { startWorld, type World } from './world.ts';

export type DemoOptions = {
  /** Prints one JSON object on standard output and nothing else; the story goes to standard error. */
  readonly json: boolean;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Breaks the story off; everything is still ended and removed. */
  readonly signal: AbortSignal;
};

/** Tells the story once and gives the exit code: 0 when every claim of it is true. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const { json, stdout, stderr, signal } = options;
  const output = json ? stderr : stdout;
  output.write('Starting PostgreSQL, the control plane and an agent …\n');
  const world = await startWorld().catch((error: unknown) => {
    stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return null;
  });
  if (!world) return 1;
  try {
    const { result, seen } = await Promise.race([tell(world, output), brokenOff(signal)]);
    stdout.write(json ? `${JSON.stringify(result)}\n` : render(result));
    const untrue = untrueClaims(result, seen);
    for (const claim of untrue) stderr.write(`${picocolors.red('not true:')} ${claim}\n`);
    return untrue.length === 0 ? 0 : 1;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    stderr.write(`The story broke off: ${why}\n${await world.lastWords()}\n`);
    return 1;
  } finally {
    await world.end();
  }
}

async function tell(world: World, output: Output): Promise<Told> {
  const scene = newScene();
  const screen = openScreen(world.workspace, scene, output);
  try {
    return await tellStory(world, scene);
  } finally {
    await screen.close();
  }
}

async function brokenOff(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const breakOff = (): void => reject(new Error('it was interrupted'));
  if (signal.aborted) breakOff();
  signal.addEventListener('abort', breakOff, { once: true });
  return await promise;
}

function render({ good, bad, unready, requests, audit }: Told['result']): string {
  return `
version 2  ${good.phase} in ${good.seconds} s, over a SIGKILL of the control plane
version 3  ${bad.phase}: seen after ${bad.detectMs} ms, traffic back ${bad.trafficBackMs} ms later, reverted by ${bad.revertCommit?.slice(0, 8)}
version 4  ${unready.phase}
requests   ${requests.total}, lost to the delivery itself: ${requests.failedOutsideBadVersion}
audit      ${audit.events} events
`;
}
