import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTraffic, type Traffic } from '../../examples/demo/traffic.ts';
import { homePaths } from '../../src/platform/config/home.ts';
import { openBrowser } from '../support/browser.ts';
import { processesIn } from './left-over.ts';
import { type App, openApp } from './support/app.ts';
import { openReader, type Reader, violations } from './support/browse.ts';
import { application } from './support/services.ts';
import { openWorld, type World } from './support/world.ts';

type Made = { world: World; app: App; browser: Browser; reader: Reader; traffic: Traffic };
const made: Partial<Made> = {};
const the = <Name extends keyof Made>(name: Name): Made[Name] => {
  const found = made[name];
  if (!found) throw new Error(`there is no ${name}`);
  return found as Made[Name];
};

const steps =
  '[{ setWeight: 20 }, { pause: { duration: 4s } }, { setWeight: 60 }, { pause: { duration: 2s } }]';
const strategy = `{ canary: { steps: ${steps}, backgroundAnalysis: { templates: [error-rate] } } }`;

const pipeline = `apiVersion: tidegate.dev/v1
kind: Pipeline
metadata: { name: ask }
spec:
  steps:
    - name: look
      shell: { script: "echo looking around; for n in 1 2 3; do echo line $n; sleep 0.3; done" }
    - { name: sign-off, needs: [look], approve: { roles: [admin], allowSelf: true } }
    - { name: after, needs: [sign-off], shell: { command: [echo, it went on] } }
`;

beforeAll(async () => {
  made.world = await openWorld({
    environments: {
      staging: '{ waves: [{ name: only, targets: [st-1] }] }',
      production:
        '{ waves: [{ name: first, targets: [eu-1] }, { name: second, targets: [us-1] }] }',
    },
    agents: { edge: ['st-1', 'eu-1', 'us-1'] },
    control: [['all', 'all']],
  });
  await made.world.declare({ 'pipelines/ask.yaml': pipeline });
  made.app = await openApp(made.world, 'shop', { environment: 'production', strategy });
  const others = [
    await openApp(made.world, 'cart', { environment: 'staging', strategy: '{ blueGreen: {} }' }),
    await openApp(made.world, 'search', {
      environment: 'production',
      strategy: '{ blueGreen: {} }',
    }),
  ];
  for (const one of others) await one.arrive({ version: '1' });
  const first = await made.app.arrive({ version: '1' });
  made.traffic = startTraffic(
    first.targets.map(({ endpoint }) => endpoint ?? ''),
    40,
  );
  made.browser = await openBrowser();
  made.reader = await openReader(made.browser, await site());
}, 180_000);

afterAll(async () => {
  const directory = made.world?.directory;
  await made.traffic?.stop();
  await made.reader?.close();
  await made.browser?.close();
  await made.world?.end();
  if (directory) expect(await processesIn(directory)).toEqual([]);
}, 60_000);

async function site(): Promise<{ readonly url: string; readonly token: string }> {
  const { url, directory } = the('world');
  const token = await readFile(homePaths(join(directory, 'all')).token, 'utf8');
  return { url, token: token.trim() };
}

/** With TIDEGATE_SCREENSHOTS, what the reader sees now is a picture of the guide: `npm run screenshots`. */
async function picture(name: string): Promise<void> {
  const folder = process.env.TIDEGATE_SCREENSHOTS;
  if (!folder) return;
  const { page } = the('reader');
  await page.waitForTimeout(500);
  await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' });
}

const because = () => the('reader').page.locator('[data-because]');

test('the link signs in and leaves no token in the address', async () => {
  const { page } = the('reader');
  await page.getByRole('link', { name: 'shop' }).waitFor();
  expect(page.url()).not.toContain('token');
  await page.locator('[data-live=live]').waitFor();
  expect(await page.locator('[data-cell="shop/production"]').textContent()).toContain('Steady');
});

test('a canary moves on the overview and on its own page, and arrives', {
  timeout: 60_000,
}, async () => {
  const { page, go } = the('reader');
  const delivering = the('app').deliver({ version: '2' });
  const cell = page.locator('[data-cell="shop/production"]');
  await cell.getByRole('progressbar').waitFor();
  const rollout = await delivering;
  await picture('overview');
  await cell.getByRole('link').click();
  await page.waitForURL(`**/rollouts/${rollout.id}`);
  const weights = new Set<string | null>();
  const pictured = new Set<string>();
  const bar = page.getByRole('progressbar').first();
  await expect
    .poll(
      async () => {
        weights.add(await bar.getAttribute('aria-valuenow'));
        if (weights.has('60') && !pictured.has('rollout')) {
          pictured.add('rollout');
          await picture('rollout');
        }
        return await page.locator('header [data-state]').first().getAttribute('data-state');
      },
      { timeout: 50_000, interval: 100 },
    )
    .toBe('succeeded');
  expect([...weights]).toEqual(expect.arrayContaining(['20', '60']));
  // What each version served is drawn, and said to those who do not see it.
  const share = page.getByRole('img', { name: /Share of traffic over time/ });
  expect(await share.locator('canvas').count()).toBe(1);
  await go('/');
  await expect.poll(() => cell.textContent()).toContain(rollout.release);
});

test('a bad version is seen to go back, and Git to say so', { timeout: 60_000 }, async () => {
  const { page, go } = the('reader');
  const rollout = await the('app').deliver({ version: '3', errorPercent: 60 });
  await go(`/rollouts/${rollout.id}`);
  await expect
    .poll(() => page.locator('header [data-state]').first().getAttribute('data-state'), {
      timeout: 30_000,
    })
    .toBe('rolledBack');
  expect(await because().textContent()).toContain('says so in Git');
  await page.getByText(/^Going back by/).waitFor();
  // The verdict that took it back can be read, down to what was measured.
  await page.getByRole('button', { name: /failed/i }).click();
  await page.getByRole('cell', { name: 'Failure' }).first().waitFor();
  await page.evaluate('scrollTo(0, 0)');
  await picture('rolled-back');
  await go('/audit?type=rollout.rolledBack');
  await page.getByRole('link', { name: 'shop in production' }).first().waitFor();
  await go('/applications/shop');
  await page.locator(`[data-release="${rollout.release}"]`).getByText('quarantined').waitFor();
  await picture('application');
  await go(`/applications/shop?tab=commits`);
  await page.locator('[data-commit]').first().waitFor();
});

test('an abort asks for a reason, and the reason is in the audit log', {
  timeout: 60_000,
}, async () => {
  const { page, go } = the('reader');
  const rollout = await the('app').deliver({ version: '4' });
  await go(`/rollouts/${rollout.id}`);
  await page.getByRole('button', { name: 'Abort', exact: true }).click();
  const question = page.getByRole('dialog');
  await question.getByText('Moves all traffic back to the last good release at once.').waitFor();
  const sure = question.getByRole('button', { name: 'Abort' });
  expect(await sure.isDisabled()).toBe(true);
  await question.getByLabel('Reason').fill('the shop window is on fire');
  await sure.click();
  await the('app').until(rollout, 'is aborted', ({ phase }) => phase === 'aborted');
  await expect.poll(() => page.getByRole('button', { name: 'Abort', exact: true }).count()).toBe(0);
  await go('/audit?q=window+fire');
  await page.getByText('the shop window is on fire').first().waitFor();
});

test('a run is watched, its log searched, and approved', { timeout: 60_000 }, async () => {
  const { page, go } = the('reader');
  const { id } = await the('world').api.post<{ id: string }>('/runs', { pipeline: 'ask' });
  await go(`/runs/${id}`);
  await page.locator('[data-step=look][data-status=succeeded]').waitFor();
  await page.getByLabel('Search the log').fill('line 2');
  await page.getByText('1 of 4 lines').waitFor();
  await picture('run');
  await page.locator('[data-approval=sign-off]').getByRole('button', { name: 'Approve' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
  await page.locator('[data-step=after][data-status=succeeded]').waitFor();
  await expect
    .poll(() => page.locator('header [data-state]').first().getAttribute('data-state'))
    .toBe('succeeded');
});

test('a server that is killed is missed, and what happened meanwhile is there after it', {
  timeout: 90_000,
}, async () => {
  const { page, go } = the('reader');
  const { processes, start } = the('world');
  await go('/');
  await page.locator('[data-live=live]').waitFor();
  await processes.get('all')?.kill();
  await page.locator('[data-live=lost], [data-live=connecting]').waitFor();
  // What was there still is.
  await page.locator('[data-cell="shop/production"]').waitFor();
  await start('all', 'all');
  await page.locator('[data-live=live]').waitFor({ timeout: 30_000 });
  const { release } = await the('app').deliver({ version: '5' });
  const cell = page.locator('[data-cell="shop/production"]');
  await expect.poll(() => cell.textContent(), { timeout: 30_000 }).toContain(release);
});

const pages = async (): Promise<readonly string[]> => {
  const [rollout] = await the('world').api.rollouts('shop');
  const { items } = await the('world').api.get<{ items: readonly { id: string }[] }>('/runs');
  return [
    '/',
    '/applications/shop',
    '/applications/shop?tab=configuration',
    '/applications/shop?tab=history',
    `/rollouts/${rollout?.id}`,
    '/runs',
    `/runs/${items[0]?.id}?step=look`,
    '/fleet',
    '/fleet/eu-1',
    '/audit',
    '/validate',
    '/status',
    '/applications/shop/nowhere',
  ];
};

test.each(['light', 'dark'] as const)(
  'no page has a fault that axe finds, in the %s theme',
  {
    timeout: 120_000,
  },
  async (scheme) => {
    const reader = await openReader(the('browser'), await site(), scheme);
    const found: string[] = [];
    for (const path of await pages()) {
      await reader.go(path);
      await reader.page
        .getByRole('heading', { level: 1 })
        .or(reader.page.getByRole('heading', { level: 2 }))
        .first()
        .waitFor();
      await reader.page.waitForLoadState('networkidle', { timeout: 700 }).catch(() => undefined);
      found.push(...(await violations(reader.page)).map((one) => `${path} ${one}`));
    }
    // The status page is switched off here, and says so: its 404 is told by the browser, too.
    const complaints = reader.complaints.filter((one) => !one.includes('404'));
    await reader.close();
    expect(found).toEqual([]);
    expect(complaints).toEqual([]);
  },
);

test('a thousand applications are all there, and few of them in the page', {
  timeout: 90_000,
}, async () => {
  const { page, go } = the('reader');
  const names = Array.from({ length: 1_000 }, (_, n) => `app-${String(n).padStart(4, '0')}`);
  const wish = { environment: 'production', strategy: '{ blueGreen: {} }' };
  const documents = names.map((name) => [`applications/${name}.yaml`, application(name, wish)]);
  await go('/?q=app-');
  // They appear by themselves, as their commit is read.
  await the('world').declare(Object.fromEntries(documents));
  const table = page.getByRole('table', { name: 'Applications by environments' });
  await expect
    .poll(() => table.getAttribute('aria-rowcount'), { timeout: 60_000, interval: 250 })
    .toBe('1001');
  await page.getByRole('link', { name: 'app-0000' }).waitFor();
  await page.evaluate('scrollTo(0, document.body.scrollHeight)');
  await page.getByRole('link', { name: 'app-0999' }).waitFor();
  expect(await page.getByRole('row').count()).toBeLessThan(60);
  await page.getByLabel('Filter').fill('app-0512');
  await page.getByRole('link', { name: 'app-0512' }).waitFor();
  expect(await table.getAttribute('aria-rowcount')).toBe('2');
  expect(page.url()).toContain('q=app-0512');
});

test('whoever has no token is asked for one, and a wrong one is refused', async () => {
  const { url } = await site();
  const stranger = await openReader(the('browser'), { url, token: null });
  await stranger.go('/rollouts/ro-1');
  await stranger.page.locator('input[type=password]').fill('not-a-token');
  await stranger.page.getByRole('button', { name: 'Sign in' }).click();
  await stranger.page.getByText('This token is not known').waitFor();
  expect(await violations(stranger.page)).toEqual([]);
  await stranger.close();
});
