import type { EffectHandler } from '../../engine/types.ts';
import type { Json } from '../../platform/ids/types.ts';
import type { Begin } from './types.ts';

type Asker = { readonly actor: string; readonly role: string; readonly requestId: null };

export type BeginDeps = {
  /** Makes a release, or finds the one that has the same content. */
  readonly createRelease: (
    input: {
      readonly application: string;
      readonly ref?: string | undefined;
      readonly image?: string | undefined;
    },
    asker: Asker,
  ) => Promise<{ readonly release: { readonly id: string } }>;
  /** Begins a run; the same id twice is one run. */
  readonly start: (
    input: {
      readonly id: string;
      readonly pipeline?: string | undefined;
      readonly application?: string | undefined;
      readonly inputs: Begin['inputs'];
      readonly release?: string | undefined;
      readonly commit?: string | undefined;
      readonly because: string;
      readonly origin: { readonly trigger: string; readonly event: Json };
    },
    asker: Asker,
  ) => Promise<{ readonly id: string; readonly created: boolean }>;
};

/**
 * Effect `trigger.begin`: makes the release, then begins the run. It may come twice and half-way: the release is known by
 * its content and the run by its id, so the second time finds what the first one made.
 */
export function beginEffect(deps: BeginDeps): EffectHandler {
  return {
    kind: 'trigger.begin',
    async run(payload) {
      const begin = payload as unknown as Begin;
      const { application, release, commit } = begin;
      const asker: Asker = {
        actor: `trigger:${begin.pipeline}/${begin.trigger}`,
        role: 'deployer',
        requestId: null,
      };
      const made =
        application !== null && release !== null
          ? await deps.createRelease(
              {
                application,
                ...(release.ref === null ? {} : { ref: release.ref }),
                ...(release.image === null ? {} : { image: release.image }),
              },
              asker,
            )
          : null;
      const started = await deps.start(
        {
          id: begin.run,
          ...(begin.isGenerated ? {} : { pipeline: begin.pipeline }),
          ...(application === null ? {} : { application }),
          inputs: begin.inputs,
          ...(made ? { release: made.release.id } : {}),
          ...(commit === null || made ? {} : { commit }),
          because: begin.because,
          origin: { trigger: begin.on, event: begin.event },
        },
        asker,
      );
      return { run: started.id, created: started.created, release: made?.release.id ?? null };
    },
  };
}
