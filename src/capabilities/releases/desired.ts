import type { ReleaseDocument } from '../../contract/kinds/release.ts';
import type { Sql } from '../../platform/db/types.ts';
import { readDocument, type StoredDocument } from '../sources/reads.ts';
import { identify } from './store.ts';
import type { DesiredFile, ReleaseContent } from './types.ts';

/** The content that a Release document declares. Its id follows from it, whoever wrote the file. */
export function contentOf(document: ReleaseDocument): ReleaseContent {
  return {
    application: document.metadata.name,
    commit: document.spec.commit,
    artifact: document.spec.artifact,
    config: document.spec.config,
  };
}

export type Desired = {
  readonly document: StoredDocument<ReleaseDocument>;
  readonly content: ReleaseContent;
  readonly release: string;
};

/** What Git declares for one application in one environment; null while it declares nothing readable. */
export async function readDesired(
  sql: Sql,
  application: string,
  environment: string,
): Promise<Desired | null> {
  const document = await readDocument(sql, 'Release', `${environment}/${application}`);
  if (!document?.spec || document.deleted) return null;
  const content = contentOf(document.spec);
  return { document, content, release: identify(content).id };
}

/** The file to rewrite for a promotion; null when there is none yet. */
export async function readDesiredFile(
  sql: Sql,
  application: string,
  environment: string,
): Promise<DesiredFile | null> {
  const document = await readDocument(sql, 'Release', `${environment}/${application}`);
  if (!document || document.deleted) return null;
  const [row] = await sql.query<{ others: number }>(
    `select count(*) as others from documents
     where repository = $1 and path = $2 and not deleted and not (kind = 'Release' and name = $3)`,
    [document.repository, document.path, document.name],
  );
  return {
    path: document.path,
    blob: document.newestBlob,
    release: document.spec ? identify(contentOf(document.spec)).id : null,
    shared: Number(row?.others ?? 0) > 0,
  };
}
