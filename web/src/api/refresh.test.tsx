import type { ServerResponse } from 'node:http';
import { useQuery } from '@tanstack/react-query';
import { screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Change } from '../../../src/contract/api/changes.ts';
import type { StatusRow } from '../../../src/contract/api/status.ts';
import { show, statusRow } from '../page.fixture.tsx';
import { type OpenServer, openServer } from '../server.fixture.ts';
import { keys } from './keys.ts';
import { LiveProvider } from './live.tsx';
import { useRefresh } from './refresh.tsx';
import { askStatus } from './status.ts';

const own = {
  server: null as OpenServer | null,
  line: null as ServerResponse | null,
  asked: [] as string[],
  rows: [] as StatusRow[],
  /** Questions for one application that are not answered yet. */
  held: null as (() => void)[] | null,
  isAway: false,
};

beforeEach(async () => {
  const rows = ['api', 'shop'].map((name) => statusRow(name, 'eu'));
  Object.assign(own, { line: null, asked: [], held: null, isAway: false, rows });
  own.server = await openServer(({ url = '' }, response) => {
    if (url.includes('/changes/stream')) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      own.line = response;
      return;
    }
    own.asked.push(url.replace('/api/v1', ''));
    const application = new URL(url, 'http://server').searchParams.get('application');
    const items = own.rows.filter((row) => application === null || row.application === application);
    const status = own.isAway && application !== null ? 404 : 200;
    const answer = () => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ items, cursor: null }));
    };
    if (own.held && application !== null) own.held.push(answer);
    else answer();
  });
});
afterEach(() => own.server?.close());

function List() {
  useRefresh();
  const { data = [] } = useQuery({
    queryKey: keys.status,
    queryFn: ({ signal }) => askStatus(signal, () => undefined),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return <p>{data.map(({ application, state }) => `${application} ${state}`).join(', ')}</p>;
}

/** Opens the page and waits until it shows its rows; what was asked for that is forgotten. */
async function open(): Promise<void> {
  show(
    <LiveProvider>
      <List />
    </LiveProvider>,
  );
  await screen.findByText('api steady, shop steady');
  await waitFor(() => expect(own.line).not.toBeNull());
  own.asked = [];
}

function tell(...applications: readonly string[]): void {
  const changes = applications.map<Change>((application) => {
    return { object: `delivery/${application}@eu`, application, environment: 'eu' };
  });
  own.line?.write(`event: changed\ndata: ${JSON.stringify(changes)}\n\n`);
}
const turn = (application: string, state: StatusRow['state']): void => {
  own.rows = own.rows.map((row) => (row.application === application ? { ...row, state } : row));
};
const of = (application: string) => `/status?application=${application}&limit=500`;

test('several changes in a row are one question for each application', async () => {
  await open();
  turn('shop', 'failed');
  for (let n = 0; n < 5; n += 1) tell('shop');
  await screen.findByText('api steady, shop failed');
  expect(own.asked).toEqual([of('shop')]);
});

test('what changes while an answer is on its way is asked for after it, and never passed by it', async () => {
  await open();
  own.held = [];
  turn('shop', 'rollingOut');
  tell('shop');
  await expect.poll(() => own.held?.length).toBe(1);
  turn('shop', 'failed');
  tell('shop', 'api');
  // Longer than changes are gathered: a second question would be out by now.
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(own.asked).toEqual([of('shop')]);
  const [first] = own.held;
  own.held = null;
  first?.();
  await screen.findByText('api steady, shop failed');
  expect(own.asked.slice(1).sort()).toEqual([of('api'), of('shop')]);
});

test('a row that could not be had is had with the whole list', async () => {
  await open();
  own.isAway = true;
  turn('shop', 'failed');
  tell('shop');
  await screen.findByText('api steady, shop failed');
  expect(own.asked).toEqual([of('shop'), '/status?limit=100']);
});

test('when anything may have changed everything is asked for again', async () => {
  await open();
  turn('shop', 'failed');
  own.line?.write('event: ready\ndata: {}\n\n');
  await screen.findByText('api steady, shop failed');
  expect(own.asked).toEqual(['/status?limit=100']);
});
