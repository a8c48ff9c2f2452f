import { catalogue } from '../../platform/errors/catalogue.ts';
import type { CatalogueEntry } from '../../platform/errors/catalogue-entry.ts';

const groups: readonly { readonly from: string; readonly title: string }[] = [
  { from: 'TG10', title: 'Documents' },
  { from: 'TG11', title: 'Sources and Git' },
  { from: 'TG12', title: 'Releases' },
  { from: 'TG13', title: 'Rollouts' },
  { from: 'TG14', title: 'Analysis' },
  { from: 'TG15', title: 'Fleet and drivers' },
  { from: 'TG16', title: 'Access and API' },
  { from: 'TG17', title: 'Engine and database' },
  { from: 'TG18', title: 'Set-up and command line' },
  { from: 'TG19', title: 'Pipelines and notifications' },
];

/** Text of docs/reference/errors.md: every code, group by group. */
export function errorsReference(): string {
  const codes = Object.entries(catalogue).sort(([a], [b]) => (a < b ? -1 : 1));
  const parts = groups.map(({ from, title }) => {
    const rows = codes
      .filter(([code]) => code.startsWith(from))
      .map(([code, entry]) => row(code, entry));
    return `## ${title}\n\n| code | what | what to do | HTTP | then |\n|---|---|---|---|---|\n${rows.join('\n')}\n`;
  });
  return `# Errors

Every refusal and failure carries one of these codes, in the command line, in problem documents (RFC 9457), in the
audit log and in \`tidegate problems\`. A code is stable: its meaning never changes and it is never used again.
*retry* comes back by itself with backoff and a visible reason; *stop* needs a person or a new commit.

${parts.join('\n')}`;
}

const row = (code: string, { title, hint, status, kind }: CatalogueEntry): string =>
  `| \`${code}\` | ${cell(title)} | ${cell(hint)} | ${status} | ${kind} |`;

const cell = (text: string): string => text.replaceAll('|', '\\|');
