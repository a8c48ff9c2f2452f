import type { Query } from '../../api/client.ts';

export type AuditChoice = {
  readonly [Name in 'q' | 'actor' | 'type' | 'application' | 'environment' | 'since' | 'until']?:
    | string
    | undefined;
};

/** What the address says, as the API asks for it: times that a reader picks are of the reader's zone. */
export function filterOf({ since, until, ...words }: AuditChoice): Query {
  const { q, actor, type, application, environment } = words;
  return {
    ...given({ q: q?.trim(), actor, type, application, environment }),
    ...given({ since: momentOf(since), until: momentOf(until) }),
  };
}

const given = (query: Query): Query =>
  Object.fromEntries(
    Object.entries(query).filter(([, value]) => value !== undefined && value !== ''),
  );

function momentOf(text: string | undefined): string | undefined {
  const at = Date.parse(text ?? '');
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}
