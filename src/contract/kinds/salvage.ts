import type { Fault } from './fault.ts';
import type { JsonSchema } from './json-schema.ts';
import { schemasAt } from './json-schema.ts';
import { type KindDocument, type KindName, kinds } from './registry.ts';
import { sampleOf } from './sample.ts';
import {
  asRecord,
  isOptional,
  type Mend,
  type Path,
  pointerOf,
  type ShapeFault,
  valueAt,
} from './shape.ts';
import { shapeFaults } from './shape-faults.ts';

/** Each takes one more level of a document away; no kind is deeper. */
const mostRounds = 12;
/** A document with more is not read on: it is hostile, or not meant for Tidegate. */
const mostIssues = 1_000;
/** More are of no use to a reader. */
const mostTold = 50;

/** What can be said of a document in spite of its wrong parts. */
export type Salvaged = {
  readonly faults: readonly ShapeFault[];
  /** With what stands in for the wrong parts; only for finding more faults. Null when too much is wrong. */
  readonly document: KindDocument | null;
  /** A fault of that document as one of what was written; null when it may come from a wrong part. */
  readonly asWritten: (fault: Fault) => Fault | null;
};

/** Reads a document by its kind. Where a part is wrong, it tells so, puts the part right in a copy, and reads on. */
export function salvage(kind: KindName, schema: () => JsonSchema, value: unknown): Salvaged {
  const first = kinds[kind].safeParse(value);
  if (first.success) return { faults: [], document: first.data, asWritten: (fault) => fault };
  const repair = new Repair(schema(), value);
  let { issues } = first.error;
  for (let round = 0; round < mostRounds; round += 1) {
    const shape = { kind, schema: repair.schema, value: repair.value };
    const known = issues.length <= mostIssues;
    const found = shapeFaults(shape, known ? issues : issues.slice(0, mostTold));
    if (!repair.apply(found) || !known) break;
    const next = kinds[kind].safeParse(repair.value);
    if (next.success) {
      const { faults, asWritten } = repair;
      return { faults: faults.slice(0, mostTold), document: next.data, asWritten };
    }
    issues = next.error.issues;
  }
  return { faults: repair.faults.slice(0, mostTold), document: null, asWritten: () => null };
}

/** A copy of a document that is put right, and what of it is no longer as it was written. */
class Repair {
  readonly schema: JsonSchema;
  readonly value: unknown;
  readonly faults: ShapeFault[] = [];
  /** Pointers of what was taken away or stands in. */
  readonly #touched = new Set<string>();
  /** The same, and of what holds it: a whole of which a part is missing. */
  readonly #parents = new Set<string>();
  /** Where a part that was moved was written, by its pointer. */
  readonly #moved = new Map<string, Path>();

  constructor(schema: JsonSchema, value: unknown) {
    this.schema = schema;
    // Text and back, so that what aliases share is told apart.
    this.value = JSON.parse(JSON.stringify(value ?? null));
  }

  /** Takes note of the faults and puts right what they speak of; false when nothing of the document is left. */
  apply(found: readonly ShapeFault[]): boolean {
    // Judged all at once, before any is mended: two faults of one value are two.
    const judged = found.map((fault) => ({ fault, cause: this.#causeOf(fault) }));
    for (const { fault, cause } of judged) {
      if (cause === null) this.faults.push({ ...fault, path: this.#original(fault.path) });
    }
    return judged.every(({ fault, cause }) =>
      cause === null || fault.mend.is === 'rule' ? this.#mend(fault.mend) : this.#widen(cause),
    );
  }

  readonly asWritten = (fault: Fault): Fault | null => {
    const unsure = [fault.path, ...(fault.needs ?? [])].some(
      (path) =>
        this.#touchedAt(path) !== null ||
        this.#touchedAt(this.#original(path)) !== null ||
        this.#parents.has(pointerOf(path)),
    );
    return unsure ? null : { ...fault, path: this.#original(fault.path) };
  };

  /** The wrong part that a fault only follows from; null when it is a fault of its own. */
  #causeOf({ path, mend }: ShapeFault): Path | null {
    const at = this.#touchedAt(path);
    if (at !== null || mend.is !== 'rule') {
      // A guess at what a name was meant to be, that does not fit: the name has been told.
      return at ?? (this.#moved.has(pointerOf(path)) ? path : null);
    }
    // Which of them was meant by a field that there is not, is not known.
    if (mend.rule.exactlyOne && this.#parents.has(pointerOf(path))) return path;
    const field = mend.rule.fields.find((one) => this.#touched.has(pointerOf([...path, one])));
    return field === undefined ? null : [...path, field];
  }

  #touchedAt(path: Path): Path | null {
    for (let length = path.length; length > 0; length -= 1) {
      const part = path.slice(0, length);
      if (this.#touched.has(pointerOf(part))) return part;
    }
    return null;
  }

  #original(path: Path): Path {
    for (let length = path.length; length > 0; length -= 1) {
      const from = this.#moved.get(pointerOf(path.slice(0, length)));
      if (from !== undefined) return [...from, ...path.slice(length)];
    }
    return path;
  }

  /** Something else could not stand in for the part: what holds it is wrong as a whole. */
  #widen(cause: Path): boolean {
    if (this.#touched.has(pointerOf(cause))) return this.#fill(cause.slice(0, -1));
    return this.#fill(cause);
  }

  #touch(path: Path): void {
    this.#touched.add(pointerOf(path));
    this.#parents.add(pointerOf(path.slice(0, -1)));
  }

  #mend(mend: Mend): boolean {
    if (mend.is === 'fill') return this.#fill(mend.path);
    if (mend.is === 'drop') this.#drop(mend.path);
    if (mend.is === 'rename') this.#rename(mend.path, mend.to);
    if (mend.is === 'split') this.#split(mend.path, mend.key);
    if (mend.is !== 'rule') return true;
    const { fields, mended, exactlyOne } = mend.rule;
    const holder = asRecord(valueAt(this.value, mend.path));
    const [kept, ...more] = fields.filter((field) => holder[field] !== undefined);
    if (exactlyOne && kept !== undefined) {
      for (const field of more) this.#drop([...mend.path, field]);
      return true;
    }
    Object.assign(holder, mended);
    for (const field of Object.keys(mended)) this.#touch([...mend.path, field]);
    return true;
  }

  #drop(path: Path): void {
    delete asRecord(valueAt(this.value, path.slice(0, -1)))[String(path.at(-1))];
    this.#touch(path);
  }

  #fill(path: Path): boolean {
    if (path.length === 0) return false;
    if (isOptional(this.schema, path)) {
      this.#drop(path);
      return true;
    }
    const [schema = {}] = schemasAt(this.schema, path);
    asRecord(valueAt(this.value, path.slice(0, -1)))[String(path.at(-1))] = sampleOf(schema);
    this.#touch(path);
    return true;
  }

  #rename(path: Path, to: Path): void {
    const value = valueAt(this.value, path);
    delete asRecord(valueAt(this.value, path.slice(0, -1)))[String(path.at(-1))];
    const parent = to.slice(0, -1);
    if (valueAt(this.value, parent) === null) {
      asRecord(valueAt(this.value, parent.slice(0, -1)))[String(parent.at(-1))] = {};
    }
    const holder = asRecord(valueAt(this.value, parent));
    const name = String(to.at(-1));
    if (Object.hasOwn(holder, name)) {
      this.#touch(path);
      return;
    }
    holder[name] = value;
    this.#moved.set(pointerOf(to), path);
  }

  /** Two steps in one item become two, the further one at the end, where it changes no index. */
  #split(path: Path, key: string): void {
    const list = valueAt(this.value, path.slice(0, -1));
    const item = asRecord(valueAt(this.value, path));
    const value = item[key];
    if (!Array.isArray(list) || path.at(-2) !== 'steps') {
      this.#drop([...path, key]);
      return;
    }
    delete item[key];
    this.#moved.set(pointerOf([...path.slice(0, -1), list.length]), path);
    list.push({ [key]: value });
  }
}
