import { fireEvent, screen } from '@testing-library/react';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { show } from '../../page.fixture.tsx';
import { type OpenServer, openServer } from '../../server.fixture.ts';
import { Log } from './log.tsx';

const own = { server: null as OpenServer | null, said: [] as string[] };
const entry = (id: number, step: string, text: string): string => {
  const data = {
    id: String(id),
    step,
    attempt: 1,
    stream: 'out',
    text,
    at: '2026-11-21T10:00:00Z',
  };
  return `id: ${id}\nevent: log\ndata: ${JSON.stringify(data)}\n\n`;
};

// A page of happy-dom has no layout; lists that show what is in sight need a height.
beforeAll(() => {
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(400);
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(800);
});
afterAll(() => vi.restoreAllMocks());
beforeEach(async () => {
  own.said = [];
  own.server = await openServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(`${own.said.join('')}event: end\ndata: {}\n\n`);
  });
});
afterEach(() => own.server?.close());

const shown = (): readonly (string | null)[] =>
  [...document.querySelectorAll('[data-stream] > span:last-child')].map((one) => one.textContent);

test('a search leaves the lines that have the words, and marks them', async () => {
  own.said = [
    entry(1, 'build', 'compiling a\ncompiling b\n'),
    entry(2, 'lint', 'no FAULT fo'),
    entry(3, 'lint', 'und\n'),
  ];
  show(<Log run="run-1" step={undefined} />);
  await screen.findByText('3 lines');
  expect(shown()).toEqual(['compiling a', 'compiling b', 'no FAULT found']);
  const search = screen.getByRole('textbox', { name: 'Search the log' });
  fireEvent.change(search, { target: { value: 'fault' } });
  await screen.findByText('1 of 3 lines');
  expect(shown()).toEqual(['no FAULT found']);
  expect(document.querySelector('mark')?.textContent).toBe('FAULT');
  fireEvent.change(search, { target: { value: 'nowhere' } });
  await screen.findByText('No line has these words.');
  fireEvent.change(search, { target: { value: '' } });
  await screen.findByText('3 lines');
});

test('of very many lines only those in sight are in the page', async () => {
  own.said = [entry(1, 'build', 'x\n'.repeat(5_000))];
  show(<Log run="run-1" step="build" />);
  await screen.findByText('5000 lines');
  expect(shown().length).toBeGreaterThan(10);
  expect(shown().length).toBeLessThan(100);
});

test('a run that said nothing says so when it is over', async () => {
  show(<Log run="run-1" step={undefined} />);
  await screen.findByText('Nothing was said.');
});
