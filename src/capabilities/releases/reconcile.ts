import { renderRelease } from '../../contract/kinds/render.ts';
import type { Reconciler } from '../../engine/types.ts';
import type { Database } from '../../platform/db/types.ts';
import { fail } from '../../platform/errors/problem.ts';
import { readApplication } from '../sources/reads.ts';
import { decidePromotion } from './decide.ts';
import { readDesiredFile } from './desired.ts';
import { readRelease } from './reads.ts';
import type { PromotionSnapshot, PromotionState } from './types.ts';

export type PromotionDeps = {
  readonly db: Database;
  /** Branch of a config repository, by the repository's name. */
  readonly branchOf: (repository: string) => Promise<string>;
  readonly render?: typeof renderRelease;
};

export function promotionReconciler(
  deps: PromotionDeps,
): Reconciler<PromotionState, PromotionSnapshot> {
  const { render = renderRelease } = deps;
  return {
    kind: 'promotion',
    schema: 1,
    upgrade: (state) => state as PromotionState,
    async load(object, inbox) {
      const { application, environment, release: id } = object.state;
      const [release, declared, file] = await Promise.all([
        readRelease(deps.db, id),
        readApplication(deps.db, application),
        readDesiredFile(deps.db, application, environment),
      ]);
      if (!release)
        fail('TG1202', {
          detail: `Promotion ${object.key} is of release ${id}, which is not there.`,
        });
      if (!declared)
        fail('TG1204', { detail: `No application ${application} is declared any more.` });
      return {
        id: object.id,
        state: object.state,
        release,
        text: render(release.content, environment),
        repository: declared.repository,
        branch: await deps.branchOf(declared.repository),
        file,
        effects: inbox.effects,
      };
    },
    decide: decidePromotion,
  };
}
