import { expect, test } from 'vitest';
import { decideDrift } from './decide-drift.ts';
import { specOf, statusOf } from './test/fixtures.ts';
import type { Drift, IntentSpec, Status, VersionStatus } from './types.ts';

const [known] = statusOf('eu-1', 3).versions;
const version = (release: string, change: Partial<VersionStatus> = {}): VersionStatus => ({
  ...(known as VersionStatus),
  release,
  ...change,
});
const served = (versions: readonly VersionStatus[], change: Partial<Status> = {}): Status =>
  statusOf('eu-1', 3, { versions, ...change });
const spec = specOf({ 'r-1': 90, 'r-2': 10 });
const asAsked = [version('r-1', { weight: 90 }), version('r-2', { weight: 10 })];

test.each<[string, IntentSpec, Status | null, readonly Drift[]]>([
  ['nothing', spec, served(asAsked), []],
  [
    'all of it before the first report',
    spec,
    null,
    [{ path: 'status', asked: 'generation 3', served: 'no report' }],
  ],
  [
    'an older generation',
    spec,
    served(asAsked, { generation: 2 }),
    [{ path: 'generation', asked: '3', served: '2' }],
  ],
  [
    'a version that is missing',
    spec,
    served(asAsked.slice(0, 1)),
    [{ path: 'versions.r-2', asked: '1 replica at 10 %', served: 'nothing' }],
  ],
  [
    'another weight',
    spec,
    served([version('r-1', { weight: 66.666 }), version('r-2', { weight: 10.001 })]),
    [{ path: 'versions.r-1.weight', asked: '90 %', served: '66.67 %' }],
  ],
  [
    'too few that are ready, and why',
    spec,
    served([
      version('r-1', { weight: 90, ready: 0 }),
      version('r-2', { weight: 10, ready: 0, replicas: 0, message: 'waiting for /readyz' }),
    ]),
    [
      { path: 'versions.r-1.ready', asked: '1 replica', served: '0 of 1 replica ready' },
      {
        path: 'versions.r-2.ready',
        asked: '1 replica',
        served: '0 of 0 replicas ready: waiting for /readyz',
      },
    ],
  ],
  [
    'a version that nobody asks for, unless nothing of it is left',
    spec,
    served([
      ...asAsked,
      version('r-0', { weight: 0, replicas: 2 }),
      version('r-9', { weight: 0, replicas: 0, ready: 0 }),
    ]),
    [{ path: 'versions.r-0', asked: 'nothing', served: '2 replicas at 0 %' }],
  ],
  [
    'a preview that is not there',
    { ...spec, preview: 'r-2' },
    served(asAsked),
    [{ path: 'preview', asked: 'r-2', served: 'nothing' }],
  ],
  [
    'a preview that stayed',
    spec,
    served(asAsked, { previewEndpoint: 'http://127.0.0.1:1' }),
    [{ path: 'preview', asked: 'nothing', served: 'http://127.0.0.1:1' }],
  ],
  [
    'what keeps it from serving, in its own words',
    spec,
    served(asAsked, { converged: false, message: 'No free port.' }),
    [{ path: 'converged', asked: 'yes', served: 'No free port.' }],
  ],
  [
    'that it is not there yet, when nothing else says so',
    spec,
    served(asAsked, { converged: false }),
    [{ path: 'converged', asked: 'yes', served: 'no' }],
  ],
  [
    'not said twice',
    spec,
    served(asAsked, { generation: 2, converged: false }),
    [{ path: 'generation', asked: '3', served: '2' }],
  ],
])('drift is %s', (_name, asked, report, expected) => {
  expect(decideDrift({ generation: 3, spec: asked }, report)).toEqual(expected);
});
