import type { Change } from '../../../src/contract/api/changes.ts';

/** Names of what is asked and kept; what begins with a name is asked again together. */
export const keys = {
  status: ['status'],
  problems: ['problems'],
  rollouts: ['rollouts'],
  rollout: (id: string) => ['rollout', id],
  runs: ['runs'],
  run: (id: string) => ['run', id],
  applications: ['applications'],
  application: (name: string) => ['application', name],
  targets: ['targets'],
  target: (name: string) => ['target', name],
  events: ['events'],
  me: ['me'],
} as const;

/** What is out of date after a change; rows of the overview are asked for one by one (status.ts). */
export function outdatedBy({ object, application }: Change): readonly (readonly string[])[] {
  const [kind = '', ...rest] = object.split('/');
  const key = rest.join('/');
  const own = application === null ? [] : [keys.application(application)];
  switch (kind) {
    case 'rollout':
      return [keys.rollout(key), keys.rollouts, ...own];
    case 'analysis':
      return [keys.rollout(key.split('/')[0] ?? key)];
    case 'run':
      return [keys.run(key), keys.runs, ...own];
    case 'delivery':
    case 'promotion':
      return own;
    case 'source':
      return [keys.applications, keys.problems, ['application']];
    default:
      return own;
  }
}
