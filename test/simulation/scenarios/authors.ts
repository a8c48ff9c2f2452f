import type { SimulatedGit } from '../git.ts';
import type { Random } from '../random.ts';
import type { Scenario } from '../scenario.ts';
import type { AuthorDeed } from '../words.ts';
import { sudden } from './freezes.ts';
import { type Spoiling, spoil, spoilings } from './spoiled.ts';

export type AuthorDeps = {
  readonly git: SimulatedGit;
  readonly scenario: Scenario;
  readonly random: Random;
  readonly now: () => number;
  readonly hit: (what: string) => void;
};

const isYaml = (path: string): boolean => path.endsWith('.yaml');

/** People who write documents: other replicas, freeze windows that come and go, and mistakes that are put right later. */
export function simulatedAuthors(deps: AuthorDeps) {
  const { git, scenario, random, now, hit } = deps;
  const { ledger } = git;
  const edited = (n: number, not = ''): { readonly [path: string]: string } => {
    const others = scenario.applications.filter(({ path }) => path !== not);
    const one = others[n % Math.max(1, others.length)];
    return one ? { [one.path]: one.text(1 + (n % 4)) } : {};
  };
  const freeze = async (n: number, lines: string) => {
    const place = scenario.environments[n % scenario.environments.length];
    if (place) await git.config.push({ [place.path]: place.text(lines) });
  };
  const spoilPath = async (path: string, how: Spoiling, n: number) => {
    const own = scenario.applications.find((one) => one.path === path);
    const known = ledger.good.get(path)?.text;
    if (known === undefined) return;
    // Its good half is new, too.
    const good = how === 'beside' && own ? own.text(1 + (n % 4)) : known;
    await git.config.push({ ...edited(n, path), ...spoil(path, good, how) });
    hit(`spoiled-${how}`);
  };
  const mend = async (paths: Iterable<string>) => {
    const texts = ledger.mended(paths);
    if (Object.keys(texts).length > 0) await git.config.push(texts);
  };
  const deeds: { readonly [D in AuthorDeed]: (n: number) => Promise<unknown> } = {
    edit: (n) => git.config.push(edited(n)),
    freeze: (n) => freeze(n, sudden(n, now())),
    unfreeze: (n) => freeze(n, ''),
    spoil: async (n) => {
      const paths = [...ledger.good.keys()].filter(isYaml);
      await spoilPath(paths[n % paths.length] ?? '', random.pick(spoilings), n);
    },
    mend: () => mend(ledger.spoiled),
  };
  return {
    deeds,
    /** Gets the application's own document wrong, or what it releases somewhere; true when there was such a file. */
    spoilOwn: async (application: string, n: number): Promise<boolean> => {
      const own = [...ledger.good.keys()].filter((path) => path.endsWith(`/${application}.yaml`));
      const path = own[n % Math.max(1, own.length)];
      if (path !== undefined) await spoilPath(path, random.pick(spoilings), n);
      return path !== undefined;
    },
    mend: () => mend(ledger.spoiled),
    /** Lifts every freeze that somebody declared in the middle, whatever the file has become. */
    thaw: async () => {
      for (const { path } of scenario.environments) {
        const text = scenario.files[path];
        if (text !== undefined && ledger.good.get(path)?.text !== text)
          await git.config.push({ [path]: text });
      }
    },
  };
}
