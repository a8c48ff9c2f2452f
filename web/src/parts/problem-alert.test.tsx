import { fireEvent, screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import { ProblemError } from '../api/problem.ts';
import { show } from '../page.fixture.tsx';
import { ProblemAlert } from './problem-alert.tsx';
import { placeOf } from './problem-list.tsx';

const problem = { code: 'TG1602', status: 404, title: 'No such page.', detail: 'x', hint: 'Look.' };

test('a problem is said as the server says it, and tried again', async () => {
  let tries = 0;
  const onRetry = () => {
    tries += 1;
  };
  show(<ProblemAlert error={new ProblemError(problem)} onRetry={onRetry} />);
  const alert = await screen.findByRole('alert');
  for (const text of ['No such page.', 'x', 'Look.', 'TG1602']) {
    expect(alert.textContent).toContain(text);
  }
  fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(tries).toBe(1);
});

test.each([
  ['a fault of the page', new TypeError('rows is not iterable'), 'rows is not iterable'],
  ['what is no error at all', 'odd', 'odd'],
])('%s is told as one, with no button that does not help', async (_what, error, text) => {
  show(<ProblemAlert error={error} />);
  const alert = await screen.findByRole('alert');
  expect(alert.textContent).toContain('This page has a fault.');
  expect(alert.textContent).toContain(text);
  expect(screen.queryByRole('button')).toBeNull();
});

test.each([
  [undefined, ''],
  [{ file: 'a.yaml' }, 'a.yaml'],
  [{ file: 'a.yaml', line: 3, column: 5, pointer: '/spec' }, 'a.yaml:3:5'],
  [{ pointer: '/spec' }, '/spec'],
])('the place %j is written %s', (where, text) => {
  expect(placeOf({ where })).toBe(text);
});
