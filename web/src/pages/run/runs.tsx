import {
  Anchor,
  Button,
  Group,
  Loader,
  Select,
  Stack,
  Table,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { RunRowView } from '../../../../src/contract/api/runs.ts';
import { ask } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { useChoice } from '../../parts/choice.ts';
import { Empty } from '../../parts/empty.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { Sheet } from '../../parts/sheet.tsx';
import { lookOf, StateBadge } from '../../parts/state-badge.tsx';
import { useTitle } from '../../parts/title.ts';
import { lasting, When } from '../../parts/when.tsx';

type Choice = { readonly [Name in 'application' | 'pipeline' | 'show']?: string | undefined };
type Page = { readonly items: readonly RunRowView[]; readonly cursor: string | null };

const phases = ['queued', 'running', 'finishing', 'succeeded', 'failed', 'errored', 'cancelled'];

/** Pipelines under way, and those that are over; newest first. */
export function RunsPage() {
  useTitle('Runs');
  const [choice, set] = useChoice<Choice>();
  const { application, pipeline, show } = choice;
  const runs = useInfiniteQuery({
    queryKey: [...keys.runs, application, pipeline, show],
    queryFn: ({ signal, pageParam }) =>
      ask<Page>('/runs', {
        signal,
        query: {
          limit: 50,
          ...{ application, pipeline, cursor: pageParam },
          ...(show === 'active' ? { active: true } : {}),
          ...(show === 'awaiting' ? { awaiting: true } : {}),
          ...(show && phases.includes(show) ? { phase: show } : {}),
        },
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.cursor ?? undefined,
  });
  const rows = runs.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Stack gap="sm">
      <Title order={1} size="h3">
        Runs
      </Title>
      <Filters choice={choice} set={set} />
      {runs.error && <ProblemAlert error={runs.error} onRetry={() => void runs.refetch()} />}
      {runs.isPending && <Loader aria-label="Asking for runs" />}
      {runs.isSuccess && rows.length === 0 && (
        <Empty title="No run here">
          A run begins by a push, a schedule, a webhook, or by{' '}
          <code>npx tidegate run start PIPELINE</code>.
        </Empty>
      )}
      {rows.length > 0 && <Rows rows={rows} />}
      {runs.hasNextPage && (
        <Button
          variant="default"
          onClick={() => void runs.fetchNextPage()}
          loading={runs.isFetchingNextPage}
        >
          Older runs
        </Button>
      )}
    </Stack>
  );
}

type FiltersProps = { readonly choice: Choice; readonly set: (change: Choice) => void };

function Filters({ choice, set }: FiltersProps) {
  return (
    <Group align="end">
      <TextInput
        label="Application"
        value={choice.application ?? ''}
        onChange={(event) => set({ application: event.currentTarget.value || undefined })}
      />
      <TextInput
        label="Pipeline"
        value={choice.pipeline ?? ''}
        onChange={(event) => set({ pipeline: event.currentTarget.value || undefined })}
      />
      <Select
        label="Show"
        placeholder="all"
        clearable
        data={[
          { value: 'active', label: 'under way' },
          { value: 'awaiting', label: 'waiting for a person' },
          ...phases.map((value) => ({ value, label: lookOf(value).word })),
        ]}
        value={choice.show ?? null}
        onChange={(show) => set({ show: show ?? undefined })}
      />
    </Group>
  );
}

function Rows({ rows }: { readonly rows: readonly RunRowView[] }) {
  return (
    <Sheet
      minWidth={760}
      head={[
        'State',
        'Pipeline',
        'Application',
        'Why',
        { figures: 'Steps' },
        'Began by',
        'Opened',
        { figures: 'Took' },
      ]}
    >
      {rows.map((row) => (
        <Table.Tr key={row.id} data-run={row.id}>
          <Table.Td>
            <StateBadge state={row.phase} />
          </Table.Td>
          <Table.Td>
            <Anchor component={Link} to={`/runs/${row.id}`} size="sm">
              {row.pipeline}
            </Anchor>
          </Table.Td>
          <Table.Td>
            {row.application && (
              <Anchor component={Link} to={`/applications/${row.application}`} size="sm">
                {row.application}
              </Anchor>
            )}
          </Table.Td>
          <Table.Td maw={380}>
            <Text size="sm" className="tg-clip" title={row.because}>
              {row.because}
            </Text>
          </Table.Td>
          <Table.Td ta="right" className="tg-number">
            {row.done}/{row.steps}
          </Table.Td>
          <Table.Td>
            <Text size="sm">
              {row.trigger}, {row.actor}
            </Text>
          </Table.Td>
          <Table.Td>
            <When at={row.openedAt} />
          </Table.Td>
          <Table.Td ta="right" className="tg-number">
            {row.endedAt && row.startedAt
              ? lasting(Date.parse(row.endedAt) - Date.parse(row.startedAt))
              : ''}
          </Table.Td>
        </Table.Tr>
      ))}
    </Sheet>
  );
}
