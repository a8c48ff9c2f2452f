import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

/** Where setup/test.ts brought Chromium to. */
const usual = join(import.meta.dirname, '..', '..', '.setup', 'chromium');

/**
 * A real, headless Chromium of the Debian package, with the libraries that came with it. It has no sandbox: as root
 * Chromium has none, and it opens nothing but this project's own pages.
 */
export async function openBrowser(): Promise<Browser> {
  const root = process.env.TIDEGATE_CHROMIUM ?? usual;
  const executablePath = join(root, 'usr', 'lib', 'chromium', 'chromium');
  await access(executablePath).catch(() => {
    throw new Error(`There is no Chromium in ${root}: run npm test once, which brings it.`);
  });
  const libraries = join(root, 'usr', 'lib', `${architecture}-linux-gnu`);
  return await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    env: {
      ...(process.env as Record<string, string>),
      LD_LIBRARY_PATH: `${libraries}:${join(libraries, 'pulseaudio')}`,
      XDG_DATA_DIRS: `${join(root, 'usr', 'share')}:/usr/share`,
    },
  });
}

const architecture = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
