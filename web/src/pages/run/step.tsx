import { CloseButton, Code, Group, Paper, Stack, Text, Title } from '@mantine/core';
import type { RunStepView } from '../../../../src/contract/api/runs.ts';
import { StateBadge } from '../../parts/state-badge.tsx';
import { When } from '../../parts/when.tsx';

type StepDetailProps = { readonly step: RunStepView; readonly onClose: () => void };

/** One step: where it stands and why, what it gave, who said what. */
export function StepDetail({ step, onClose }: StepDetailProps) {
  const { name, kind, status, because, attempt, outputs, answers, startedAt, endedAt } = step;
  return (
    <Paper withBorder p="sm" component="section" aria-label={`Step ${name}`}>
      <Stack gap="xs">
        <Group justify="space-between" wrap="nowrap">
          <Title order={2} size="h5">
            {name}
          </Title>
          <CloseButton aria-label="Show all steps" onClick={onClose} />
        </Group>
        <Group gap="sm">
          <StateBadge state={status} />
          <Text size="sm">
            {kind}
            {step.environment && ` in ${step.environment}`}
            {attempt > 1 && `, try ${attempt}`}
          </Text>
        </Group>
        <Text size="sm">{because}</Text>
        {startedAt && (
          <Text size="sm" component="div">
            Began <When at={startedAt} />
            {endedAt && (
              <>
                , ended <When at={endedAt} />
              </>
            )}
          </Text>
        )}
        {answers.map((one) => (
          <Text size="sm" key={`${one.actor} ${one.at}`} component="div">
            {one.actor}: {one.action} <When at={one.at} />
            {one.because && `, ${one.because}`}
          </Text>
        ))}
        {Object.keys(outputs).length > 0 && <Code block>{JSON.stringify(outputs, null, 2)}</Code>}
      </Stack>
    </Paper>
  );
}
