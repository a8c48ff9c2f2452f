import { Anchor, Button, Loader, Stack, Table, Text } from '@mantine/core';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { EventView } from '../../../src/contract/api/events.ts';
import { ask, type Query } from '../api/client.ts';
import { keys } from '../api/keys.ts';
import { useLive } from '../api/live.tsx';
import { Empty } from './empty.tsx';
import { ProblemAlert } from './problem-alert.tsx';
import { Sheet } from './sheet.tsx';
import { StateBadge } from './state-badge.tsx';
import { exactTime, When } from './when.tsx';

type EventListProps = { readonly filter: Query };
type Page = { readonly items: readonly EventView[]; readonly cursor: string | null };

const pageSize = 100;

/** Events, newest first. What is new waits until the reader asks for it, so that nothing jumps. */
export function EventList({ filter }: EventListProps) {
  const client = useQueryClient();
  const queryKey = [...keys.events, filter];
  const [isBehind, setIsBehind] = useState(false);
  const { listen } = useLive();
  useEffect(() => listen((changes) => changes.length > 0 && setIsBehind(true)), [listen]);
  const events = useInfiniteQuery({
    queryKey,
    queryFn: ({ signal, pageParam }) =>
      ask<Page>('/events', { query: { ...filter, limit: pageSize, before: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ items, cursor }) =>
      items.length < pageSize ? undefined : (cursor ?? undefined),
  });
  const renew = (): void => {
    setIsBehind(false);
    void client.resetQueries({ queryKey });
  };
  if (events.isPending) return <Loader aria-label="Asking what happened" />;
  if (!events.data) return <ProblemAlert error={events.error} onRetry={renew} />;
  const items = events.data.pages.flatMap((page) => page.items);
  return (
    <Stack gap="sm">
      {isBehind && (
        <Button variant="default" size="compact-sm" onClick={renew}>
          More may have happened: show it
        </Button>
      )}
      {items.length === 0 ? (
        <Empty title="Nothing of this kind happened">Take away a word, or widen the time.</Empty>
      ) : (
        <Rows events={items} />
      )}
      {events.hasNextPage && (
        <Button
          variant="default"
          onClick={() => void events.fetchNextPage()}
          loading={events.isFetchingNextPage}
        >
          What was before
        </Button>
      )}
    </Stack>
  );
}

function Rows({ events }: { readonly events: readonly EventView[] }) {
  return (
    <Sheet minWidth={760} spacing={4} head={['When', 'Who', 'What', 'On', 'Because', 'Outcome']}>
      {events.map((event) => (
        <Table.Tr key={event.id} data-event={event.type}>
          <Table.Td title={exactTime(event.at)}>
            <When at={event.at} />
          </Table.Td>
          <Table.Td>{event.actor}</Table.Td>
          <Table.Td>{event.type}</Table.Td>
          <Table.Td>
            <ObjectLink event={event} />
          </Table.Td>
          <Table.Td maw={460}>
            <Text size="sm">{event.because}</Text>
          </Table.Td>
          <Table.Td>
            <StateBadge state={event.outcome} size="xs" />
          </Table.Td>
        </Table.Tr>
      ))}
    </Sheet>
  );
}

const pages: { readonly [kind: string]: string } = { rollout: '/rollouts/', run: '/runs/' };

function ObjectLink({ event }: { readonly event: EventView }) {
  const { objectId, application, environment } = event;
  const words = [application, environment].filter(Boolean).join(' in ') || (objectId ?? '');
  const [kind = '', key = ''] = objectId?.split('/') ?? [];
  const page = pages[kind];
  const to = page ? `${page}${key}` : application ? `/applications/${application}` : null;
  if (to === null) return <Text size="sm">{words}</Text>;
  return (
    <Anchor component={Link} to={to} size="sm" title={objectId ?? ''}>
      {words}
    </Anchor>
  );
}
