import { screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import { eventSchema } from '../../../src/contract/api/events.ts';
import { publicHealths } from '../../../src/contract/api/public-status.ts';
import { analysisToldSchema, rolloutPhaseSchema } from '../../../src/contract/api/rollouts.ts';
import { runPhaseSchema, stepStatusSchema } from '../../../src/contract/api/runs.ts';
import { statusRowSchema } from '../../../src/contract/api/status.ts';
import { show } from '../page.fixture.tsx';
import { lookOf, StateBadge, type Tone } from './state-badge.tsx';

const { verdict } = analysisToldSchema.shape.metrics.element.shape.measurements.element.shape;

test.each([
  ['rows of the overview', statusRowSchema.shape.state.options],
  ['rollouts', rolloutPhaseSchema.options],
  ['runs', runPhaseSchema.options],
  ['steps', stepStatusSchema.options],
  ['measurements', verdict.options],
  ['events', eventSchema.shape.outcome.options],
  ['the public page', publicHealths],
  // The API says these as text (src/capabilities/analysis/types.ts).
  ['analyses', ['running', 'successful', 'failed', 'inconclusive', 'error', 'cancelled']],
])('every state of %s has a word of its own', (_of, states) => {
  const unknown = lookOf('no state of any').icon;
  const words = states.map((state) => lookOf(state).word);
  expect(new Set(words).size).toBe(states.length);
  for (const state of states) {
    const { word, icon, tone } = lookOf(state);
    expect(word).toMatch(/^[A-Z][a-z]+( [a-z]+)*$/);
    // The icon of what is not known stands for what is quiet only.
    expect(icon !== unknown || tone === 'quiet').toBe(true);
  }
});

test.each<[string, Tone]>([
  ['failed', 'bad'],
  ['rolledBack', 'bad'],
  ['aborted', 'bad'],
  ['unhealthy', 'bad'],
  ['steady', 'good'],
  ['succeeded', 'good'],
  ['progressing', 'moving'],
  ['waiting', 'waiting'],
])('%s looks %s', (state, tone) => {
  expect(lookOf(state).tone).toBe(tone);
});

test('a state that a newer server names is shown as it is named', async () => {
  show(<StateBadge state="levitating" />);
  expect((await screen.findByText('levitating')).closest('[data-state=levitating]')).not.toBeNull();
});

test('a word given replaces the usual one', async () => {
  show(<StateBadge state="healthy" word="3/3 targets" />);
  await screen.findByText('3/3 targets');
  expect(screen.queryByText('Healthy')).toBeNull();
});
