import { Accordion, Code, Group, Stack, Table, Text, Title } from '@mantine/core';
import type { AnalysisTold, RolloutView } from '../../../../src/contract/api/rollouts.ts';
import { StateBadge } from '../../parts/state-badge.tsx';
import { clockTime, exactTime } from '../../parts/when.tsx';

type AnalysesProps = { readonly analyses: readonly AnalysisTold[]; readonly rollout: RolloutView };
type Metric = AnalysisTold['metrics'][number];

/** Every verdict with what it was reached by. */
export function Analyses({ analyses, rollout }: AnalysesProps) {
  if (analyses.length === 0) return null;
  return (
    <Stack gap="xs" component="section" aria-label="Verdicts">
      <Title order={2} size="h4">
        Verdicts
      </Title>
      <Accordion variant="contained" multiple order={3}>
        {analyses.map((one) => (
          <Accordion.Item key={one.key} value={one.key}>
            <Accordion.Control>
              <Group gap="sm" wrap="nowrap">
                <StateBadge state={one.phase} />
                <Text size="sm">
                  {one.purpose} of wave {rollout.waveNames[one.wave] ?? one.wave + 1}: {one.because}
                </Text>
              </Group>
            </Accordion.Control>
            <Accordion.Panel>
              <Stack>
                {one.metrics.map((metric) => (
                  <MetricDetail key={metric.name} metric={metric} />
                ))}
              </Stack>
            </Accordion.Panel>
          </Accordion.Item>
        ))}
      </Accordion>
    </Stack>
  );
}

function MetricDetail({ metric }: { readonly metric: Metric }) {
  const conditions = [
    metric.successCondition && `success: ${metric.successCondition}`,
    metric.failureCondition && `failure: ${metric.failureCondition}`,
    `${metric.failures} of ${metric.failureLimit} failures`,
    `${metric.successes} successes, ${metric.inconclusives} inconclusive, ${metric.errors} errors`,
  ].filter(Boolean);
  return (
    <Stack gap={4}>
      <Group gap="sm">
        <Text fw={600} size="sm">
          {metric.name}
        </Text>
        <StateBadge state={metric.phase} size="xs" />
        <Text size="xs">
          judged by {metric.judge}, from {metric.source}
        </Text>
      </Group>
      <Text size="xs">{conditions.join(' · ')}</Text>
      <Table.ScrollContainer
        minWidth={600}
        mah={320}
        scrollAreaProps={{ tabIndex: 0, 'aria-label': `Measurements of ${metric.name}` }}
      >
        <Table verticalSpacing={4} stickyHeader>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>At</Table.Th>
              <Table.Th>Verdict</Table.Th>
              <Table.Th>Because</Table.Th>
              <Table.Th>Figures</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {metric.measurements.toReversed().map((one) => (
              <Table.Tr key={one.at}>
                <Table.Td title={exactTime(one.at)} className="tg-number">
                  {clockTime(one.at)}
                </Table.Td>
                <Table.Td>
                  <StateBadge state={one.verdict} size="xs" />
                </Table.Td>
                <Table.Td>
                  <Text size="xs">{one.because}</Text>
                </Table.Td>
                <Table.Td>
                  <details>
                    <summary>{one.query || 'value'}</summary>
                    <Code block>
                      {JSON.stringify({ value: one.value, figures: one.figures }, null, 1)}
                    </Code>
                  </details>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Stack>
  );
}
