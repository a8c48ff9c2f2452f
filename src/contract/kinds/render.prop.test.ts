import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ReleaseContent } from '../../capabilities/releases/types.ts';
import { contentDigest } from '../../platform/ids/digest.ts';
import type { Json } from '../../platform/ids/types.ts';
import { toStorable } from '../../platform/text/storable.ts';
import { parseDuration, renderDuration } from './common.ts';
import { renderRelease } from './render.ts';
import { parseDocuments } from './validate.ts';

const name = fc.stringMatching(/^[a-z]([-a-z0-9]{0,20}[a-z0-9])?$/);
const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));
const duration = fc.oneof(
  fc.integer({ min: 0, max: 90 * 86_400_000 }),
  fc.integer({ min: 0, max: 2_000 }).map((minutes) => minutes * 60_000),
);
const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 10 }).map(toStorable),
  fc.constantFrom(
    'yes',
    '0x1f',
    '1e3',
    '~',
    'null',
    '- a',
    '{{x}}',
    '#no',
    'a: b',
    'multi\nline\n',
    ' edge ',
    '<<',
    '*a',
    '&b',
    '!tag',
    '1_000',
    '2026-01-01',
    'é',
    '---',
    '%x',
  ),
);
const probe = fc.record({
  path: text.map((one) => `/${one}`),
  interval: duration,
  timeout: duration,
  failureThreshold: fc.integer({ min: 1, max: 100 }),
});
const content: fc.Arbitrary<ReleaseContent> = fc.record({
  application: name,
  commit: fc.oneof(hex(40), hex(64)),
  artifact: fc.oneof(
    fc.record({ image: hex(64).map((one) => `shop@sha256:${one}`) }),
    fc.record({
      bundle: fc.record({
        repository: text.map((one) => `/srv/${one}`),
        path: text,
        tree: hex(40),
      }),
    }),
  ),
  config: fc.record({
    command: fc.array(text, { maxLength: 5 }),
    env: fc.dictionary(fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,10}$/), text, { maxKeys: 6 }),
    health: fc.record({
      readiness: probe,
      liveness: fc.option(probe),
      startTimeout: duration,
      drain: duration,
    }),
  }),
});

test('what is rendered and read again is the same content, with the same digest', () => {
  fc.assert(
    fc.property(content, name, (release, environment) => {
      const parsed = parseDocuments(renderRelease(release, environment), 'release.yaml');
      expect(parsed.problems).toEqual([]);
      const document = parsed.documents[0]?.document;
      if (document?.kind !== 'Release') throw new Error('not a Release');
      const { commit, artifact, config } = document.spec;
      const back = { application: document.metadata.name, commit, artifact, config };
      expect(back).toEqual(release);
      expect(document.metadata.environment).toBe(environment);
      expect(contentDigest(back as unknown as Json)).toBe(
        contentDigest(release as unknown as Json),
      );
    }),
    { numRuns: 500 },
  );
});

test('the same content gives the same text, whatever the order of its variables', () => {
  fc.assert(
    fc.property(content, (release) => {
      const env = Object.fromEntries(Object.entries(release.config.env).reverse());
      const turned = { ...release, config: { ...release.config, env } };
      expect(renderRelease(turned, 'e')).toBe(renderRelease(release, 'e'));
    }),
  );
});

test('a duration is written in its shortest form and read back', () => {
  fc.assert(
    fc.property(duration, (ms) => {
      expect(parseDuration(renderDuration(ms))).toBe(ms);
    }),
  );
  expect([0, 1, 1_000, 5_400_000, 7_200_000, 86_400_000].map(renderDuration)).toEqual([
    '0ms',
    '1ms',
    '1s',
    '90m',
    '2h',
    '1d',
  ]);
});
