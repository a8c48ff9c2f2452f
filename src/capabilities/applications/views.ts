import type { ApplicationView } from '../../contract/api/applications.ts';
import type { Application } from '../../contract/kinds/application.ts';
import type { Problem } from '../../platform/errors/problem.ts';
import type { Json } from '../../platform/ids/types.ts';
import { hideCredentials, hideSecrets } from '../../platform/text/hide.ts';
import type { StoredDocument } from '../sources/reads.ts';
import type { PathEntry } from './reads.ts';

/** An application as its page shows it; `path` in the order of its environments. */
export function viewApplication(
  found: StoredDocument<Application>,
  path: readonly PathEntry[],
): ApplicationView {
  const { name, repository, commit, spec, problems } = found;
  const replicas = new Map(
    spec?.spec.environments.map((one) => [one.name, one.replicas ?? spec.spec.replicas]),
  );
  return {
    name,
    repository,
    path: found.path,
    commit,
    updatedAt: found.updatedAt.toISOString(),
    document: hideSecrets(spec as unknown as Json) as ApplicationView['document'],
    problems: problems.map(viewProblem),
    environments: path.map((one) => ({ ...one, replicas: replicas.get(one.name) ?? 0 })),
  };
}

/** What is kept of a problem, which may say what stood in the document. */
export const viewProblem = ({
  code,
  title,
  detail,
  hint,
  where,
}: Problem): ApplicationView['problems'][number] => ({
  code,
  title,
  detail: hideCredentials(detail),
  hint,
  ...(where ? { where: { ...where } } : {}),
});
