/*
 * npm run build:web: the dashboard, from web/ into web/dist, with each file also as Brotli. Nothing is done when the
 * sources are those of the last build, so that whoever starts Tidegate may call it each time.
 */
import { createHash } from 'node:crypto';
import { globSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';

const root = join(import.meta.dirname, '..');
const built = join(root, 'web', 'dist');
const stamp = join(built, '.sources');

/** Builds what is not built yet, and says so in one line of standard error. Gives the folder. */
export async function buildWeb(): Promise<string> {
  const sources = await digestOfSources();
  if ((await readFile(stamp, 'utf8').catch(() => '')) === sources) return built;
  const since = performance.now();
  process.stderr.write('Building the dashboard (once after each change of it) …\n');
  const { build } = await import('vite');
  await build({
    configFile: join(root, 'web', 'vite.config.ts'),
    logLevel: 'warn',
  });
  await compress();
  await writeFile(stamp, sources);
  const seconds = Math.round((performance.now() - since) / 1000);
  process.stderr.write(`Built the dashboard in ${seconds} s.\n`);
  return built;
}

async function digestOfSources(): Promise<string> {
  const own = globSync('web/{src,public}/**/*.*', { cwd: root });
  const others = globSync(['web/*.*', 'src/contract/**/*.ts', 'package-lock.json'], { cwd: root });
  const hash = createHash('sha256');
  for (const file of [...own, ...others].sort()) {
    hash.update(`${file}\0`).update(await readFile(join(root, file)));
  }
  return hash.digest('hex');
}

const brotli = promisify(brotliCompress);
const level = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };

/** What is served many times is compressed once. The page itself changes with each answer. */
async function compress(): Promise<void> {
  for (const file of globSync('assets/*.{js,css,svg}', { cwd: built })) {
    const path = join(built, file);
    await writeFile(`${path}.br`, await brotli(await readFile(path), level));
  }
}

if (import.meta.main) await buildWeb();
