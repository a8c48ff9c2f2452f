import { sha256 } from '../../../platform/ids/digest.ts';
import type { Json } from '../../../platform/ids/types.ts';
import type { StepAdapter, StepSubject } from '../port.ts';
import { decideDeploy } from './decide.ts';
import { type DeployFacts, deployEffectSchema, memorySchema, settingsSchema } from './shapes.ts';

export type DeployWish = {
  /** Id of the promotion; the same id twice is one promotion. */
  readonly id: string;
  readonly application: string;
  readonly environment: string;
  /** Null: the run's own; without one, that of its commit; without that, what a promotion takes by itself. */
  readonly release: string | null;
  readonly fast: boolean;
  readonly because: string;
  readonly subject: StepSubject;
};

export type DeployDeps = {
  /** Opens a promotion. `refused`: the release may not go there (quarantine). */
  readonly promote: (
    wish: DeployWish,
  ) => Promise<
    | { readonly is: 'opened'; readonly promotion: string; readonly release: string }
    | { readonly is: 'refused'; readonly because: string }
  >;
  readonly readDeploy: (ask: {
    readonly run: string;
    readonly application: string;
    readonly environment: string;
    readonly promotion: string;
    /** The rollout that is awaited already. */
    readonly rollout: string | null;
  }) => Promise<DeployFacts>;
  /** Leaves the request `abort`; the same key twice is one request. */
  readonly abortRollout: (wish: {
    readonly rollout: string;
    readonly actor: string;
    readonly because: string;
    readonly key: string;
  }) => Promise<void>;
};

/** Brings a release into an environment by a commit, and waits for its rollout. */
export function deployStep({ promote, readDeploy, abortRollout }: DeployDeps): StepAdapter {
  return {
    kind: 'deploy',
    decide: decideDeploy,
    async load(look) {
      const memory = memorySchema.safeParse(look.memory).data;
      const settings = settingsSchema.safeParse(look.settings).data;
      if (!memory?.promotion || !settings) return null;
      const { application, promotion, rollout } = memory;
      const { environment } = settings;
      const { run } = look.subject;
      return (await readDeploy({ run, application, environment, promotion, rollout })) as Json;
    },
    async run(payload, { key, subject }) {
      const effect = deployEffectSchema.parse(payload);
      if (effect.do === 'promote') {
        const { do: _, ...wish } = effect;
        return await promote({ ...wish, id: promotionId(key), subject });
      }
      const { rollout, actor, because } = effect;
      await abortRollout({ rollout, actor, because, key });
      return { rollout };
    },
  };
}

/** The promotion of an effect, however often the effect is carried out. */
export const promotionId = (key: string): string => `pr-${sha256(key).slice(0, 18)}`;
