import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { StepKindName } from '../kinds/pipeline-step.ts';
import type { GraphNode, PipelineGraph } from './graph.ts';
import { kindIcons } from './graph.ts';
import { layoutOf, svgPicture } from './svg.ts';
import { kindColours } from './svg-style.ts';
import { textPicture } from './text.ts';

const kinds = Object.keys(kindIcons) as StepKindName[];
/** What nobody should call anything. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '</text><script>alert(1)</script>',
    '"><image href="http://x.test"/>',
    ']]>&amp;&#x0;',
    '\u001b[2J\u0007\u0000\u009b31m',
    '\u202eevil\u202c\u200b\ufeff',
    '统一码😀👩‍👩‍👧‍👦é',
    '\ud800lone',
    '__proto__',
    'constructor',
    'x'.repeat(5_000),
  ),
);
const graphs = fc
  .record({
    names: fc.uniqueArray(hostile, { minLength: 1, maxLength: 14 }),
    edges: fc.array(fc.tuple(fc.nat(30), fc.nat(30)), { maxLength: 40 }),
    texts: fc.array(hostile, { minLength: 1, maxLength: 4 }),
    sections: fc.array(fc.constantFrom('steps', 'onFailure', 'finally'), { minLength: 1 }),
  })
  .map(({ names, edges, texts, sections }): PipelineGraph => {
    const nodes = names.map((name, at): GraphNode => {
      const kind = kinds[at % kinds.length] ?? 'wait';
      const section = sections[at % sections.length] as GraphNode['section'];
      const about = texts[at % texts.length] ?? '';
      return { name, section, kind, icon: kindIcons[kind], about, notes: texts };
    });
    const at = (index: number): string => names[index % names.length] ?? '';
    return {
      name: texts[0] ?? '',
      sections: ['steps', 'onFailure', 'finally'],
      nodes,
      // Circles and all: whoever draws is not the one who checks.
      edges: edges.map(([from, to]) => ({ from: at(from), to: at(to), is: texts })),
    };
  });

test('a text picture keeps its width and holds nothing that a terminal obeys', () => {
  fc.assert(
    fc.property(graphs, fc.integer({ min: 1, max: 200 }), (graph, columns) => {
      for (const line of textPicture(graph, columns)) {
        expect([...line].length).toBeLessThanOrEqual(Math.max(30, columns));
        expect(line).toMatch(/^[\u0020-\u007e\u00a1-\u024f\u2500-\u25ff…▲≈✓◷⇄□±»○▶◀▼]*$/);
      }
    }),
    { numRuns: 200 },
  );
});

test('an SVG is well-formed, and hostile names are only names in it', () => {
  fc.assert(
    fc.property(graphs, (graph) => {
      const svg = svgPicture(graph);
      const open: string[] = [];
      // Everything between marks is text without marks; everything that is a mark is one of ours.
      for (const [whole, text = '', close, name = '', rest = '', empty] of svg.matchAll(
        /([^<>]*)(?:<(\/?)([a-z]+)((?: [a-zA-Z-]+="[^"<>]*")*)(\/?)>|$)/g,
      )) {
        if (whole === '') continue;
        expect(text.replaceAll(/&(amp|lt|gt|quot|#39);/g, '')).not.toContain('&');
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML does not have.
        expect(whole).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/);
        if (name === '') continue;
        expect('svg title style defs marker path rect g text tspan'.split(' ')).toContain(name);
        expect(rest.replaceAll(/"[^"]*"/g, '')).not.toMatch(/ (on|href|src)/);
        if (close) expect(open.pop()).toBe(name);
        else if (!empty) open.push(name);
      }
      expect(open).toEqual([]);
      expect(svg.isWellFormed()).toBe(true);
      expect(
        svg.replaceAll(/([^<>]*)(<(\/?)([a-z]+)((?: [a-zA-Z-]+="[^"<>]*")*)(\/?)>|$)/g, ''),
      ).toBe('');
    }),
    { numRuns: 200 },
  );
});

test('boxes of an SVG do not lie upon each other and lie within it', () => {
  fc.assert(
    fc.property(graphs, (graph) => {
      const { width, height, panels } = layoutOf(graph);
      const boxes = panels.flatMap((panel) => panel.nodes);
      expect(boxes).toHaveLength(graph.nodes.length);
      for (const [index, one] of boxes.entries()) {
        expect(one.x - one.width / 2).toBeGreaterThanOrEqual(0);
        expect(one.y - one.height / 2).toBeGreaterThanOrEqual(0);
        expect(one.x + one.width / 2).toBeLessThanOrEqual(width);
        expect(one.y + one.height / 2).toBeLessThanOrEqual(height);
        for (const other of boxes.slice(index + 1)) {
          const aside = Math.abs(one.x - other.x) * 2 >= one.width + other.width;
          const apart = Math.abs(one.y - other.y) * 2 >= one.height + other.height;
          expect(aside || apart).toBe(true);
        }
      }
    }),
    { numRuns: 100 },
  );
});

test('large graphs are drawn soon', () => {
  const names = Array.from({ length: 200 }, (_, at) => `s${at}`);
  const nodes = names.map(
    (name): GraphNode => ({
      ...{ name, section: 'steps', kind: 'wait', icon: '◷', about: 'wait', notes: [] },
    }),
  );
  const dense = names.flatMap((to, at) =>
    names.slice(Math.max(0, at - 12), at).map((from) => ({ from, to, is: [] })),
  );
  const begun = performance.now();
  const graph = { name: 'p', sections: ['steps'] as const, nodes, edges: dense };
  expect(textPicture(graph, 80).length).toBeGreaterThan(200);
  expect(svgPicture(graph).length).toBeGreaterThan(10_000);
  expect(performance.now() - begun).toBeLessThan(60_000);
});

/** WCAG 2: the contrast of two colours. */
function contrast(one: string, other: string): number {
  const [a = 0, b = 0] = [one, other]
    .map((colour) => {
      const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
        const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    })
    .sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
}

test.each(kinds)('the colours of %s can be told from the paper, light and dark', (kind) => {
  const [light, dark] = kindColours[kind];
  expect(contrast(light, '#f8f9fa')).toBeGreaterThan(4.5);
  expect(contrast(dark, '#1f2327')).toBeGreaterThan(4.5);
});
