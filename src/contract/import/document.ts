import { stringify } from 'yaml';
import { problem } from '../../platform/errors/problem.ts';
import type {
  ImportedDocument,
  ImportNote,
  ImportResult,
  TakeNote,
  TemplateDocument,
} from './types.ts';
import { notValid } from './valid.ts';

export type Notebook = { readonly note: TakeNote; readonly notes: readonly ImportNote[] };

/** A list of notes without repetitions; each import begins its own. */
export function notebook(): Notebook {
  const notes: ImportNote[] = [];
  const taken = new Set<string>();
  return {
    notes,
    note(where, what, fix) {
      const key = `${where}\n${what}`;
      if (taken.has(key)) return;
      taken.add(key);
      notes.push({ where, what, fix });
    },
  };
}

export type Names = { of(text: string, where: string, note: TakeNote): string };

/** DNS labels of names that may be anything, each once within the same list. */
export function names(): Names {
  const given = new Set<string>();
  const repeated = new Map<string, number>();
  return {
    of(text, where, note) {
      const label = labelOf(text);
      let name = label;
      let more = repeated.get(label) ?? 1;
      while (given.has(name)) {
        more += 1;
        name = `${label.slice(0, 56).replace(/-+$/, '')}-${more}`;
      }
      repeated.set(label, more);
      given.add(name);
      if (name !== text) {
        const why = 'names have lower-case letters, digits and -, and each is there once';
        note(where, `"${text.slice(0, 100)}" is called ${name} here; ${why}.`, 'Use the new name.');
      }
      return name;
    },
  };
}

function labelOf(text: string): string {
  const label = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '');
  return label === '' || label === 'constructor' ? 'imported' : label;
}

export function imported(name: string, spec: TemplateDocument['spec']): ImportedDocument {
  const document: TemplateDocument = {
    apiVersion: 'tidegate.dev/v1',
    kind: 'AnalysisTemplate',
    metadata: { name },
    spec,
  };
  const yaml = stringify(document, {
    lineWidth: 0,
    version: '1.2',
    schema: 'core',
    aliasDuplicateObjects: false,
  });
  return { document, yaml };
}

/** What to answer with: the documents, or why there are none. */
export function finished(
  documents: readonly ImportedDocument[],
  notes: readonly ImportNote[],
  { wanted, file }: { readonly wanted: string; readonly file: string },
): ImportResult {
  if (documents.length > 0) {
    const found = documents.flatMap(({ document }) => notValid(document));
    return { ok: true, documents, notes: [...notes, ...found] };
  }
  const first = notes.slice(0, 3).map((note) => `${note.where}: ${note.what}`);
  const detail = [`There is no ${wanted} in it that could be imported.`, ...first].join(' ');
  return { ok: false, problem: problem('TG1403', { detail, where: { file } }) };
}

/** Leaves out what is undefined, so that documents hold only what was given. */
export const given = <T extends { readonly [name: string]: unknown }>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
