import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseDocuments, validateAll } from '../../src/contract/kinds/validate.ts';
import { sampleConfig } from '../../src/workspace/documents.ts';

const root = join(import.meta.dirname, '..', '..');
const guides = (await readdir(join(root, 'docs', 'guide'))).map((name) => `docs/guide/${name}`);

type Example = { readonly place: string; readonly kind: string; readonly text: string };

async function examplesOf(file: string): Promise<Example[]> {
  const markdown = await readFile(join(root, file), 'utf8');
  return [...markdown.matchAll(/^```yaml(?: (strategy|steps|channel))?\n([\s\S]*?)^```$/gm)].map(
    (found) => ({
      place: `${file}:${markdown.slice(0, found.index).split('\n').length}`,
      kind: found[1] ?? 'document',
      text: found[2] ?? '',
    }),
  );
}

const application = `apiVersion: tidegate.dev/v1
kind: Application
metadata: { name: example }
spec:
  owner: somebody
  source: { repository: /srv/git/example.git }
  run: { command: [node, server.js] }
  environments: [{ name: production }]
`;
const channel = `apiVersion: tidegate.dev/v1
kind: Channel
metadata: { name: example }
spec:
  webhook: { url: "https://example.com", secret: { env: TIDEGATE_SECRET_EXAMPLE } }
`;
const pipeline = `apiVersion: tidegate.dev/v1
kind: Pipeline
metadata: { name: example }
spec:
`;

/** A part of a document is checked in one that has nothing else to say. */
const around: Readonly<Record<string, (part: string) => string>> = {
  document: (part) => part,
  strategy: (part) => `${application}  strategy:\n${indented(part, 4)}`,
  steps: (part) => `${pipeline}${indented(part, 2)}`,
  channel: (part) => `${channel}${indented(part, 2)}`,
};
const indented = (part: string, by: number): string => part.replaceAll(/^(?=.)/gm, ' '.repeat(by));
const asDocument = ({ kind, text }: Example): string => around[kind]?.(text) ?? text;

const examples = (await Promise.all(guides.map(examplesOf))).flat();

test('the guide has examples to check', () => {
  expect(examples.length).toBeGreaterThanOrEqual(10);
});

test.each(examples)('$place is valid', (example) => {
  const { documents, problems } = parseDocuments(asDocument(example), example.place);
  expect(problems).toEqual([]);
  expect(documents.length).toBeGreaterThanOrEqual(1);
});

test.each(['calm', 'brisk'] as const)(
  'the sample configuration is valid as a whole, %s',
  async (pace) => {
    const files = Object.entries(await sampleConfig(7_100, pace))
      .filter(([path]) => path.endsWith('.yaml'))
      .map(([path, text]) => ({ path, text }));
    expect(validateAll(files)).toEqual([]);
  },
);

test.each(['README.md', ...guides])('%s links to files that are there', async (file) => {
  const markdown = await readFile(join(root, file), 'utf8');
  const links = [...markdown.matchAll(/\]\((?!https?:)([^)#]+)/g)].map((found) => found[1] ?? '');
  for (const link of links) {
    const path = join(root, file, '..', link);
    await expect(
      readdir(path).catch(() => readFile(path)),
      link,
    ).resolves.toBeDefined();
  }
});
