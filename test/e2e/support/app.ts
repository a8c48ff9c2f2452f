import { eventually } from '../../../examples/demo/processes.ts';
import type { RolloutView } from '../../../src/contract/api/rollouts.ts';
import { commitFiles, readFileAtHead, readHead } from '../../../src/workspace/git.ts';
import { type ApplicationWish, application, publish, type Version } from './services.ts';
import type { World } from './world.ts';

/** One application in one environment, and what its people do with it. */
export type App = {
  readonly name: string;
  readonly world: World;
  /** Publishes a version, makes its release, promotes it, and gives the rollout that the commit opened. */
  deliver(version: Version, more?: object): Promise<RolloutView>;
  /** The same, for a version that is expected to arrive. */
  arrive(version: Version, more?: object): Promise<RolloutView>;
  /** Waits until the rollout looks as wanted. */
  until(
    rollout: Pick<RolloutView, 'id'>,
    what: string,
    isSo: (view: RolloutView) => boolean,
    timeout?: number,
  ): Promise<RolloutView>;
  /** The rollout that a commit of this release opens, other than those known. */
  opened(release: string, known: readonly string[]): Promise<RolloutView>;
  declare(wish: ApplicationWish): Promise<void>;
  /** The file that says in Git what shall run. */
  readonly file: string;
  /** Its text now; a person's commit of another text. */
  read(): Promise<string>;
  write(text: string, message: string): Promise<string>;
  head(): Promise<string>;
};

const person = { name: 'Pat Person', email: 'pat@example.com' };

export async function openApp(world: World, name: string, wish: ApplicationWish): Promise<App> {
  const { api, config } = world;
  const path = `applications/${name}.yaml`;
  const file = `environments/${wish.environment}/${name}.yaml`;
  await world.declare({ [path]: application(name, wish) }, [name]);
  await eventually(`${name} to be declared`, () => api.status(name));
  const known = async (): Promise<readonly string[]> =>
    (await api.rollouts(name)).map(({ id }) => id);
  const until: App['until'] = async ({ id }, what, isSo, timeout = 25_000) => {
    let last = '';
    return await eventually(
      `${name} ${what}`,
      async () => {
        const view = await api.rollout(id);
        last = `${view.phase} (step ${view.step}, ${view.weight} %): ${view.because}`;
        if (isSo(view)) return view;
        throw new Error(last);
      },
      timeout,
    );
  };
  const opened: App['opened'] = (release, before) =>
    api.until(name, release, 'gets a rollout', () => true, { known: before });
  const deliver: App['deliver'] = async (version, more = {}) => {
    const before = await known();
    await publish(world.serviceOf(name), version);
    await api.release(name);
    const asked = await api.promote(name, { environment: wish.environment, ...more });
    return await opened(asked.release, before);
  };
  return {
    name,
    world,
    file,
    deliver,
    arrive: async (version, more) => {
      const rollout = await deliver(version, more);
      const view = await until(rollout, 'arrives', (one) => one.terminal);
      if (view.phase !== 'succeeded') throw new Error(`${name} is ${view.phase}: ${view.because}`);
      return view;
    },
    until,
    opened,
    declare: (next) => world.declare({ [path]: application(name, next) }),
    read: async () => (await readFileAtHead(config, file)) ?? '',
    write: (text, message) =>
      commitFiles(config, { files: { [file]: text }, message, author: person }),
    head: async () => (await readHead(config))?.commit ?? '',
  };
}

export type Seen = {
  readonly status: number;
  readonly version: string;
  readonly color: string;
  readonly pid: number;
  readonly release: string | null;
  readonly cookie: string | null;
};

/** One request, as a visitor sends it. */
export async function visit(
  url: string,
  headers: { readonly [name: string]: string } = {},
): Promise<Seen> {
  const answer = await fetch(url, { headers: { ...headers, connection: 'close' } });
  const said = (await answer.json()) as { version: string; color: string; pid: number };
  return {
    ...said,
    status: answer.status,
    release: answer.headers.get('x-tidegate-release'),
    cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? null,
  };
}

export async function visits(
  count: number,
  url: string,
  headers: { readonly [name: string]: string } = {},
): Promise<readonly Seen[]> {
  return await Promise.all(Array.from({ length: count }, () => visit(url, headers)));
}

/** Address of the application on a target. */
export function addressOn(view: RolloutView, target: string): string {
  const found = view.targets.find((one) => one.name === target)?.endpoint;
  if (!found) throw new Error(`${target} has no address for ${view.application}`);
  return found;
}

export const ended = (view: RolloutView): boolean => view.terminal;
export const at =
  (step: number, phase: RolloutView['phase']) =>
  (view: RolloutView): boolean =>
    view.step === step && view.phase === phase;
export const versionsOf = (seen: readonly Seen[]): readonly string[] =>
  [...new Set(seen.map((one) => one.version))].sort();
