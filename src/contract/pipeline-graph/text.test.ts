import { expect, test } from 'vitest';
import { examples } from '../kinds/examples.ts';
import type { Pipeline } from '../kinds/pipeline.ts';
import { pipelineSchema } from '../kinds/pipeline.ts';
import { parseDocuments } from '../kinds/validate.ts';
import { pipelineGraph } from './graph.ts';
import { textPicture } from './text.ts';

type Needs = Readonly<Record<string, readonly string[]>>;
const pipelineOf = (needs: Needs): Pipeline =>
  pipelineSchema.parse({
    apiVersion: 'tidegate.dev/v1',
    kind: 'Pipeline',
    metadata: { name: 'p' },
    spec: {
      steps: Object.entries(needs).map(([name, of]) => ({
        ...{ name, needs: of, wait: { duration: '1s' } },
      })),
    },
  });
const picture = (needs: Needs, columns = 80): string =>
  `\n${textPicture(pipelineGraph(pipelineOf(needs)), columns).join('\n')}\n`;

test('boxes stand below what they need', () => {
  expect(picture({ a: [], b: ['a'], c: ['a'], d: ['b', 'c'], e: ['d', 'a'] })).toBe(`
            ┌─────────┐
            │ ◷ a     │
            │ wait 1s │
            └────┬────┘
     ┌───────────┼────────┐
     ▼           ▼        │
┌─────────┐ ┌─────────┐   │
│ ◷ b     │ │ ◷ c     │   │
│ wait 1s │ │ wait 1s │   │
└────┬────┘ └────┬────┘   │
     └─────┐     │        │
           ├─────┘        │
           ▼              │
      ┌─────────┐         │
      │ ◷ d     │         │
      │ wait 1s │         │
      └────┬────┘         │
           └──────┐       │
                  ├───────┘
                  ▼
             ┌─────────┐
             │ ◷ e     │
             │ wait 1s │
             └─────────┘
`);
});

test('lines that cross are bridges, and never lie upon each other', () => {
  expect(picture({ a: [], b: [], c: [], x: ['a', 'b'], y: ['b', 'c'], z: ['c', 'a'] })).toBe(`
┌─────────┐  ┌─────────┐  ┌─────────┐
│ ◷ a     │  │ ◷ b     │  │ ◷ c     │
│ wait 1s │  │ wait 1s │  │ wait 1s │
└────┬────┘  └────┬────┘  └────┬────┘
     └─┬──────────│─┐          │
       ├──────────┴─│──────────│─┐
       │            ├──────────┴─┤
       ▼            ▼            ▼
┌─────────┐  ┌─────────┐  ┌─────────┐
│ ◷ x     │  │ ◷ z     │  │ ◷ y     │
│ wait 1s │  │ wait 1s │  │ wait 1s │
└─────────┘  └─────────┘  └─────────┘
`);
});

test('what is too wide for boxes is a list in the same order', () => {
  const names = ['one', 'two', 'three', 'four', 'five', 'six'];
  const needs = Object.fromEntries(names.map((name) => [`step-${name}`, []]));
  expect(picture({ ...needs, last: ['step-one'] }, 60)).toBe(`
  1 ┬─ ◷ step-one
    │    wait 1s
    ├─ ◷ step-two
    │    wait 1s
    ├─ ◷ step-three
    │    wait 1s
    ├─ ◷ step-four
    │    wait 1s
    ├─ ◷ step-five
    │    wait 1s
    └─ ◷ step-six
         wait 1s
  2 ── ◷ last  ◀ step-one
         wait 1s
`);
});

test('sections are told apart, and steps say what they do and when', () => {
  const [found] = parseDocuments(examples.Pipeline, 'p').documents;
  if (found?.document.kind !== 'Pipeline') throw new Error('no pipeline');
  const text = textPicture(pipelineGraph(found.document), 80).join('\n');
  expect(text).toMatch(/^── steps ─+\n[\s\S]*\n\n── on failure ─+\n/);
  for (const words of [
    '▲ deploy-staging',
    'deploy to production',
    'approve: 1 of admin',
    'when run.trigger != "cron"',
    'for each of a list',
    'analyze production: error-rate',
    '» tell',
    'notify payments',
  ])
    expect(text).toContain(words);
});
