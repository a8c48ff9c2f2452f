import { expect, test } from 'vitest';
import type { EffectOutcome } from '../../engine/types.ts';
import { problem } from '../../platform/errors/problem.ts';
import { decidePromotion } from './decide.ts';
import type { PromotionSnapshot, PromotionState } from './types.ts';

const now = new Date('2026-01-05T10:00:00Z');

const state: PromotionState = {
  application: 'checkout',
  environment: 'production',
  release: 'r-aaaaaaaaaaaa',
  kind: 'promotion',
  actor: 'user:ada',
  because: 'ship the\nfix',
  fastTrack: false,
  retry: false,
  requestId: 'req-1',
  phase: 'requested',
  overtaken: 0,
  commit: null,
  startedAt: now.toISOString(),
};

function snapshot(
  over: Partial<PromotionSnapshot> = {},
  stateOver: Partial<PromotionState> = {},
): PromotionSnapshot {
  return {
    id: 'promotion/pr-1',
    state: { ...state, ...stateOver },
    release: {
      id: 'r-aaaaaaaaaaaa',
      digest: 'a'.repeat(64),
      content: {
        application: 'checkout',
        commit: 'c'.repeat(40),
        artifact: { image: `shop@sha256:${'0'.repeat(64)}` },
        config: {
          command: [],
          env: {},
          health: {
            readiness: { path: '/', interval: 1, timeout: 1, failureThreshold: 1 },
            liveness: null,
            startTimeout: 1,
            drain: 1,
          },
        },
      },
      subject: 'Fix rounding',
      author: 'Ada',
      committedAt: null,
      createdAt: now,
      createdBy: 'user:ada',
    },
    text: 'kind: Release\n',
    repository: 'config',
    branch: 'main',
    file: {
      path: 'environments/production/checkout.yaml',
      blob: 'b'.repeat(40),
      release: 'r-old',
      shared: false,
    },
    effects: [],
    ...over,
  };
}

const effect = (outcome: EffectOutcome['outcome']): EffectOutcome => ({
  id: 7,
  key: 'promotion/pr-1/1/0',
  kind: 'git.commit',
  payload: null,
  outcome,
});

test('a promotion asks for one commit on top of the file that it has read', () => {
  const decision = decidePromotion(snapshot(), now);
  expect(decision).toMatchObject({ phase: 'committing', terminal: false, wakeAt: null });
  expect(decision.effects).toHaveLength(1);
  expect(decision.effects?.[0]).toMatchObject({
    kind: 'git.commit',
    payload: {
      repository: 'config',
      branch: 'main',
      edits: [{ path: 'environments/production/checkout.yaml', content: 'kind: Release\n' }],
      expect: { 'environments/production/checkout.yaml': 'b'.repeat(40) },
      trailers: {
        'Tidegate-Promotion': 'pr-1',
        'Tidegate-Release': 'r-aaaaaaaaaaaa',
        'Tidegate-Reason': 'ship the fix',
      },
    },
  });
});

test('a promotion that a run asked for says so in its commit, and wakes it at either end', () => {
  const asked = decidePromotion(snapshot({}, { run: 'run-1' }), now);
  expect(asked.effects?.[0]?.payload).toMatchObject({ trailers: { 'Tidegate-Run': 'run-1' } });
  expect(asked.wake ?? []).toEqual([]);
  const done = effect({ ok: true, value: { ok: true, commit: 'd'.repeat(40), repeated: false } });
  const no = effect({ ok: false, problem: problem('TG1101', { detail: 'Gone.' }) });
  for (const one of [done, no]) {
    const { wake } = decidePromotion(snapshot({ effects: [one] }, { run: 'run-1' }), now);
    expect(wake).toEqual(['source/config', 'run/run-1']);
  }
});

test('a promotion names a new file when there is none, and expects it to stay absent', () => {
  const payload = decidePromotion(snapshot({ file: null }), now).effects?.[0]?.payload;
  expect(payload).toMatchObject({ expect: { 'environments/production/checkout.yaml': null } });
});

test.each([
  ['a rollback', { kind: 'rollback' as const }, 'Tidegate-Rollback'],
  ['the fast track', { fastTrack: true }, 'Tidegate-Fast-Track'],
  ['a retry of a quarantined release', { retry: true }, 'Tidegate-Retry'],
])('a promotion tells %s by a trailer', (_name, over, trailer) => {
  const payload = decidePromotion(snapshot({}, over), now).effects?.[0]?.payload;
  expect(payload).toMatchObject({ trailers: { [trailer]: 'true' } });
});

test('a promotion leaves out a reason that was not given', () => {
  const payload = decidePromotion(snapshot({}, { because: '' }), now).effects?.[0]?.payload as {
    trailers: object;
  };
  expect(payload.trailers).not.toHaveProperty('Tidegate-Reason');
});

test('a promotion is committed with one event that holds the commit', () => {
  const done = effect({ ok: true, value: { ok: true, commit: 'd'.repeat(40), repeated: false } });
  const decision = decidePromotion(snapshot({ effects: [done] }), now);
  expect(decision).toMatchObject({
    phase: 'committed',
    terminal: true,
    state: { commit: 'd'.repeat(40) },
    taken: { effects: [7] },
    wake: ['source/config'],
    events: [
      {
        type: 'promotion.committed',
        outcome: 'done',
        before: { release: 'r-old' },
        after: { release: 'r-aaaaaaaaaaaa' },
        requestId: 'req-1',
      },
    ],
  });
  expect(decision.because).toContain('ship the\nfix');
});

test('a promotion is committed without a commit when Git already says so', () => {
  const unchanged = effect({
    ok: true,
    value: { ok: false, reason: 'unchanged', head: 'e'.repeat(40) },
  });
  const decision = decidePromotion(
    snapshot({ effects: [unchanged] }, { requestId: null, because: '' }),
    now,
  );
  expect(decision).toMatchObject({ phase: 'committed', state: { commit: 'e'.repeat(40) } });
  expect(decision.because).toContain('already declares');
});

test('a promotion waits and looks again when a newer commit was first, then gives up', () => {
  const overtaken = effect({
    ok: true,
    value: { ok: false, reason: 'overtaken', head: 'e'.repeat(40) },
  });
  const first = decidePromotion(snapshot({ effects: [overtaken] }), now);
  expect(first).toMatchObject({
    phase: 'waiting',
    terminal: false,
    state: { overtaken: 1 },
    wake: ['source/config'],
  });
  expect(first.wakeAt).toEqual(new Date(now.getTime() + 500));
  const last = decidePromotion(
    snapshot({ effects: [overtaken] }, { phase: 'waiting', overtaken: 4 }),
    now,
  );
  expect(last).toMatchObject({
    phase: 'failed',
    terminal: true,
    events: [{ type: 'promotion.failed', outcome: 'failed', after: { release: 'r-old' } }],
  });
});

test('a promotion fails with the reason of the push, having changed nothing', () => {
  const refused = effect({
    ok: false,
    problem: problem('TG1101', { detail: 'The repository is gone.' }),
  });
  const decision = decidePromotion(snapshot({ effects: [refused], file: null }), now);
  expect(decision).toMatchObject({
    phase: 'failed',
    terminal: true,
    events: [{ after: { release: null } }],
  });
  expect(decision.because).toContain('The repository is gone.');
});

test('a promotion does not rewrite a file that declares more', () => {
  const file = { path: 'all.yaml', blob: 'b'.repeat(40), release: null, shared: true };
  const decision = decidePromotion(snapshot({ file }), now);
  expect(decision).toMatchObject({ phase: 'failed', terminal: true });
  expect(decision.effects).toBeUndefined();
});

test.each(['committed', 'failed'] as const)('a promotion stays %s', (phase) => {
  const late = effect({ ok: true, value: { ok: true, commit: 'd'.repeat(40) } });
  const decision = decidePromotion(snapshot({ effects: [late] }, { phase }), now);
  expect(decision).toMatchObject({ phase, terminal: true, taken: { effects: [7] } });
  expect(decision.events).toBeUndefined();
});

test('a promotion says the same twice', () => {
  expect(decidePromotion(snapshot(), now)).toEqual(decidePromotion(snapshot(), now));
});

test('a promotion does not ask for its commit twice while the first is under way', () => {
  const decision = decidePromotion(snapshot({}, { phase: 'committing' }), now);
  expect(decision).toMatchObject({ phase: 'committing', terminal: false, wakeAt: null });
  expect(decision.effects).toBeUndefined();
  expect(decision.because).toContain('Waiting for the commit');
});
