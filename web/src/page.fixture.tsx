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

// Fields that grow with their text ask for fonts, which a page of happy-dom has none of.
Object.defineProperty(document, 'fonts', { value: new EventTarget() });

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
