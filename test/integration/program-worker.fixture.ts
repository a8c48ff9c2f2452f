/*
 * A worker with the real engine and the real shell step as a process of its own, for tests that kill it:
 * node program-worker.fixture.ts URL DIRECTORY.
 */
import { stepEffects } from '../../src/capabilities/pipelines/effects.ts';
import { reconcilerOf } from '../../src/engine/engine.fixture.ts';
import { startEngine } from '../../src/engine/engine.ts';
import type { EffectOutcome } from '../../src/engine/types.ts';
import { shellStep } from '../../src/integrations/step/shell/shell.ts';
import { openDatabase } from '../../src/platform/db/pool.ts';
import type { Database } from '../../src/platform/db/types.ts';
import type { Json } from '../../src/platform/ids/types.ts';
import { createLog } from '../../src/platform/log/log.ts';

type Asked = { readonly script: string; readonly outcome: EffectOutcome['outcome'] | null };

/** Runs one script, and stops it when it is asked to. */
const asker = reconcilerOf<Asked>({
  kind: 'run',
  decide: ({ key, phase, state, effects, requests }) => {
    const subject = {
      ...{ run: key, pipeline: 'p', step: 'build', attempt: 1, application: null },
      ...{ release: null, commit: null, actor: 'user:ada', author: null },
    };
    const settings = { script: state.script, env: {}, checkout: false, timeout: 60_000 };
    const payload: Json = {
      instance: 'build',
      attempt: 1,
      subject,
      secrets: {},
      payload: settings,
    };
    const [news] = effects;
    return {
      state: { ...state, outcome: news?.outcome ?? state.outcome },
      phase: news ? 'over' : 'asked',
      terminal: news !== undefined,
      because: 'a test',
      wakeAt: null,
      effects: phase === 'new' ? [{ kind: 'step.shell', payload, tag: 'build#1' }] : [],
      stop: requests.map(() => 'build#1'),
      taken: { effects: effects.map(({ id }) => id), requests: requests.map(({ id }) => id) },
    };
  },
});

export function startProgramWorker(db: Database, directory: string, worker: string) {
  const adapters = [shellStep({ directory, checkout: async () => undefined })];
  const log = createLog({ name: 'test', level: 'silent' });
  const secrets = { env: {}, directory: null };
  return startEngine({
    ...{ db, worker, log },
    reconcilers: [asker],
    handlers: stepEffects({ sql: db, adapters, secrets, log }),
    longOutbox: { lease: 2_000 },
  });
}

if (import.meta.main) {
  const [, , url, directory] = process.argv;
  if (url === undefined || directory === undefined) throw new Error('usage: URL DIRECTORY');
  await startProgramWorker(openDatabase(url, { max: 4 }), directory, `child-${process.pid}`);
}
