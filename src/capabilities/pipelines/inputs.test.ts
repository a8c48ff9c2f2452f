import { expect, test } from 'vitest';
import { checkInputs } from './inputs.ts';
import { specOf, step } from './runs.fixture.ts';

const { inputs: declared } = specOf({
  inputs: {
    name: {},
    count: { type: 'number', default: 3 },
    dry: { type: 'boolean', default: false },
  },
  steps: [step('one')],
});

test.each([
  [{ name: 'a' }, { name: 'a', count: 3, dry: false }],
  [
    { name: '', count: 0, dry: true },
    { name: '', count: 0, dry: true },
  ],
  [
    { name: 'a', count: '1.5', dry: 'true' },
    { name: 'a', count: 1.5, dry: true },
  ],
  [
    { name: 'a', dry: 'false', count: null },
    { name: 'a', count: 3, dry: false },
  ],
])('%j is taken as %j', (given, inputs) => {
  expect(checkInputs(declared, given)).toEqual({ ok: true, inputs });
});

test.each([
  [{}, 'input name must be given: a string.'],
  [{ name: 1 }, 'input name must be a string, and is 1.'],
  [{ name: 'a', count: 'x' }, 'input count must be a number, and is "x".'],
  [{ name: 'a', count: ' ' }, 'input count must be a number, and is " ".'],
  [{ name: 'a', dry: 'yes' }, 'input dry must be a boolean, and is "yes".'],
  [{ name: 'a', dry: 1 }, 'input dry must be a boolean, and is 1.'],
  [{ name: 'a', toString: 1 }, 'there is no input toString.'],
  [{ name: 'x'.repeat(70_000) }, 'The inputs have 70'],
])('what does not fit is refused, with all its faults (%#)', (given, detail) => {
  const checked = checkInputs(declared, given as never);
  expect(checked.ok).toBe(false);
  expect(checked.ok ? '' : checked.detail).toContain(detail);
});
