import { type CloudEvent, HTTP } from 'cloudevents';
import { expect, test } from 'vitest';
import { type AuditEvent, cdeventsOf, toCloudEvent } from './cdevents.ts';

const event = (type: string, over: Partial<AuditEvent> = {}): AuditEvent => ({
  id: 42,
  at: '2026-03-01T10:00:00.000Z',
  type,
  actor: 'tidegate',
  object: type.startsWith('rollout') ? 'rollout/ro-1' : 'run/run-1',
  application: 'shop',
  environment: 'production',
  because: 'As it is.',
  before: { phase: 'completing', release: 'r-old' },
  after: { phase: 'succeeded', release: 'r-new' },
  ...over,
});
const short = (one: AuditEvent) =>
  cdeventsOf(one).map(({ context, subject }) => [context.type, subject.id, subject.content]);
const uri = 'urn:tidegate:run:run-1';
const production = { id: 'production' };

const rows: readonly (readonly [string, AuditEvent, readonly unknown[]])[] = [
  [
    'a release that was the first',
    event('rollout.succeeded', { before: { release: null } }),
    [
      [
        'dev.cdevents.service.deployed.0.3.0',
        'shop',
        { environment: production, artifactId: 'pkg:generic/shop@r-new' },
      ],
    ],
  ],
  [
    'a release after another',
    event('rollout.succeeded'),
    [
      [
        'dev.cdevents.service.upgraded.0.3.0',
        'shop',
        { environment: production, artifactId: 'pkg:generic/shop@r-new' },
      ],
    ],
  ],
  [
    'an abort',
    event('rollout.aborted', { actor: 'user:ada' }),
    [
      [
        'dev.cdevents.service.rolledback.0.3.0',
        'shop',
        { environment: production, artifactId: 'pkg:generic/shop@r-old' },
      ],
    ],
  ],
  [
    'a failure that is seen',
    event('rollout.rollingBack'),
    [
      [
        'dev.cdevents.incident.detected.0.3.0',
        'rollout/ro-1',
        {
          description: 'As it is.',
          environment: production,
          service: { id: 'shop' },
          artifactId: 'pkg:generic/shop@r-new',
        },
      ],
    ],
  ],
  [
    'a rollback that is over',
    event('rollout.rolledBack'),
    [
      [
        'dev.cdevents.service.rolledback.0.3.0',
        'shop',
        { environment: production, artifactId: 'pkg:generic/shop@r-old' },
      ],
      [
        'dev.cdevents.incident.resolved.0.3.0',
        'rollout/ro-1',
        {
          description: 'As it is.',
          environment: production,
          service: { id: 'shop' },
          artifactId: 'pkg:generic/shop@r-new',
        },
      ],
    ],
  ],
  ['a person who takes it back', event('rollout.rollingBack', { actor: 'user:ada' }), []],
  ['the first release, taken back', event('rollout.aborted', { before: { release: null } }), []],
  [
    'a run that waits for its turn',
    event('run.opened', { after: { pipeline: 'ship' } }),
    [['dev.cdevents.pipelinerun.queued.0.3.0', 'run-1', { pipelineName: 'ship', uri }]],
  ],
  [
    'a run that began',
    event('run.started', { after: { pipeline: 'ship' }, application: null, environment: null }),
    [['dev.cdevents.pipelinerun.started.0.3.0', 'run-1', { pipelineName: 'ship', uri }]],
  ],
  ...(
    [
      ['succeeded', 'success'],
      ['failed', 'failure'],
      ['errored', 'error'],
      ['cancelled', 'cancel'],
    ] as const
  ).map(
    ([phase, outcome]) =>
      [
        `a run that ${phase}`,
        event(`run.${phase}`, { after: { pipeline: 'ship' } }),
        [
          [
            'dev.cdevents.pipelinerun.finished.0.3.0',
            'run-1',
            {
              pipelineName: 'ship',
              uri,
              outcome,
              ...(outcome === 'success' ? {} : { errors: 'As it is.' }),
            },
          ],
        ],
      ] as const,
  ),
  [
    'a step that failed',
    event('step.failed', { after: { step: 'test[1]', pipeline: 'ship' } }),
    [
      [
        'dev.cdevents.taskrun.finished.0.3.0',
        'run-1/test[1]',
        {
          taskName: 'test[1]',
          pipelineRun: { id: 'run-1' },
          outcome: 'failure',
          errors: 'As it is.',
        },
      ],
    ],
  ],
  [
    'a step with an error',
    event('step.errored', { after: { step: 'test' } }),
    [
      [
        'dev.cdevents.taskrun.finished.0.3.0',
        'run-1/test',
        { taskName: 'test', pipelineRun: { id: 'run-1' }, outcome: 'error', errors: 'As it is.' },
      ],
    ],
  ],
  ['what CDEvents has no word for', event('token.created'), []],
  ['what every object has', event('constructor'), []],
  ['an event without its parts', event('run.failed', { object: null }), []],
  ['a step without its name', event('step.failed', { after: [] }), []],
  ['a rollout of nothing', event('rollout.rolledBack', { application: null }), []],
];

test.each(rows)('%s', (_what, one, expected) => {
  expect(short(one)).toEqual(expected);
});

test('a server with an address says where a run can be asked for', () => {
  const [one] = cdeventsOf(
    event('run.started', { after: { pipeline: 'ship' } }),
    'https://tide.example/x',
  );
  expect(one?.subject.content.uri).toBe('https://tide.example/api/v1/runs/run-1');
});

test('ids are the same each time, and no two are', () => {
  const ids = () => cdeventsOf(event('rollout.rolledBack')).map((one) => one.context.id);
  expect(ids()).toEqual(ids());
  expect(new Set(ids()).size).toBe(2);
});

test('each is a CloudEvent that others can read', () => {
  for (const one of cdeventsOf(event('rollout.rolledBack'), 'https://tidegate.example/')) {
    const { contentType, body } = toCloudEvent(one);
    const read = HTTP.toEvent({ headers: { 'content-type': contentType }, body });
    if (Array.isArray(read)) throw new Error('one event is not many');
    expect((read as CloudEvent<unknown>).validate()).toBe(true);
    expect(read).toMatchObject({
      id: one.context.id,
      source: 'https://tidegate.example/',
      type: one.context.type,
      subject: one.subject.id,
      data: one,
    });
  }
});
