import type { Json } from '../../platform/ids/types.ts';

/** The version of CDEvents that is sent: https://github.com/cdevents/spec/tree/v0.5.1. Each type has one of its own. */
export const cdeventsVersion = '0.5.1';
const typeVersion = '0.3.0';

/** What the mapping needs of an audit event. */
export type AuditEvent = {
  readonly id: number;
  /** ISO 8601 */
  readonly at: string;
  readonly type: string;
  readonly actor: string;
  /** `rollout/ro-…`, `run/run-…`. */
  readonly object: string | null;
  readonly application: string | null;
  readonly environment: string | null;
  readonly because: string;
  readonly before: Json;
  readonly after: Json;
};

export type CDEvent = {
  readonly context: {
    readonly specversion: typeof cdeventsVersion;
    readonly id: string;
    readonly source: string;
    readonly type: string;
    readonly timestamp: string;
  };
  readonly subject: {
    readonly id: string;
    readonly source: string;
    readonly content: { readonly [field: string]: Json };
  };
  readonly customData: { readonly [field: string]: Json };
};

type Content = CDEvent['subject']['content'];
/** `service.upgraded` and what it is about; null where the event says nothing that CDEvents has a word for. */
type Said = { readonly what: string; readonly id: string; readonly content: Content };
type Rule = (event: AuditEvent, source: string) => readonly Said[];

/**
 * An audit event in the words of CDEvents, for whoever counts deployments and failures over many tools: none, one, or
 * for a rollback that Tidegate began by itself two. Pure; the same event gives the same ids, so that one delivered twice
 * counts once. `source` is the address of this server, or a path that names it.
 */
export function cdeventsOf(event: AuditEvent, source = '/tidegate'): readonly CDEvent[] {
  const rule = Object.hasOwn(rules, event.type) ? rules[event.type] : undefined;
  return (rule?.(event, source) ?? []).map(({ what, id, content }, at) => ({
    context: {
      specversion: cdeventsVersion,
      id: at === 0 ? String(event.id) : `${event.id}.${at}`,
      source,
      type: `dev.cdevents.${what}.${typeVersion}`,
      timestamp: event.at,
    },
    subject: { id, source, content },
    customData: { because: event.because, actor: event.actor, event: event.type },
  }));
}

/** A CDEvent as CloudEvents 1.0 in structured mode. */
export function toCloudEvent(event: CDEvent): {
  readonly contentType: string;
  readonly body: string;
} {
  const { id, source, type, timestamp } = event.context;
  return {
    contentType: 'application/cloudevents+json; charset=utf-8',
    body: JSON.stringify({
      ...{ specversion: '1.0', id, source, type, subject: event.subject.id, time: timestamp },
      ...{ datacontenttype: 'application/json', data: event },
    }),
  };
}

const rules: { readonly [type: string]: Rule | undefined } = {
  'rollout.succeeded': (event) =>
    service(event, releaseOf(event.before) === null ? 'deployed' : 'upgraded', event.after),
  'rollout.rolledBack': (event) => [
    ...service(event, 'rolledback', event.before),
    ...incident(event, 'resolved'),
  ],
  'rollout.aborted': (event) => service(event, 'rolledback', event.before),
  // People and newer commits take a rollout back as well; only what Tidegate found wrong is an incident.
  'rollout.rollingBack': (event) => (event.actor === 'tidegate' ? incident(event, 'detected') : []),
  'run.opened': pipelineRun('queued', () => ({})),
  'run.started': pipelineRun('started', () => ({})),
  'run.succeeded': pipelineRun('finished', () => ({ outcome: 'success' })),
  'run.failed': pipelineRun('finished', (event) => ended(event, 'failure')),
  'run.errored': pipelineRun('finished', (event) => ended(event, 'error')),
  'run.cancelled': pipelineRun('finished', (event) => ended(event, 'cancel')),
  'step.failed': (event) => taskRun(event, ended(event, 'failure')),
  'step.errored': (event) => taskRun(event, ended(event, 'error')),
};

const longestErrors = 2_000;
const ended = ({ because }: AuditEvent, outcome: string): Content => ({
  outcome,
  errors: because.slice(0, longestErrors).toWellFormed(),
});

/** What is running is the release of this part; without one nothing can be said. */
function service(event: AuditEvent, predicate: string, of: Json): readonly Said[] {
  const { application, environment } = event;
  const release = releaseOf(of);
  if (application === null || environment === null || release === null) return [];
  const content = {
    environment: { id: environment },
    artifactId: packageUrl(application, release),
  };
  return [{ what: `service.${predicate}`, id: application, content }];
}

function incident(event: AuditEvent, predicate: string): readonly Said[] {
  const { application, environment, object } = event;
  const release = releaseOf(event.after);
  if (application === null || environment === null || object === null) return [];
  const content = {
    description: event.because.slice(0, longestErrors).toWellFormed(),
    environment: { id: environment },
    service: { id: application },
    ...(release === null ? {} : { artifactId: packageUrl(application, release) }),
  };
  return [{ what: `incident.${predicate}`, id: object, content }];
}

function pipelineRun(predicate: string, more: (event: AuditEvent) => Content): Rule {
  return (event, source) => {
    const pipelineName = textOf(event.after, 'pipeline');
    if (event.object === null || pipelineName === null) return [];
    const id = idOf(event.object);
    const content = { pipelineName, uri: uriOf(source, id), ...more(event) };
    return [{ what: `pipelinerun.${predicate}`, id, content }];
  };
}

/** Where the run can be asked for; a server without an address gives a name for it, which is a URI too. */
const uriOf = (source: string, run: string): string =>
  /^https?:\/\//.test(source) && URL.canParse(source)
    ? new URL(`/api/v1/runs/${encodeURIComponent(run)}`, source).href
    : `urn:tidegate:run:${encodeURIComponent(run)}`;

function taskRun(event: AuditEvent, more: Content): readonly Said[] {
  const taskName = textOf(event.after, 'step');
  if (event.object === null || taskName === null) return [];
  const run = idOf(event.object);
  const content = { taskName, pipelineRun: { id: run }, ...more };
  return [{ what: 'taskrun.finished', id: `${run}/${taskName}`, content }];
}

const idOf = (object: string): string => object.slice(object.indexOf('/') + 1);
const releaseOf = (part: Json): string | null => textOf(part, 'release');

function textOf(part: Json, field: string): string | null {
  if (typeof part !== 'object' || part === null || Array.isArray(part)) return null;
  const value = Object.hasOwn(part, field) ? (part as { [name: string]: Json })[field] : null;
  return typeof value === 'string' && value !== '' ? value : null;
}

/** https://github.com/package-url/purl-spec: a release is of no ecosystem's own kind. */
const packageUrl = (application: string, release: string): string =>
  `pkg:generic/${encodeURIComponent(application)}@${encodeURIComponent(release)}`;
