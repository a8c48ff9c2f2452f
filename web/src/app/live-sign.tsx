import { Group, Text, Tooltip } from '@mantine/core';
import { IconCircleCheck, IconPlugConnectedX, IconRefresh } from '@tabler/icons-react';
import { type LiveState, useLive } from '../api/live.tsx';

const signs: {
  readonly [State in LiveState]: {
    readonly word: string;
    readonly says: string;
    readonly colour: string;
    readonly icon: typeof IconRefresh;
  };
} = {
  live: {
    word: 'Live',
    says: 'What you see is what is so now.',
    colour: 'var(--tg-good)',
    icon: IconCircleCheck,
  },
  connecting: {
    word: 'Connecting',
    says: 'The line to the server is being opened.',
    colour: 'var(--tg-waiting)',
    icon: IconRefresh,
  },
  lost: {
    word: 'Connection lost',
    says: 'You see what was so when the line broke. It is opened again by itself.',
    colour: 'var(--tg-bad)',
    icon: IconPlugConnectedX,
  },
  paused: {
    word: 'Paused',
    says: 'The page is in the background.',
    colour: 'var(--tg-quiet)',
    icon: IconRefresh,
  },
};

export function LiveSign() {
  const { state } = useLive();
  const { word, says, colour, icon: Icon } = signs[state];
  return (
    <Tooltip label={says} withArrow>
      <Group gap={4} wrap="nowrap" role="status" aria-live="polite" data-live={state}>
        <Icon size={16} color={colour} aria-hidden />
        <Text size="sm">{word}</Text>
      </Group>
    </Tooltip>
  );
}
