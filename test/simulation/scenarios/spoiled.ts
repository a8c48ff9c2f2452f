/** Stands in everything that a bad document says, so that whoever took any of it gives itself away. */
export const taint = 'tainted';
/** So many replicas are asked for by bad documents only. */
export const taintedReplicas = 77;

/** Ways in which people get a document wrong. */
export const spoilings = [
  'torn',
  'cut',
  'tabbed',
  'wrong',
  'nameless',
  'beside',
  'twice',
  'stillborn',
] as const;
export type Spoiling = (typeof spoilings)[number];

const divider = '---\n';

const tainted = (text: string): string =>
  `# ${taint}\n${text}`
    .replace(/replicas: \d+/, `replicas: ${taintedReplicas}`)
    .replace('owner: team', `owner: ${taint}`)
    .replace('driver: simulated', `driver: simulated\n  labels: { by: ${taint} }`)
    .replace('maxUnavailable:', `maxUnavailable: ${taintedReplicas} #`)
    .replace('interval: 3s', 'interval: 77s')
    .replace('- server.js', `- ${taint}`);

const nobody = `apiVersion: tidegate.dev/v1\nkind: Pipe\nmetadata: { name: ${taint} }\n`;

const ways: { readonly [S in Exclude<Spoiling, 'twice' | 'stillborn'>]: (good: string) => string } =
  {
    torn: (good) => `${tainted(good).slice(0, Math.floor(good.length * 0.7))}\n{ [ ${taint}`,
    cut: (good) => `${tainted(good).slice(0, tainted(good).indexOf('name: ') + 8)}\n{ [ ${taint}`,
    tabbed: (good) => `${tainted(good)}\n\t${taint}: 1\n`,
    wrong: (good) => `${tainted(good)}  ${taint}: 1\n`,
    nameless: (good) => tainted(good).replace('metadata:', `${taint}:`).replace('kind:', 'kin:'),
    beside: (good) => `${good}${divider}${nobody}`,
  };

/** What a commit that gets a document wrong pushes: the file itself, one more of the same, or one that was never good. */
export function spoil(
  path: string,
  good: string,
  how: Spoiling,
): { readonly [path: string]: string } {
  if (how === 'twice') return { [`copies/${path}`]: tainted(good) };
  if (how === 'stillborn')
    return { [path.replace('.yaml', '-two.yaml')]: ways.wrong(renamed(good)) };
  return { [path]: ways[how](good) };
}

const renamed = (text: string): string => text.replace(/name: ([\w-]+)/, 'name: $1-two');

export type Good = { readonly text: string; readonly commit: string };

/** What Git says now of each file: what was last good in it, and whether what stands there now is not. */
export type Ledger = {
  readonly good: ReadonlyMap<string, Good>;
  readonly spoiled: ReadonlySet<string>;
  note(path: string, text: string | null, commit: string): void;
  /** What puts these files right: what was good last, and nothing where there was nothing. */
  mended(paths: Iterable<string>): { readonly [path: string]: string | null };
};

export function newLedger(): Ledger {
  const good = new Map<string, Good>();
  const spoiled = new Set<string>();
  return {
    ...{ good, spoiled },
    note: (path, text, commit) => {
      const [first = ''] = text?.split(divider) ?? [];
      if (text === null) good.delete(path);
      else if (!first.includes(taint)) good.set(path, { text: first, commit });
      if (text?.includes(taint)) spoiled.add(path);
      else spoiled.delete(path);
    },
    mended: (paths) =>
      Object.fromEntries([...paths].map((path) => [path, good.get(path)?.text ?? null])),
  };
}
