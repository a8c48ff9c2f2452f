import { Anchor, Group, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { StatusRow } from '../../../../src/contract/api/status.ts';
import { ShortId } from '../../parts/short-id.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { WeightBar } from '../../parts/weight-bar.tsx';

/** Each environment in the order of the path: what is there, why, and how each target does. */
export function Health({ rows }: { readonly rows: readonly StatusRow[] }) {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, lg: Math.min(4, Math.max(1, rows.length)) }}>
      {rows.map((row) => (
        <Paper
          key={row.environment}
          withBorder
          p="sm"
          component="section"
          aria-label={row.environment}
          data-environment={row.environment}
        >
          <Stack gap={6}>
            <Group justify="space-between" wrap="nowrap">
              <Title order={2} size="h5">
                {row.environment}
              </Title>
              <StateBadge state={row.state} />
            </Group>
            <Text size="sm">{row.because}</Text>
            {row.rollout && !row.rollout.terminal && (
              <Anchor component={Link} to={`/rollouts/${row.rollout.id}`} size="sm">
                <WeightBar
                  weight={row.rollout.weight}
                  isMoving
                  label={`${row.rollout.release}: ${row.rollout.weight} %`}
                />
                Watch the rollout of {row.rollout.release}
              </Anchor>
            )}
            {row.stable && (
              <Group gap="xs">
                <ShortId id={row.stable} what="release" />
                {row.stableCommit && <ShortId id={row.stableCommit} what="commit" />}
              </Group>
            )}
            {row.endpoints.map(({ target, url, converged }) => (
              <Group key={target} gap="xs" wrap="nowrap">
                <StateBadge state={converged ? 'converged' : 'changing'} word={target} size="xs" />
                {url && (
                  <Anchor href={url} target="_blank" rel="noreferrer" size="xs">
                    {url.replace(/^https?:\/\//, '')}
                  </Anchor>
                )}
              </Group>
            ))}
          </Stack>
        </Paper>
      ))}
    </SimpleGrid>
  );
}
