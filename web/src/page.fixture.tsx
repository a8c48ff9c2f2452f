import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import {
  createMemoryHistory,
  createRootRoute,
  createRouter,
  RouterProvider,
} from '@tanstack/react-router';
import { cleanup, render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach } from 'vitest';
import type { StatusRow } from '../../src/contract/api/status.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A real server that the page under test belongs to until `close`. */
export async function openServer(answer: Answer): Promise<{ close(): Promise<void> }> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { happyDOM } = globalThis as unknown as { happyDOM: { setURL(url: string): void } };
  happyDOM.setURL(`http://127.0.0.1:${port}/`);
  return {
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Shows a part of a page with all that it is used to have around it. */
export function show(part: ReactNode): { readonly client: QueryClient } {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const router = createRouter({
    routeTree: createRootRoute({ component: () => part }),
    history: createMemoryHistory(),
  });
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={client}>
        <RouterProvider router={router as never} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return { client };
}

afterEach(cleanup);

/** A row in which nothing is remarkable. */
export const statusRow = (
  application: string,
  environment: string,
  more: Partial<StatusRow> = {},
): StatusRow => ({
  application,
  environment,
  owner: 'team-shop',
  stable: 'r-1',
  stableCommit: 'c'.repeat(40),
  desiredCommit: 'c'.repeat(40),
  state: 'steady',
  because: 'Nothing is asked for that is not so.',
  rollout: null,
  endpoints: [],
  problems: [],
  ...more,
});
