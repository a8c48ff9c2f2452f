import type { z } from 'zod';
import type { Application } from './application.ts';
import { renderDuration } from './common.ts';
import { type Pipeline, pipelineSchema } from './pipeline.ts';

type Written = z.input<typeof pipelineSchema>;
type Step = Written['spec']['steps'][number];

/**
 * The pipeline of an application that has none of its own: through its environments in order, each after an approval
 * where one is asked for, with a soak between them. It has the name of the application.
 */
export function goldenPath(application: Application): Pipeline {
  return pipelineSchema.parse(written(application));
}

function written({ metadata, spec }: Application): Written {
  const shape = spec.pipeline && 'approve' in spec.pipeline ? spec.pipeline : null;
  const nameOf = namer();
  const steps: Step[] = [];
  const add = (name: string, kind: Omit<Step, 'name'>): void => {
    const before = steps.at(-1);
    steps.push({ name, ...(before ? { needs: [before.name] } : {}), ...kind });
  };
  for (const [index, { name: environment }] of spec.environments.entries()) {
    if (shape?.approve.includes(environment)) {
      const message = `Deploy ${metadata.name} to ${environment}?`;
      add(nameOf('approve', environment), { approve: { message } });
    }
    add(nameOf('deploy', environment), { deploy: { environment } });
    if (shape && shape.soak > 0 && index < spec.environments.length - 1) {
      add(nameOf('soak', environment), { wait: { duration: renderDuration(shape.soak) } });
    }
  }
  const triggers = shape?.onPush ? [{ name: 'push', push: {} }] : [];
  return {
    apiVersion: 'tidegate.dev/v1',
    kind: 'Pipeline',
    metadata: { name: metadata.name },
    spec: {
      description: `${metadata.name} through ${spec.environments.map((one) => one.name).join(', ')}`
        .slice(0, 1024)
        .toWellFormed(),
      concurrency: { group: `application/${metadata.name}`, policy: 'supersede' },
      triggers,
      steps,
    },
  };
}

const longestName = 63;

/** `deploy-staging`; shortened and numbered where that is too long, or taken. */
function namer(): (verb: string, environment: string) => string {
  const taken = new Set<string>();
  return (verb, environment) => {
    let name = `${verb}-${environment}`;
    for (let number = 1; name.length > longestName || taken.has(name); number += 1) {
      const begin = `${verb}-${environment}`.slice(0, longestName - 4).replace(/-+$/, '');
      name = `${begin}-${number}`;
    }
    taken.add(name);
    return name;
  };
}
