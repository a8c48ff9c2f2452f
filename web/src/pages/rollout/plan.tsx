import { Group, Paper, Stack, Text, Title } from '@mantine/core';
import { IconCircle, IconCircleCheck, IconPlayerStop, IconPointFilled } from '@tabler/icons-react';
import type { RolloutView } from '../../../../src/contract/api/rollouts.ts';
import { type Tone, toneColour } from '../../parts/state-badge.tsx';

type Place = 'done' | 'now' | 'ahead' | 'ended';

const signs: {
  readonly [P in Place]: {
    readonly word: string;
    readonly icon: typeof IconCircle;
    readonly tone: Tone;
  };
} = {
  done: { word: 'done', icon: IconCircleCheck, tone: 'good' },
  now: { word: 'now', icon: IconPointFilled, tone: 'moving' },
  ahead: { word: 'to come', icon: IconCircle, tone: 'quiet' },
  ended: { word: 'it ended here', icon: IconPlayerStop, tone: 'bad' },
};

/** Waves, and the steps of the one under way. */
export function Plan({ rollout }: { readonly rollout: RolloutView }) {
  const { waveNames, stepNames, wave, step, phase, terminal } = rollout;
  const isOver = phase === 'succeeded' || phase === 'completing';
  if (waveNames.length === 0) return null;
  return (
    <Stack gap="xs" component="section" aria-label="Plan">
      <Title order={2} size="h4">
        Plan
      </Title>
      <Group gap="sm" align="stretch">
        {waveNames.map((name, at) => (
          <Paper key={name} withBorder p="sm" data-wave={name}>
            <Item
              place={isOver ? 'done' : placeOf(at, wave, terminal)}
              text={`Wave ${at + 1}: ${name}`}
            />
            {at === wave && !isOver && (
              <Stack gap={2} mt={6} pl="md" component="ol">
                {stepNames.map(withPlace).map(({ text, at: index }) => (
                  <li key={`${index} ${text}`}>
                    <Item place={placeOf(index, step, terminal)} text={text} />
                  </li>
                ))}
              </Stack>
            )}
          </Paper>
        ))}
      </Group>
    </Stack>
  );
}

const placeOf = (at: number, now: number, isOver: boolean): Place => {
  if (at !== now) return at < now ? 'done' : 'ahead';
  return isOver ? 'ended' : 'now';
};

function Item({ place, text }: { readonly place: Place; readonly text: string }) {
  const { word, icon: Icon, tone } = signs[place];
  return (
    <Group gap={6} wrap="nowrap">
      <Icon size={16} color={toneColour(tone)} role="img" aria-label={word} />
      <Text size="sm" fw={place === 'now' ? 700 : 400}>
        {text}
      </Text>
    </Group>
  );
}

/** Steps may have the same words; their places tell them apart. */
const withPlace = (text: string, at: number) => ({ text, at });
