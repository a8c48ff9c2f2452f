import type { ServerResponse } from 'node:http';
import { act, fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EventView } from '../../../src/contract/api/events.ts';
import { LiveProvider } from '../api/live.tsx';
import { show } from '../page.fixture.tsx';
import { type OpenServer, openServer } from '../server.fixture.ts';
import { EventList } from './event-list.tsx';

const event = (id: number): EventView => ({
  ...{ cursor: String(id), id, at: '2026-11-21T10:00:00Z', type: 'rollout.opened' },
  ...{ actor: 'user:ada', objectId: `rollout/ro-${id}`, application: 'shop' },
  ...{ environment: 'eu', because: `reason ${id}`, outcome: 'done' as const },
  ...{ before: null, after: null, requestId: null },
});

const own = {
  server: null as OpenServer | null,
  events: [] as EventView[],
  asked: [] as string[],
  line: null as ServerResponse | null,
};
beforeEach(async () => {
  Object.assign(own, { events: [event(2), event(1)], asked: [], line: null });
  own.server = await openServer(({ url = '' }, response) => {
    if (url.includes('/changes/stream')) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('event: ready\ndata: {}\n\n');
      own.line = response;
      return;
    }
    own.asked.push(url);
    const { searchParams } = new URL(url, 'http://server');
    const before = Number(searchParams.get('before') ?? Number.POSITIVE_INFINITY);
    const limit = Number(searchParams.get('limit'));
    const items = own.events.filter(({ id }) => id < before).slice(0, limit);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ items, cursor: items.at(-1)?.cursor ?? null }));
  });
});
afterEach(() => own.server?.close());

const reasons = (): readonly (string | undefined)[] =>
  [...document.querySelectorAll('[data-event]')].map(
    (row) => row.textContent?.match(/reason \d+/)?.[0],
  );
const list = () =>
  show(
    <LiveProvider>
      <EventList filter={{ type: 'rollout.*' }} />
    </LiveProvider>,
  );

test('what is new waits until the reader asks for it', async () => {
  list();
  await screen.findByText('reason 2');
  expect(own.asked).toEqual(['/api/v1/events?type=rollout.*&limit=100']);
  expect(screen.queryByRole('button')).toBeNull();
  own.events = [event(3), ...own.events];
  const change = { object: 'rollout/ro-3', application: 'shop', environment: 'eu' };
  await waitFor(() => expect(own.line).not.toBeNull());
  act(() => {
    own.line?.write(`event: changed\ndata: ${JSON.stringify([change])}\n\n`);
  });
  const more = await screen.findByRole('button', { name: /More may have happened/ });
  expect(reasons()).toEqual(['reason 2', 'reason 1']);
  expect(own.asked).toHaveLength(1);
  fireEvent.click(more);
  await screen.findByText('reason 3');
  expect(reasons()).toEqual(['reason 3', 'reason 2', 'reason 1']);
  expect(screen.queryByRole('button')).toBeNull();
});

test('what was before comes page by page, behind what is there', async () => {
  own.events = Array.from({ length: 150 }, (_, n) => event(150 - n));
  list();
  fireEvent.click(await screen.findByRole('button', { name: 'What was before' }));
  await screen.findByText('reason 1');
  expect(reasons()).toEqual(own.events.map(({ id }) => `reason ${id}`));
  expect(own.asked[1]).toContain('before=51');
  expect(screen.queryByRole('button', { name: 'What was before' })).toBeNull();
});

test('an empty list says what to do', async () => {
  own.events = [];
  list();
  await screen.findByText('Nothing of this kind happened');
});

test('each event leads to what it is of', async () => {
  own.events = [event(3), { ...event(2), objectId: 'delivery/shop@eu' }, emptyEvent];
  list();
  await screen.findByText('reason 3');
  const links = [...document.querySelectorAll('tbody a')].map((one) => one.getAttribute('href'));
  expect(links).toEqual(['/rollouts/ro-3', '/applications/shop']);
});

const emptyEvent = { ...event(1), objectId: null, application: null, environment: null };
