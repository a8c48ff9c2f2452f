import { type Problem, problem } from '../../platform/errors/problem.ts';
import { nameSchema } from './common.ts';
import { nearest } from './nearest.ts';
import type { RawDocument } from './parse.ts';
import { isKindName, type KindName, kindNames } from './registry.ts';
import { asRecord, brief } from './shape.ts';

/** Why a document is none of ours; null when it is. */
export function headProblem(raw: RawDocument): Problem | null {
  const head = asRecord(raw.value);
  if (head.apiVersion !== 'tidegate.dev/v1') {
    const detail =
      head.apiVersion === undefined
        ? 'The document has no apiVersion.'
        : `apiVersion is ${brief(head.apiVersion)}.`;
    return problem('TG1002', { detail, where: raw.locate(['apiVersion']) });
  }
  if (typeof head.kind === 'string' && isKindName(head.kind)) return null;
  const near = typeof head.kind === 'string' ? nearest(head.kind, kindNames) : null;
  return problem('TG1003', {
    detail:
      head.kind === undefined
        ? 'The document has no kind.'
        : `There is no kind ${brief(head.kind)}.`,
    hint: near ? `Did you mean ${near}?` : `Use one of ${kindNames.join(', ')}.`,
    where: raw.locate(['kind']),
  });
}

/** Kind and name, as far as they can be read. */
export function identityOf(value: unknown): { kind: KindName | null; name: string | null } {
  const head = asRecord(value);
  const metadata = asRecord(head.metadata);
  const kind = typeof head.kind === 'string' && isKindName(head.kind) ? head.kind : null;
  const ours = head.apiVersion === 'tidegate.dev/v1' && kind !== null;
  const { name, environment } = metadata;
  if (!ours || !isName(name)) return { kind: ours ? kind : null, name: null };
  if (kind !== 'Release') return { kind, name };
  return { kind, name: isName(environment) ? `${environment}/${name}` : null };
}

const isName = (value: unknown): value is string => nameSchema.safeParse(value).success;
