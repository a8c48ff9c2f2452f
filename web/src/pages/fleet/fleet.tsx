import { Anchor, Group, Loader, Stack, Table, Text, TextInput, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { TargetSummary } from '../../../../src/contract/api/fleet.ts';
import { useChoice } from '../../parts/choice.ts';
import { Empty } from '../../parts/empty.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { Sheet } from '../../parts/sheet.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { useTitle } from '../../parts/title.ts';
import { When } from '../../parts/when.tsx';
import { useTargets } from './targets.ts';

type Choice = { readonly q?: string | undefined };

/** Every target: who serves it, when it was last heard of, whether it does what is asked. */
export function FleetPage() {
  useTitle('Fleet');
  const [{ q = '' }, set] = useChoice<Choice>();
  const { targets, error, isReady } = useTargets();
  const shown = useMemo(() => chosen(targets, q), [targets, q]);
  const away = targets.filter(({ connected }) => !connected).length;
  const drifted = targets.filter(({ applications }) => applications.some(isBehind)).length;
  return (
    <Stack gap="sm">
      <Group justify="space-between" align="end">
        <Title order={1} size="h3">
          Fleet
        </Title>
        <Text size="sm" className="tg-number">
          {targets.length} targets · {away} not connected · {drifted} not as asked
        </Text>
      </Group>
      <TextInput
        label="Filter"
        placeholder="target, driver, label, application"
        maw={320}
        value={q}
        onChange={(event) => set({ q: event.currentTarget.value || undefined })}
      />
      {error !== null && <ProblemAlert error={error} />}
      {!isReady && error === null && <Loader aria-label="Asking for targets" />}
      {isReady && targets.length === 0 && (
        <Empty title="There is no target yet">
          A target is a place to run things: declare a Target in the config repository, and start an
          agent for it with <code>npx tidegate agent --target NAME</code>.
        </Empty>
      )}
      {targets.length > 0 && shown.length === 0 && (
        <Empty title="Nothing fits">Take away a word of the filter.</Empty>
      )}
      {shown.length > 0 && <Rows targets={shown} />}
    </Stack>
  );
}

const isBehind = ({ converged }: TargetSummary['applications'][number]): boolean => !converged;

function chosen(targets: readonly TargetSummary[], q: string): readonly TargetSummary[] {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  return targets.filter(({ name, driver, agent, labels, applications }) => {
    const text = [
      ...[name, driver, agent],
      ...Object.entries(labels).map(([key, value]) => `${key}=${value}`),
      ...applications.map(({ application }) => application),
    ]
      .join(' ')
      .toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

function Rows({ targets }: { readonly targets: readonly TargetSummary[] }) {
  return (
    <Sheet
      minWidth={760}
      head={['Target', 'Agent', 'Last heard of', 'Driver', 'Labels', 'Applications']}
    >
      {targets.map((one) => (
        <Row key={one.name} target={one} />
      ))}
    </Sheet>
  );
}

function Row({ target }: { readonly target: TargetSummary }) {
  const { name, driver, labels, connected, agent, agentVersion, lastSeenAt, applications } = target;
  const behind = applications.filter(isBehind);
  return (
    <Table.Tr data-target={name}>
      <Table.Td>
        <Anchor component={Link} to={`/fleet/${name}`} size="sm" fw={600}>
          {name}
        </Anchor>
      </Table.Td>
      <Table.Td>
        <StateBadge state={connected ? 'connected' : 'disconnected'} />
        <Text size="xs">
          {agent ?? 'no agent'} {agentVersion}
        </Text>
      </Table.Td>
      <Table.Td>
        {connected ? 'just now' : lastSeenAt ? <When at={lastSeenAt} /> : 'never'}
      </Table.Td>
      <Table.Td>{driver ?? 'not declared'}</Table.Td>
      <Table.Td>
        <Text size="xs">
          {Object.entries(labels)
            .map(([key, value]) => `${key}=${value}`)
            .join(', ')}
        </Text>
      </Table.Td>
      <Table.Td>
        {applications.length > 0 && (
          <StateBadge
            state={behind.length === 0 ? 'converged' : 'drifted'}
            word={
              behind.length === 0
                ? `${applications.length} as asked`
                : `${behind.length} of ${applications.length} not as asked`
            }
          />
        )}
      </Table.Td>
    </Table.Tr>
  );
}
