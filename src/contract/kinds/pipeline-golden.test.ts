import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Application, applicationSchema } from './application.ts';
import { asWritten, renderDocument } from './as-written.ts';
import { type Pipeline, pipelineSchema } from './pipeline.ts';
import { pipelineFaults } from './pipeline-checks.ts';
import { goldenPath } from './pipeline-golden.ts';
import { parseDocuments } from './validate.ts';

const application = (environments: readonly string[], pipeline?: object): Application =>
  applicationSchema.parse({
    apiVersion: 'tidegate.dev/v1',
    kind: 'Application',
    metadata: { name: 'shop' },
    spec: {
      owner: 'team',
      source: { repository: '../shop.git' },
      run: {},
      environments: environments.map((name) => ({ name })),
      ...(pipeline ? { pipeline } : {}),
      strategy: { blueGreen: {} },
    },
  });

/** Each step as `name: what it does ← what it needs`. */
const told = ({ spec }: Pipeline): readonly string[] =>
  spec.steps.map(({ name, needs, deploy, approve, wait }) => {
    const what = deploy?.environment ?? approve?.message ?? `${wait?.duration} ms`;
    return `${name}: ${what} ← ${needs.join(', ')}`;
  });

test('an application goes through its environments in order, one run at a time', () => {
  const pipeline = goldenPath(application(['staging', 'production']));
  expect(told(pipeline)).toEqual([
    'deploy-staging: staging ← ',
    'deploy-production: production ← deploy-staging',
  ]);
  expect(pipeline.metadata.name).toBe('shop');
  expect(pipeline.spec.concurrency).toEqual({ group: 'application/shop', policy: 'supersede' });
  expect(pipeline.spec.triggers).toEqual([]);
});

test('approvals, soaks and pushes come in when they are asked for', () => {
  const shape = { onPush: true, approve: ['production'], soak: '10m' };
  const pipeline = goldenPath(application(['staging', 'production'], shape));
  expect(told(pipeline)).toEqual([
    'deploy-staging: staging ← ',
    'soak-staging: 600000 ms ← deploy-staging',
    'approve-production: Deploy shop to production? ← soak-staging',
    'deploy-production: production ← approve-production',
  ]);
  expect(pipeline.spec.triggers).toMatchObject([{ name: 'push', push: { repository: 'service' } }]);
});

test('a pipeline of its own is named alone', () => {
  expect(application(['staging'], { name: 'own' }).spec.pipeline).toEqual({ name: 'own' });
  expect(() => application(['staging'], { name: 'own', onPush: true })).toThrow('name alone');
  const text = JSON.stringify(application(['staging'])).replace(
    '"owner"',
    '"pipeline":{"approve":["stagign"]},"owner"',
  );
  expect(parseDocuments(text, 'f').problems.map((one) => `${one.detail} ${one.hint}`)).toContain(
    'stagign is not on the path. Did you mean staging?',
  );
});

const names = fc.uniqueArray(
  fc.oneof(
    fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/),
    fc.constantFrom(`${'x'.repeat(60)}a`, `${'x'.repeat(60)}b`, `${'x'.repeat(60)}-c`),
  ),
  { minLength: 1, maxLength: 6 },
);
const path = names.filter((list) => !list.includes('constructor'));

test('whatever its environments are called, it is a good pipeline, and stays so when it is written', () => {
  fc.assert(
    fc.property(path, fc.boolean(), fc.nat(1_000_000), fc.nat(63), (list, onPush, soak, which) => {
      const approve = list.filter((_name, at) => (which >> at) % 2 === 1);
      const pipeline = goldenPath(application(list, { onPush, approve, soak: `${soak}ms` }));
      expect(pipelineFaults(pipeline)).toEqual([]);
      const deploys = pipeline.spec.steps.flatMap(({ deploy }) => deploy?.environment ?? []);
      expect(deploys).toEqual(list);
      expect(pipeline.spec.steps.filter((one) => one.approve)).toHaveLength(approve.length);
      expect(pipelineSchema.parse(asWritten(pipeline))).toEqual(pipeline);
      const [again] = parseDocuments(renderDocument(pipeline), 'f').documents;
      expect(again?.document).toEqual(pipeline);
    }),
    { numRuns: 60 },
  );
});
