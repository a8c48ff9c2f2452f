import { renderRelease } from '../../src/contract/kinds/render.ts';
import { type ParsedFile, parseDocuments } from '../../src/contract/kinds/validate.ts';

export type RememberedTexts = {
  readonly parse: typeof parseDocuments;
  readonly render: typeof renderRelease;
};

/** Texts that are remembered at most; then all are forgotten. */
const most = 2_000;

/**
 * The product's own parser and renderer, asked once for each text: worlds of all seeds make the same releases of the same
 * few files. What is remembered is frozen, so that no world can change what another one reads.
 */
export function rememberedTexts(): RememberedTexts {
  const parsed = new Map<string, ParsedFile>();
  const rendered = new Map<string, string>();
  return {
    parse: (text, file) =>
      remembered(parsed, `${file}\n${text}`, () => frozen(parseDocuments(text, file))),
    render: (content, environment) =>
      remembered(rendered, `${environment}\n${JSON.stringify(content)}`, () =>
        renderRelease(content, environment),
      ),
  };
}

function remembered<T>(known: Map<string, T>, key: string, work: () => T): T {
  const before = known.get(key);
  if (before !== undefined) return before;
  const found = work();
  if (known.size >= most) known.clear();
  known.set(key, found);
  return found;
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) frozen(inner);
  return value;
}
