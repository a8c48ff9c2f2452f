import { type PromotionView, promotionViewSchema } from '../contract/api/releases.ts';
import { type RolloutView, rolloutViewSchema } from '../contract/api/rollouts.ts';
import { type RunView, runViewSchema } from '../contract/api/runs.ts';
import { fail, ProblemError } from '../platform/errors/problem.ts';
import type { Client } from './client.ts';
import { rolloutLine, rolloutPicture } from './render/rollout.ts';
import { runLine, runPicture } from './render/run.ts';
import type { Terminal } from './terminal.ts';

export type Follow = {
  readonly client: Client;
  readonly terminal: Terminal;
  /** Says nothing meanwhile. */
  readonly quiet: boolean;
  /** Milliseconds after which it gives up watching; what it watches goes on. */
  readonly timeout: number;
};

const between = 400;
/** Codes of a server that is away for a moment: what is watched goes on without it. */
const away = new Set(['TG1803', 'TG1701', 'TG1604']);

/** Draws a rollout until it has ended and returns it. */
export async function followRollout(follow: Follow, id: string): Promise<RolloutView> {
  const progress = openProgress(follow);
  try {
    return await untilDone(follow, progress, async () => {
      const view = await follow.client.get(`/rollouts/${id}`, rolloutViewSchema);
      progress.show(
        (columns, now) => rolloutPicture(view, { colours: follow.terminal.colours, columns, now }),
        rolloutLine(view),
      );
      return view.terminal ? view : null;
    });
  } finally {
    progress.end();
  }
}

/** Draws a run until it has ended and returns it. */
export async function followRun(follow: Follow, id: string): Promise<RunView> {
  const progress = openProgress(follow);
  return await untilDone(follow, progress, async () => {
    const view = await follow.client.get(`/runs/${id}`, runViewSchema);
    progress.show(
      (columns, now) => runPicture(view, { colours: follow.terminal.colours, columns, now }),
      runLine(view),
    );
    return view.terminal ? view : null;
  }).finally(progress.end);
}

/** Follows a promotion to its commit and to the rollout that the commit opened; null when there was nothing to commit. */
export async function followPromotion(
  follow: Follow,
  promotion: PromotionView,
): Promise<{ promotion: PromotionView; rollout: RolloutView | null }> {
  const progress = openProgress(follow);
  const found = await untilDone(follow, progress, async () => {
    const now = await follow.client.get(`/promotions/${promotion.id}`, promotionViewSchema);
    const text = `${now.kind} ${now.id}: ${now.phase}. ${now.message}`;
    progress.show(() => [text], text);
    if (now.phase === 'failed') return now;
    const over = now.rollout !== null || (now.phase === 'committed' && now.commit === null);
    return now.phase === 'committed' && over ? now : null;
  }).finally(progress.end);
  const rollout = found.rollout === null ? null : await followRollout(follow, found.rollout.id);
  return { promotion: found, rollout };
}

async function untilDone<T>(
  { terminal, timeout }: Follow,
  progress: Progress,
  look: () => Promise<T | null>,
): Promise<T> {
  const until = Date.now() + timeout;
  for (;;) {
    try {
      const done = await look();
      if (done !== null) return done;
    } catch (error) {
      if (!(error instanceof ProblemError) || !away.has(error.problem.code)) throw error;
      const text = `The server is away (${error.problem.code}); what it started goes on. Trying again …`;
      progress.show(() => [text], text);
    }
    if (terminal.interrupted.aborted || Date.now() > until) {
      fail('TG1804', {
        detail: terminal.interrupted.aborted ? 'Interrupted.' : 'It took too long.',
      });
    }
    await new Promise((resolve) => setTimeout(resolve, between));
  }
}

type Progress = {
  /** `picture` is drawn over the one before; `line` is what a log gets, once. */
  show(picture: (columns: number, now: Date) => readonly string[], line: string): void;
  end(): void;
};

function openProgress({ terminal, quiet }: Follow): Progress {
  const last = { line: '' };
  return {
    show(picture, line) {
      if (quiet) return;
      if (terminal.live) terminal.draw(picture(terminal.columns, new Date()).join('\n'));
      else if (line !== last.line) terminal.err(line);
      last.line = line;
    },
    end() {
      if (!quiet && terminal.live) terminal.drawn();
    },
  };
}
