import { expect, test } from 'vitest';
import { examples } from './examples.ts';
import { jsonSchemaFiles, jsonSchemaOf, knownFields } from './json-schema.ts';
import { kindsReference } from './reference.ts';
import { kindNames } from './registry.ts';
import { parseDocuments, validateAll } from './validate.ts';

test.each(kindNames)('the example of %s is a good document of its kind', (kind) => {
  const parsed = parseDocuments(examples[kind], `${kind}.yaml`);
  expect(parsed.problems).toEqual([]);
  expect(parsed.documents.map((one) => one.kind)).toEqual([kind]);
});

test('the examples refer to nothing but each other and their neighbours of the same shape', () => {
  const files = kindNames.map((kind) => ({ path: `${kind}.yaml`, text: examples[kind] }));
  const staging = examples.Environment.replace('name: production', 'name: staging')
    .replace('eu-1', 's-1')
    .replace('us-1', 's-2');
  const west = examples.Target.replace('name: eu-1', 'name: us-1');
  const neighbours = [
    { path: 'staging.yaml', text: staging },
    { path: 'us-1.yaml', text: west },
    ...['s-1', 's-2'].map((name) => ({ path: `${name}.yaml`, text: west.replace('us-1', name) })),
  ];
  expect(validateAll([...files, ...neighbours])).toEqual([]);
});

test('the reference tells every field with its default and what it is for', () => {
  const text = kindsReference();
  for (const kind of kindNames) expect(text).toContain(`## ${kind}\n`);
  expect(text).toContain('| `spec.source.repository` | string | required |');
  expect(text).toContain('| `spec.strategy.canary.steps[].setWeight` | integer, 0–100 |');
  expect(text).toContain('| `spec.artifact` | `bundle` or `image` | `"bundle"` |');
  expect(text).toContain('| `spec.waves[].soak` | duration | `"0ms"` |');
  expect(text).toContain('| `spec.metrics[].provider.web` | object | one of these |');
  expect(text).not.toContain('undefined');
});

test('JSON Schemas describe what people write: durations as text, defaults left out', () => {
  const schema = jsonSchemaOf('Application');
  expect(schema).toMatchObject({ title: 'Application', additionalProperties: false });
  expect(schema.required).toEqual(['apiVersion', 'kind', 'metadata', 'spec']);
  expect(knownFields(schema, ['spec', 'environments', 0])).toEqual([
    'name',
    'env',
    'replicas',
    'strategy',
  ]);
  expect(knownFields(schema, ['spec', 'strategy', 'canary', 'steps', 3])).toContain(
    'setHeaderRoute',
  );
  expect(knownFields(schema, ['metadata', 'labels'])).toEqual([]);
  const files = jsonSchemaFiles();
  expect([...files.keys()]).toEqual([...kindNames.map((kind) => `${kind}.json`), 'any.json']);
  for (const text of files.values()) expect(JSON.parse(text)).toHaveProperty('$id');
});
