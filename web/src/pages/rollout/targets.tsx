import { Anchor, Stack, Table, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { RolloutView } from '../../../../src/contract/api/rollouts.ts';
import { Sheet } from '../../parts/sheet.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';

/** What each target really serves, wave by wave. */
export function Targets({ rollout }: { readonly rollout: RolloutView }) {
  const { targets, waveNames } = rollout;
  const hasCopy = targets.some(({ baselineReady }) => baselineReady !== undefined);
  return (
    <Stack gap="xs" component="section" aria-label="Targets">
      <Title order={2} size="h4">
        Targets
      </Title>
      <Sheet
        minWidth={700}
        head={[
          'Target',
          'Wave',
          'State',
          { figures: 'New gets' },
          { figures: 'New ready' },
          { figures: 'Stable ready' },
          ...(hasCopy ? [{ figures: 'Fresh copy' }] : []),
          { figures: 'Requests to new' },
          { figures: 'Failed' },
          'Answers at',
        ]}
      >
        {targets.map((one) => (
          <Table.Tr key={one.name} className="tg-number">
            <Table.Td>
              <Anchor component={Link} to={`/fleet/${one.name}`} size="sm">
                {one.name}
              </Anchor>
            </Table.Td>
            <Table.Td>{waveNames[one.wave] ?? one.wave + 1}</Table.Td>
            <Table.Td>
              <StateBadge state={stateOf(one)} />
              {one.message && <Text size="xs">{one.message}</Text>}
            </Table.Td>
            <Table.Td ta="right">{Math.round(one.candidateWeight * 10) / 10} %</Table.Td>
            <Table.Td ta="right">
              {one.candidateReady}/{one.candidateReplicas}
            </Table.Td>
            <Table.Td ta="right">{one.stableReady}</Table.Td>
            {hasCopy && (
              <Table.Td ta="right">
                {one.baselineReady ?? 0} ready, {one.baselineWeight ?? 0} %
              </Table.Td>
            )}
            <Table.Td ta="right">{one.requests.toLocaleString()}</Table.Td>
            <Table.Td ta="right">{one.errors.toLocaleString()}</Table.Td>
            <Table.Td>
              <Endpoint url={one.preview ?? one.endpoint} isPreview={one.preview !== null} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Sheet>
    </Stack>
  );
}

type Target = RolloutView['targets'][number];

const stateOf = ({ connected, converged }: Target): string =>
  !connected ? 'disconnected' : converged ? 'converged' : 'changing';

function Endpoint({
  url,
  isPreview,
}: {
  readonly url: string | null;
  readonly isPreview: boolean;
}) {
  if (url === null) return <Text size="sm">nowhere yet</Text>;
  return (
    <Anchor href={url} target="_blank" rel="noreferrer" size="sm">
      {url.replace(/^https?:\/\//, '')}
      {isPreview && ' (preview)'}
    </Anchor>
  );
}
