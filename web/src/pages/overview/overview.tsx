import { Group, Loader, Select, Stack, Text, TextInput, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useRef, useState } from 'react';
import type { StatusRow } from '../../../../src/contract/api/status.ts';
import { keys } from '../../api/keys.ts';
import { askStatus } from '../../api/status.ts';
import { useChoice } from '../../parts/choice.ts';
import { Empty } from '../../parts/empty.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { lookOf } from '../../parts/state-badge.tsx';
import { useTitle } from '../../parts/title.ts';
import { type Choice, countStates, environmentsOf, type Line, linesOf } from './choose.ts';
import { Matrix } from './matrix.tsx';
import { inOrderOf } from './steady.ts';

const none: readonly StatusRow[] = [];

/** What runs where, what moves, what waits: applications by environments. */
export function Overview() {
  useTitle('Overview');
  const client = useQueryClient();
  const status = useQuery({
    queryKey: keys.status,
    queryFn: ({ signal }) => askStatus(signal, (rows) => showEarly(rows)),
  });
  const showEarly = (rows: readonly StatusRow[]): void => {
    if (client.getQueryData(keys.status) === undefined) client.setQueryData(keys.status, rows);
  };
  const [choice, set] = useChoice<Choice>();
  const rows = status.data ?? none;
  const environments = useMemo(() => environmentsOf(rows), [rows]);
  const lines = useMemo(() => linesOf(rows, choice), [rows, choice]);
  const columns = choice.environment ? [choice.environment] : environments;
  return (
    <Stack gap="sm">
      <Group justify="space-between" align="end">
        <Title order={1} size="h3">
          What runs where
        </Title>
        <Counts rows={rows} />
      </Group>
      <Filters choice={choice} set={set} environments={environments} />
      {status.error && <ProblemAlert error={status.error} onRetry={() => void status.refetch()} />}
      {status.isPending && <Loader aria-label="Asking what runs where" />}
      {status.isSuccess && rows.length === 0 && (
        <Empty title="Nothing is declared yet">
          Write an Application into the config repository, or let <code>npx tidegate init</code>{' '}
          write one for you. It appears here when it is pushed.
        </Empty>
      )}
      {rows.length > 0 && lines.length === 0 && (
        <Empty title="Nothing fits">Take away a word or a filter above.</Empty>
      )}
      {lines.length > 0 && <Steady key={orderOf(choice)} lines={lines} columns={columns} />}
    </Stack>
  );
}

/** What else than news puts the lines in another order. */
const orderOf = ({ q, state, environment, sort }: Choice): string =>
  [q, state, environment, sort].join('\0');

type SteadyProps = { readonly lines: readonly Line[]; readonly columns: readonly string[] };

/** The lines, which keep their places while somebody is at them. */
function Steady({ lines, columns }: SteadyProps) {
  const [isHeld, setIsHeld] = useState(false);
  const order = useRef<readonly string[]>([]);
  const shown = isHeld ? inOrderOf(lines, order.current) : lines;
  order.current = shown.map(({ application }) => application);
  return (
    <div
      role="group"
      aria-label="What runs where"
      onPointerEnter={() => setIsHeld(true)}
      onPointerLeave={() => setIsHeld(false)}
      onFocus={() => setIsHeld(true)}
      onBlur={() => setIsHeld(false)}
    >
      <Matrix lines={shown} columns={columns} />
    </div>
  );
}

function Counts({ rows }: { readonly rows: readonly StatusRow[] }) {
  const counts = useMemo(() => countStates(rows), [rows]);
  return (
    <Text size="sm" className="tg-number">
      {[...counts]
        .map(([state, count]) => `${count} ${lookOf(state).word.toLowerCase()}`)
        .join(' · ')}
    </Text>
  );
}

type FiltersProps = {
  readonly choice: Choice;
  readonly set: (change: Choice) => void;
  readonly environments: readonly string[];
};

const states = ['failed', 'rollingBack', 'waiting', 'rollingOut', 'notReleased', 'steady'] as const;

function Filters({ choice, set, environments }: FiltersProps) {
  return (
    <Group gap="sm" align="end">
      <TextInput
        label="Filter"
        placeholder="application, owner, commit"
        value={choice.q ?? ''}
        onChange={(event) => set({ q: event.currentTarget.value || undefined })}
        w={260}
      />
      <Select
        label="State"
        placeholder="any"
        clearable
        data={states.map((value) => ({ value, label: lookOf(value).word }))}
        value={choice.state ?? null}
        onChange={(state) => set({ state: state ?? undefined })}
        w={170}
      />
      <Select
        label="Environment"
        placeholder="all"
        clearable
        data={[...environments]}
        value={choice.environment ?? null}
        onChange={(environment) => set({ environment: environment ?? undefined })}
        w={170}
      />
      <Select
        label="Sort by"
        data={[
          { value: 'name', label: 'name' },
          { value: 'attention', label: 'what needs attention' },
          { value: 'changed', label: 'what changed last' },
        ]}
        value={choice.sort ?? 'name'}
        onChange={(sort) => set({ sort: sort === 'name' ? undefined : (sort ?? undefined) })}
        allowDeselect={false}
        w={200}
      />
    </Group>
  );
}
