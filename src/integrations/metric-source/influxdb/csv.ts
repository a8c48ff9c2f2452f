/** Values of one column of an answer, in the order of the tables they are in. */
export type Column = {
  readonly table: string;
  readonly datatype: string | null;
  /** Empty is null, unless the table has a default. */
  readonly text: string | null;
};

export type AnnotatedCsv =
  | { readonly ok: true; readonly cells: readonly Column[] }
  | { readonly ok: false; readonly why: string };

/**
 * Reads one column of InfluxDB's annotated CSV: RFC 4180, tables with an empty line between them, above each the rows
 * `#datatype`, `#group`, `#default`, then the names of its columns. An error that came up while the query ran is a table
 * of its own, with the columns `error` and `reference`.
 *
 * https://docs.influxdata.com/influxdb/v2/reference/syntax/annotated-csv/
 */
export function readColumn(csv: string, name: string): AnnotatedCsv {
  const rows = parseCsv(csv);
  if (!rows) return { ok: false, why: 'a quote is not closed' };
  const cells: Column[] = [];
  let block: Block = emptyBlock;
  for (const row of rows) {
    const [first = ''] = row;
    if (row.length === 1 && first === '') block = emptyBlock;
    else if (first.startsWith('#')) {
      const fresh = block.header === null ? block : emptyBlock;
      block = { ...fresh, notes: { ...fresh.notes, [first]: row } };
    } else if (block.header === null) {
      // What is no table at all, such as a page in HTML, shows here, even if no row comes after it.
      if (!row.includes(name) && !isError(row)) {
        return { ok: false, why: `there is no column ${name}` };
      }
      block = { ...block, header: row };
    } else {
      const read = readRow(block, block.header, row, name);
      if (typeof read === 'string') return { ok: false, why: read };
      cells.push(read);
    }
  }
  return { ok: true, cells };
}

const isError = (header: readonly string[]): boolean =>
  header.includes('error') && header.includes('reference');

type Block = {
  readonly notes: { readonly [name: string]: readonly string[] };
  readonly header: readonly string[] | null;
};
const emptyBlock: Block = { notes: {}, header: null };

/** A cell, or why there is none. */
function readRow(
  { notes }: Block,
  header: readonly string[],
  row: readonly string[],
  name: string,
): Column | string {
  const cell = (column: string): string | null => {
    const at = header.indexOf(column);
    return at < 0 ? null : row[at] || notes['#default']?.[at] || null;
  };
  if (row.length !== header.length) return 'a row is not as long as its header';
  if (isError(header)) {
    return `the query failed: ${cell('error') ?? ''}`;
  }
  return {
    table: `${cell('result') ?? ''}/${cell('table') ?? ''}`,
    datatype: notes['#datatype']?.[header.indexOf(name)] ?? null,
    text: cell(name),
  };
}

/** Rows of RFC 4180, with either line break; null when the last quote is not closed. */
export function parseCsv(csv: string): readonly (readonly string[])[] | null {
  const rows: string[][] = [];
  const field = /"([^"]*(?:""[^"]*)*)"|([^",\r\n]*)/y;
  let row: string[] = [];
  let at = 0;
  while (at < csv.length || row.length > 0) {
    field.lastIndex = at;
    const [whole, quoted, plain = ''] = field.exec(csv) ?? [''];
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    at += whole.length;
    if (csv[at] === ',') {
      at += 1;
      continue;
    }
    const end = /\r?\n|$/y;
    end.lastIndex = at;
    const found = end.exec(csv);
    if (!found) return null;
    at += found[0].length;
    rows.push(row);
    row = [];
  }
  return rows;
}
