import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { sayingOf, statusOf } from './engine-error.ts';

/** Tries to pull an image before it is given up, and milliseconds between them. */
const pulls = [0, 2_000, 5_000];
/** A tag that may move is asked for again; what cannot move is brought once. Null when the image is there. */
export async function bringImage(
  docker: Docker,
  image: string,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<string | null> {
  if (!mayMove(image) && (await hasImage(docker, image))) return null;
  let why = '';
  for (const wait of pulls) {
    await sleep(wait, undefined, { signal });
    say(`Bringing image ${image}.\n`);
    try {
      await pull(docker, image, signal);
      return null;
    } catch (error) {
      signal.throwIfAborted();
      if (statusOf(error) === null && !isSaying(error)) throw error;
      why = sayingOf(error);
      if (/not found|denied|unauthorized|unknown|invalid reference|does not exist/i.test(why))
        break;
    }
  }
  return `${image}: ${why}`;
}

/** As in Kubernetes: `latest`, also where no tag is given. */
export function mayMove(image: string): boolean {
  if (image.includes('@')) return false;
  const tag = image.slice(image.lastIndexOf('/') + 1).split(':')[1];
  return tag === undefined || tag === 'latest';
}

const hasImage = (docker: Docker, image: string): Promise<boolean> =>
  docker
    .getImage(image)
    .inspect()
    .then(
      () => true,
      (error) => {
        if (statusOf(error) === 404 || statusOf(error) === 400) return false;
        throw error;
      },
    );

/** A pull that fails half-way says so in its stream and not by its status. */
class Saying extends Error {}
const isSaying = (error: unknown): boolean => error instanceof Saying;

async function pull(docker: Docker, image: string, signal: AbortSignal): Promise<void> {
  const name = image.includes('@') || tagged(image) ? image : `${image}:latest`;
  const stream = await docker.pull(name, { abortSignal: signal });
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(stream, (error: Error | null, lines: unknown[]) => {
      if (error) return reject(statusOf(error) === null ? new Saying(error.message) : error);
      const last = lines.at(-1) as { readonly error?: string } | undefined;
      return last?.error === undefined ? resolve() : reject(new Saying(last.error));
    });
  });
}

const tagged = (image: string): boolean => image.slice(image.lastIndexOf('/') + 1).includes(':');
