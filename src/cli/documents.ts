import { lstat, readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { largestFile } from '../contract/kinds/parse.ts';
import { fail } from '../platform/errors/problem.ts';

const mostFiles = 20_000;

export type SourceFile = { readonly path: string; readonly text: string };

/** YAML files below a directory, or the one file that is named. Symlinks are not followed: what the server reads is Git's tree, where they lead nowhere. */
export async function readDocuments(directory: string): Promise<readonly SourceFile[]> {
  const at = await lstat(directory).catch((cause: unknown) =>
    fail(
      'TG1802',
      { detail: `${directory} cannot be read.`, hint: 'Name a directory or a file.' },
      cause,
    ),
  );
  const paths = at.isDirectory() ? await yamlFiles(directory) : [directory];
  const files: SourceFile[] = [];
  for (const path of paths) {
    const { size } = await lstat(path);
    // A file over the limit is refused by its size; the limit's worth of it is enough to do so.
    const text = size > largestFile ? ' '.repeat(largestFile + 1) : await readFile(path, 'utf8');
    files.push({ path: at.isDirectory() ? relative(directory, path) : path, text });
  }
  return files;
}

async function yamlFiles(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const found = entries
    .filter((one) => one.isFile() && /\.ya?ml$/.test(one.name))
    .map((one) => join(one.parentPath, one.name))
    .filter((path) => !/(^|\/)(\.git|node_modules)\//.test(relative(directory, path)))
    .sort();
  if (found.length > mostFiles) {
    fail('TG1802', {
      detail: `${directory} holds ${found.length} YAML files; at most ${mostFiles}.`,
    });
  }
  return found;
}
