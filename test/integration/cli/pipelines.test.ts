import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { examples } from '../../../src/contract/kinds/examples.ts';
import { runHere } from './run.ts';

const own = { directory: '' };
const at = (path: string): string => join(own.directory, path);
const put = (path: string, text: string): void => {
  mkdirSync(at(join(path, '..')), { recursive: true });
  writeFileSync(at(path), text);
};
const other = examples.Application.replace('name: checkout', 'name: other').replace(
  '  replicas: 2',
  '  pipeline:\n    name: checkout-delivery\n  replicas: 2',
);
const lost = other
  .replace('name: other', 'name: lost')
  .replace('name: checkout-delivery', 'name: nowhere');

beforeAll(() => {
  own.directory = mkdtempSync(join(tmpdir(), 'tidegate-pipelines-'));
  put('config/app.yaml', examples.Application);
  put('config/other.yaml', other);
  put('config/lost.yaml', lost);
  put('config/pipeline.yaml', examples.Pipeline);
  put(
    'config/broken.yaml',
    examples.Pipeline.replace('checkout-delivery', 'broken').replace('[test]', '[tset]'),
  );
});
afterAll(() => rmSync(own.directory, { recursive: true, force: true }));

test('validate tells what is wrong as the server would', async () => {
  const bad = await runHere({}, 'pipeline', 'validate', at('config/broken.yaml'));
  expect(bad.code).toBe(1);
  expect(bad.out).toMatch(
    /broken\.yaml:49:15 {2}TG1007 Unknown reference\n.*tset.*\n.*Did you mean test\?/,
  );
  const same = await runHere({}, 'validate', at('config/broken.yaml'));
  expect(bad.out).toBe(same.out);
});

test('render prints the pipeline that is made for an application, as a document that can be kept', async () => {
  const made = await runHere({}, 'pipeline', 'render', 'checkout', '-f', at('config'));
  expect(made).toMatchObject({ code: 0, err: '' });
  expect(made.out).toContain('# Made from the path of checkout.');
  expect(made.out).toContain('- name: deploy-production\n      needs:\n        - deploy-staging\n');
  put('kept/pipeline.yaml', made.out);
  const kept = await runHere({}, 'pipeline', 'render', 'checkout', '-f', at('config'), '--json');
  expect(JSON.parse(kept.out)).toMatchObject({ name: 'checkout', generated: true });
  const drawn = await runHere({}, 'pipeline', 'graph', at('kept/pipeline.yaml'));
  expect(drawn).toMatchObject({ code: 0, out: expect.stringContaining('▲ deploy-production') });
});

test('render prints the pipeline of its own that an application names', async () => {
  const found = await runHere({}, 'pipeline', 'render', 'other', '-f', at('config'));
  expect(found.code).toBe(0);
  expect(found.out).toContain('name: checkout-delivery');
  expect(found.out).not.toContain('# Made');
  const none = await runHere({}, 'pipeline', 'render', 'lost', '-f', at('config'));
  expect(none).toMatchObject({ code: 1, out: '', err: expect.stringContaining('TG1903') });
  const unknown = await runHere({}, 'pipeline', 'render', 'nobody', '-f', at('config'));
  expect(unknown).toMatchObject({ code: 1, err: expect.stringContaining('no application nobody') });
});

test('graph draws a pipeline in 80 columns, and as an SVG', async () => {
  const file = at('config/pipeline.yaml');
  const drawn = await runHere({}, 'pipeline', 'graph', file);
  expect(drawn.code).toBe(0);
  expect(drawn.out).toContain('│ ✓ agree');
  const byName = await runHere({}, 'pipeline', 'graph', 'checkout-delivery', '-f', at('config'));
  expect(byName.out).toBe(drawn.out);
  const svg = at('picture.svg');
  const written = await runHere({}, 'pipeline', 'graph', file, '--svg', svg);
  expect(written).toMatchObject({ code: 0, out: `${svg}: 7 steps of checkout-delivery.\n` });
  expect(readFileSync(svg, 'utf8')).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
  const piped = await runHere({}, 'pipeline', 'graph', file, '--svg', '-');
  expect(piped.out).toBe(readFileSync(svg, 'utf8'));
  const json = await runHere({}, 'pipeline', 'graph', file, '--json');
  expect(JSON.parse(json.out)).toMatchObject({
    name: 'checkout-delivery',
    sections: ['steps', 'onFailure'],
  });
});

test('graph says why it draws nothing', async () => {
  const graph = (...args: readonly string[]) => runHere({}, 'pipeline', 'graph', ...args);
  expect(await graph('none', '-f', at('config'))).toMatchObject({ code: 1, out: '' });
  expect(await graph(at('none.yaml'))).toMatchObject({ code: 2, out: '' });
  const broken = await graph('broken', '-f', at('config'));
  expect(broken).toMatchObject({ code: 1, out: '' });
  expect(broken.err).toContain('Did you mean test?');
  const wrong = await graph(at('config/broken.yaml'));
  expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining('TG1007') });
  put(
    'two/a.yaml',
    `${examples.Pipeline}---\n${examples.Pipeline.replace('checkout-delivery', 'second')}`,
  );
  const two = await graph(at('two/a.yaml'));
  expect(two).toMatchObject({ code: 2, err: expect.stringContaining('declares 2 pipelines') });
  const unwritable = await graph(at('config/pipeline.yaml'), '--svg', at('no/such/folder.svg'));
  expect(unwritable).toMatchObject({ code: 2, err: expect.stringContaining('cannot be written') });
});
