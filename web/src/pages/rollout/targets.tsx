import { Anchor, Stack, Table, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { RolloutView } from '../../../../src/contract/api/rollouts.ts';
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
      <Table.ScrollContainer minWidth={700} scrollAreaProps={{ tabIndex: 0 }}>
        <Table verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Target</Table.Th>
              <Table.Th>Wave</Table.Th>
              <Table.Th>State</Table.Th>
              <Table.Th ta="right">New gets</Table.Th>
              <Table.Th ta="right">New ready</Table.Th>
              <Table.Th ta="right">Stable ready</Table.Th>
              {hasCopy && <Table.Th ta="right">Fresh copy</Table.Th>}
              <Table.Th ta="right">Requests to new</Table.Th>
              <Table.Th ta="right">Failed</Table.Th>
              <Table.Th>Answers at</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
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
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
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
