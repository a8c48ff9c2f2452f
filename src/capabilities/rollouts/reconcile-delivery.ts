import type { Environment } from '../../contract/kinds/environment.ts';
import type { ReleaseDocument } from '../../contract/kinds/release.ts';
import type { Reconciler } from '../../engine/types.ts';
import type { Sql } from '../../platform/db/types.ts';
import { renderProblem } from '../../platform/errors/problem.ts';
import { readTargetViews } from '../fleet/reads.ts';
import { readQuarantine, readReleases, wasStable } from '../releases/reads.ts';
import type { Release, ReleaseContent } from '../releases/types.ts';
import { readDocuments, type StoredDocument } from '../sources/reads.ts';
import { applyWrites, type NeighbourWrites } from './apply.ts';
import { decideDelivery } from './decide-delivery.ts';
import { listIntentTargets, readRollout } from './reads.ts';
import { upgraded } from './reconcile.ts';
import type { DeliverySnapshot, DeliveryState, DeliveryWrite, DesiredRelease } from './types.ts';

export type DeliveryDeps = NeighbourWrites & {
  readonly db: Sql;
  readonly newId: (prefix: string) => string;
  /** Id and digest that follow from the content of a Release document. */
  readonly contentOf: (document: ReleaseDocument) => {
    readonly content: ReleaseContent;
    readonly id: string;
    readonly digest: string;
  };
};

export function deliveryReconciler(
  deps: DeliveryDeps,
): Reconciler<DeliveryState, DeliverySnapshot, DeliveryWrite> {
  return {
    kind: 'delivery',
    schema: 1,
    upgrade: (state, from) => upgraded<DeliveryState>('delivery', state, from),
    load: async (object, inbox) => {
      const { application: name, environment: place, active, stable } = object.state;
      const { db } = deps;
      // Its rollout comes first: of one that is over, all that it left behind is there to be read after it.
      const [[application, environment, document], rollout] = await Promise.all([
        readDocuments(db, [
          { kind: 'Application', name },
          { kind: 'Environment', name: place },
          { kind: 'Release', name: `${place}/${name}` },
        ]),
        active === null ? null : readRollout(db, active),
      ]);
      const declared = present(environment);
      const spec = present(document);
      const content = spec === null ? null : deps.contentOf(spec);
      const id = content?.id ?? null;
      const ids = [id, stable].filter((one) => one !== null);
      const [releases, targets, was, quarantine] = await Promise.all([
        readReleases(db, ids),
        targetNames(db, name, place, declared),
        id !== null && wasStable(db, name, place, id),
        id === null ? null : readQuarantine(db, name, place, id),
      ]);
      return {
        id: object.key,
        state: object.state,
        application: present(application),
        environment: declared,
        desired: desiredOf(content, document, releases, inbox.now),
        problem: problemOf(document),
        stable: stable === null ? null : (releases.get(stable) ?? null),
        // Only whether the desired one is among them matters, however long the history is.
        stables: id !== null && was ? [id] : [],
        quarantine,
        active: rollout,
        targets: await readTargetViews(db, name, place, targets),
        nextId: deps.newId('ro'),
        requests: inbox.requests,
      };
    },
    decide: decideDelivery,
    apply: async (tx, object, writes) => {
      const { application, environment, active } = object.state;
      const subject = { application, environment, rollout: active ?? '' };
      await applyWrites(tx, deps, subject, object.id, writes);
    },
  };
}

function present<T>(document: StoredDocument<T> | null): T | null {
  return document && !document.deleted ? document.spec : null;
}

function problemOf(document: StoredDocument<unknown> | null): string | null {
  const [first] = document?.problems ?? [];
  return first ? renderProblem(first) : null;
}

/** What Git declares. A release that only a person's commit knows is not kept yet: `isNew` says so. */
function desiredOf(
  declared: ReturnType<DeliveryDeps['contentOf']> | null,
  document: StoredDocument<ReleaseDocument> | null,
  releases: ReadonlyMap<string, Release>,
  now: Date,
): DesiredRelease | null {
  if (!document || !declared) return null;
  const { author, subject, trailers } = document.commitInfo;
  const kept = releases.get(declared.id);
  const unkept: Release = {
    ...declared,
    subject,
    author,
    committedAt: null,
    createdAt: now,
    createdBy: `git:${author}`,
  };
  return {
    release: kept ?? unkept,
    isNew: kept === undefined,
    commit: { id: document.commit, author, subject, trailers },
    repository: document.repository,
    path: document.path,
  };
}

/** Targets of the environment, and those that still serve this application though they left it. */
async function targetNames(
  sql: Sql,
  application: string,
  place: string,
  environment: Environment | null,
): Promise<readonly string[]> {
  const declared = environment?.spec.waves.flatMap((wave) => wave.targets) ?? [];
  const serving = await listIntentTargets(sql, application, place);
  return [...new Set([...declared, ...serving])];
}
