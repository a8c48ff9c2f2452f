import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keys } from '../api/keys.ts';
import { type Problem, ProblemError } from '../api/problem.ts';
import { show } from '../page.fixture.tsx';
import { type OpenServer, openServer } from '../server.fixture.ts';
import { type Action, Actions } from './actions.tsx';

const action = (name: string, allowed = true): Action => ({
  ...{ action: name, label: name.toUpperCase(), allowed, reason: `It will ${name}.` },
});
const problem: Problem = {
  ...{ code: 'TG1303', status: 409, title: 'It is over.' },
  ...{ detail: 'The rollout ended before.', hint: 'Look at the newest one.' },
};

const own = { server: null as OpenServer | null, role: '' };
beforeEach(async () => {
  own.role = 'deployer';
  own.server = await openServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ name: 'ada', role: own.role, kind: 'person' }));
  });
});
afterEach(() => own.server?.close());

function open(onAct: (action: string, because: string) => Promise<unknown>) {
  return show(
    <Actions
      actions={[action('promote'), action('abort'), action('pause', false)]}
      to="the rollout of shop"
      needReason={['abort']}
      onAct={onAct}
    />,
  );
}
const ask = async (label: string) => {
  fireEvent.click(await screen.findByRole('button', { name: label }));
  return within(await screen.findByRole('dialog'));
};
const isClosed = () => waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());

test('there are buttons for what is allowed, and for nothing else', async () => {
  open(async () => undefined);
  await screen.findByRole('button', { name: 'PROMOTE' });
  expect(screen.getAllByRole('button').map(({ textContent }) => textContent)).toEqual([
    'PROMOTE',
    'ABORT',
  ]);
});

test('whoever may only look has no buttons', async () => {
  own.role = 'viewer';
  const { client } = open(async () => undefined);
  await waitFor(() => expect(client.getQueryData(keys.me)).toMatchObject({ role: 'viewer' }));
  expect(screen.queryByRole('button')).toBeNull();
});

test('it asks once more, says what will happen, and closes when it was asked for', async () => {
  const acted: string[][] = [];
  open(async (...all) => acted.push(all));
  const question = await ask('PROMOTE');
  question.getByText('PROMOTE the rollout of shop?');
  question.getByText('It will promote.');
  expect(acted).toEqual([]);
  fireEvent.click(question.getByRole('button', { name: 'PROMOTE' }));
  await isClosed();
  expect(acted).toEqual([['promote', '']]);
});

test('without its reason it cannot be asked for; blanks are none', async () => {
  const acted: string[][] = [];
  open(async (...all) => acted.push(all));
  const question = await ask('ABORT');
  const sure = question.getByRole<HTMLButtonElement>('button', { name: 'ABORT' });
  expect(sure.disabled).toBe(true);
  const reason = question.getByRole('textbox', { name: /^Reason/ });
  fireEvent.change(reason, { target: { value: '   ' } });
  expect(sure.disabled).toBe(true);
  fireEvent.change(reason, { target: { value: ' on fire ' } });
  fireEvent.click(sure);
  await isClosed();
  expect(acted).toEqual([['abort', 'on fire']]);
});

test('what went wrong is said where it was asked, and it can be asked again', async () => {
  const answers = [() => Promise.reject(new ProblemError(problem)), async () => undefined];
  open(async () => await answers.shift()?.());
  const question = await ask('PROMOTE');
  const sure = question.getByRole('button', { name: 'PROMOTE' });
  fireEvent.click(sure);
  const alert = within(await question.findByRole('alert'));
  for (const text of ['It is over.', problem.detail, problem.hint, 'TG1303']) alert.getByText(text);
  fireEvent.click(sure);
  await isClosed();
});

test('whoever thinks better of it has asked for nothing', async () => {
  const acted: string[][] = [];
  open(async (...all) => acted.push(all));
  const question = await ask('PROMOTE');
  fireEvent.click(question.getByRole('button', { name: 'Leave it' }));
  await isClosed();
  expect(acted).toEqual([]);
});
