import type { z } from 'zod';
import { analysisTemplateSchema } from '../kinds/analysis-template.ts';
import type { Rule } from '../kinds/common.ts';
import { fieldsOf } from './read.ts';
import type { Fields, ImportNote, TemplateDocument } from './types.ts';

const mostMetrics = 50;
const mend = 'Mend it before you commit the file.';

/**
 * What of a document would be refused: settings of providers that were missing or are not allowed, such as an empty
 * query, metrics that cannot be compared, and too many of them. It is written down nonetheless, to be mended by hand.
 */
export function notValid(document: TemplateDocument): readonly ImportNote[] {
  const { metadata, spec } = document;
  const { error } = analysisTemplateSchema.safeParse(document);
  const byPlace = Map.groupBy(error?.issues ?? [], ({ path }) =>
    placeOf(path, metadata.name, spec),
  );
  const found = [...byPlace].map(([where, issues]) => noteOf(where, issues));
  if (spec.metrics.length <= mostMetrics) return found;
  const what = `It has ${spec.metrics.length} metrics; ${mostMetrics} are allowed.`;
  const others = found.filter(({ where }) => where !== metadata.name);
  return [...others, { where: metadata.name, what, fix: 'Make several templates of it.' }];
}

type Issues = readonly z.core.$ZodIssue[];

function placeOf(
  path: readonly PropertyKey[],
  name: string,
  spec: { readonly metrics: readonly Fields[] },
): string {
  const [, list, index] = path;
  if (list !== 'metrics' || typeof index !== 'number') return name;
  return `${name}: metric ${String(spec.metrics[index]?.name)}`;
}

/** Of the ways that a metric could have been meant, the one that came furthest. */
function noteOf(where: string, issues: Issues): ImportNote {
  const furthest = leaves(issues).toSorted((a, b) => b.path.length - a.path.length)[0];
  if (!furthest) return { where, what: 'It is not valid.', fix: mend };
  const { path, message, hint } = furthest;
  const inMetric = path[1] === 'metrics' && typeof path[2] === 'number';
  const within = path.slice(inMetric ? 3 : 1);
  const ofProvider = within[0] === 'provider' && within.length > 1;
  const place = (ofProvider ? within.slice(1) : within).map(String).join('.');
  const whose = ofProvider ? 'Its provider' : 'It';
  const what = `${whose} is not valid: ${place === '' ? '' : `${place}: `}${message}.`;
  return { where, what, fix: hint ?? mend };
}

type Leaf = {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly hint: string | undefined;
};

function leaves(issues: Issues): readonly Leaf[] {
  return issues.flatMap((issue): readonly Leaf[] => {
    if (issue.code !== 'invalid_union') {
      const rule = issue.code === 'custom' ? fieldsOf(issue.params?.rule) : {};
      const { hint } = rule as Partial<Rule>;
      return [{ path: issue.path, message: issue.message, hint }];
    }
    return issue.errors
      .flatMap(leaves)
      .map((leaf) => ({ ...leaf, path: [...issue.path, ...leaf.path] }));
  });
}
