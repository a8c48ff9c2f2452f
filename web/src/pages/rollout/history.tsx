import { SimpleGrid, Stack, Text, Timeline, Title } from '@mantine/core';
import type { Explanation } from '../../../../src/contract/api/rollouts.ts';
import { lookOf, toneColour } from '../../parts/state-badge.tsx';
import { clockTime, exactTime } from '../../parts/when.tsx';

/** Why it is where it is, most important first; beside it, what was decided when and by whom. */
export function History({ explanation }: { readonly explanation: Explanation }) {
  const { facts, events } = explanation;
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      <Stack gap="xs" component="section" aria-label="Why">
        <Title order={2} size="h4">
          Why
        </Title>
        {facts.map(({ fact, because }) => (
          <div key={fact}>
            <Text size="sm" fw={600}>
              {fact}
            </Text>
            <Text size="sm">because {because}</Text>
          </div>
        ))}
      </Stack>
      <Stack gap="xs" component="section" aria-label="What happened">
        <Title order={2} size="h4">
          What happened
        </Title>
        <Timeline bulletSize={14} lineWidth={2}>
          {events.toReversed().map((event) => {
            const { icon: Icon, tone } = lookOf(event.outcome);
            return (
              <Timeline.Item
                key={`${event.at} ${event.type}`}
                bullet={
                  <Icon size={14} color={toneColour(tone)} aria-label={event.outcome} role="img" />
                }
              >
                <Text size="sm">{event.because || event.type}</Text>
                <Text size="xs" c="var(--tg-quiet)">
                  <time dateTime={event.at} title={exactTime(event.at)}>
                    {clockTime(event.at)}
                  </time>{' '}
                  {event.type} by {event.actor}
                </Text>
              </Timeline.Item>
            );
          })}
        </Timeline>
      </Stack>
    </SimpleGrid>
  );
}
