import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';

const axeSource = readFileSync(
  createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
  'utf8',
);

export type Scheme = 'light' | 'dark';

/** A reader with a browser of their own, signed in by the link that `tidegate dashboard` gives. */
export type Reader = {
  readonly page: Page;
  /** What the console said that is no more than a note, faults of scripts, and what the policy refused. */
  readonly complaints: readonly string[];
  go(path: string): Promise<void>;
  close(): Promise<void>;
};

export async function openReader(
  browser: Browser,
  site: { readonly url: string; readonly token: string | null },
  scheme: Scheme = 'light',
): Promise<Reader> {
  const context: BrowserContext = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    colorScheme: scheme,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`fault: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()}`);
  });
  if (site.token !== null) await page.goto(`${site.url}/#token=${site.token}`);
  return {
    page,
    complaints,
    go: async (path) => {
      await page.goto(site.url + path);
    },
    close: () => context.close(),
  };
}

/** Violations of WCAG 2.2 A and AA that axe finds on the page as it stands, each with where. */
export async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axeSource);
  const found = (await page.evaluate(async () => {
    const axe = (globalThis as unknown as { axe: { run(options: object): unknown } }).axe;
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    return await axe.run({ runOnly: { type: 'tag', values: tags } });
  })) as AxeResults;
  return found.violations.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ target }) => target).join(' | ')}`,
  );
}
