import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import files from '@fastify/static';
import { ProblemError, problem } from '../errors/problem.ts';
import type { HttpApp, Routes } from './types.ts';

export type SiteOptions = {
  /** What `npm run build:web` wrote: index.html, and assets/ whose names change with what is in them. */
  readonly folder: string;
  /** Addresses that are answered with index.html, as routes of Fastify; the page knows which of its own it is. */
  readonly pages: readonly string[];
};

/** Stands in index.html wherever a nonce belongs (web/vite.config.ts). */
const placeholder = 'TIDEGATE_NONCE';
const aYear = 31_536_000;

/**
 * The dashboard's files. They hold no data, so they need no token: the page asks the API with the token of whoever
 * looks at it.
 */
export function siteRoutes({ folder, pages }: SiteOptions): Routes {
  return (app) => {
    // Fastify loads a plugin before it is ready; the server waits for that.
    void app.register(async (scope) => {
      scope.addHook('onRoute', (route) => {
        route.config = { ...route.config, access: 'public' };
        route.schema = { ...route.schema, hide: true };
      });
      const assets = join(folder, 'assets');
      if (existsSync(assets)) {
        await scope.register(files, {
          root: assets,
          prefix: '/assets/',
          preCompressed: true,
          cacheControl: false,
          decorateReply: false,
          setHeaders: (reply) => {
            reply.header('cache-control', `public, max-age=${aYear}, immutable`);
          },
        });
      }
      pageRoutes(scope as unknown as HttpApp, folder, pages);
    });
  };
}

function pageRoutes(app: HttpApp, folder: string, pages: readonly string[]): void {
  const read = (name: string): Promise<string> =>
    readFile(join(folder, name), 'utf8').catch((cause: unknown) => {
      const detail = 'The dashboard is not built.';
      const hint = 'Run npm run build:web, or npm start, which does it.';
      throw new ProblemError(problem('TG1602', { detail, hint }), { cause });
    });
  app.get('/icon.svg', async (_request, reply) => {
    return await reply.type('image/svg+xml').send(await read('icon.svg'));
  });
  for (const path of pages) {
    app.get(path, async (_request, reply) => {
      const html = await read('index.html');
      const nonce = randomBytes(16).toString('base64url');
      return await reply
        .headers(headersOf(nonce))
        .type('text/html; charset=utf-8')
        .send(html.replaceAll(placeholder, nonce));
    });
  }
}

/**
 * W3C Content Security Policy 3. Styles that Mantine and CodeMirror write carry the nonce, and CodeMirror's own pictures
 * are data: addresses; nothing else is inline, and nothing is asked of others.
 */
const headersOf = (nonce: string): Record<string, string> => ({
  'content-security-policy': [
    `default-src 'none'`,
    `script-src 'self' 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    `img-src 'self' data:`,
    `font-src 'self'`,
    `connect-src 'self'`,
    `base-uri 'none'`,
    `form-action 'none'`,
    `frame-ancestors 'none'`,
  ].join('; '),
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
});
