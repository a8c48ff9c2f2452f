import { Anchor, Code, Group, Loader, Paper, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import type { TargetApplicationView, TargetDetail } from '../../../../src/contract/api/fleet.ts';
import { ask } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { Empty } from '../../parts/empty.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { Sheet } from '../../parts/sheet.tsx';
import { ShortId } from '../../parts/short-id.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { useTitle } from '../../parts/title.ts';
import { When } from '../../parts/when.tsx';
import classes from './target.module.css';

/** Milliseconds: what an agent reports of itself changes without anything being decided. */
const lookEvery = 3_000;

/** One target: what is asked of it, what it serves, and where the two differ. */
export function TargetPage() {
  const { name = '' } = useParams({ strict: false });
  useTitle(name);
  const detail = useQuery({
    queryKey: keys.target(name),
    queryFn: ({ signal }) => ask<TargetDetail>(`/targets/${name}`, { signal }),
    refetchInterval: lookEvery,
  });
  if (detail.isPending) return <Loader aria-label="Asking about the target" />;
  if (!detail.data) {
    return <ProblemAlert error={detail.error} onRetry={() => void detail.refetch()} />;
  }
  const { connected, agent, agentVersion, lastSeenAt, driver, labels, applications } = detail.data;
  return (
    <Stack gap="md">
      <Group gap="sm">
        <Title order={1} size="h3">
          {name}
        </Title>
        <StateBadge state={connected ? 'connected' : 'disconnected'} />
      </Group>
      <Group gap="lg">
        <Text size="sm">Driver: {driver ?? 'not declared'}</Text>
        <Text size="sm">
          Agent: {agent ?? 'none'} {agentVersion}
        </Text>
        <Text size="sm" component="div">
          Last heard of: {lastSeenAt ? <When at={lastSeenAt} /> : 'never'}
        </Text>
        <Text size="sm">
          {Object.entries(labels)
            .map(([key, value]) => `${key}=${value}`)
            .join(', ')}
        </Text>
      </Group>
      {applications.length === 0 && (
        <Empty title="Nothing is asked of this target">
          An environment that names it, and an application that goes there, change that.
        </Empty>
      )}
      {applications.map((one) => (
        <ApplicationOnTarget key={`${one.application} ${one.environment}`} at={one} />
      ))}
    </Stack>
  );
}

function ApplicationOnTarget({ at }: { readonly at: TargetApplicationView }) {
  const { application, environment, asked, served, drift } = at;
  return (
    <Paper withBorder p="sm" component="section" aria-label={`${application} in ${environment}`}>
      <Stack gap="xs">
        <Group justify="space-between">
          <Title order={2} size="h5">
            <Anchor component={Link} to={`/applications/${application}`} inherit underline="always">
              {application}
            </Anchor>{' '}
            in {environment}
          </Title>
          <StateBadge state={drift.length === 0 ? 'converged' : 'drifted'} />
        </Group>
        <Text size="sm">
          Asked <When at={asked.updatedAt} /> (generation {asked.generation}): {asked.because}
        </Text>
        <Versions at={at} />
        {drift.length > 0 && <Drift at={at} />}
        <Text size="sm" component="div">
          {served ? (
            <>
              Reported <When at={served.reportedAt} /> for generation {served.generation}
              {served.message && `: ${served.message}`}
            </>
          ) : (
            'Its agent has not reported on this yet.'
          )}
        </Text>
        {(asked.routes.length > 0 || asked.sticky || asked.preview) && (
          <Code block>
            {JSON.stringify(
              { routes: asked.routes, sticky: asked.sticky, preview: asked.preview },
              null,
              2,
            )}
          </Code>
        )}
      </Stack>
    </Paper>
  );
}

function Versions({ at: { asked, served } }: { readonly at: TargetApplicationView }) {
  const releases = new Set([
    ...asked.versions.map(({ release }) => release),
    ...(served?.versions.map(({ release }) => release) ?? []),
  ]);
  return (
    <Sheet
      minWidth={560}
      spacing={4}
      head={[
        'Release',
        { figures: 'Share asked' },
        { figures: 'Share served' },
        { figures: 'Replicas asked' },
        { figures: 'Ready' },
        'Says',
      ]}
    >
      {[...releases].map((release) => {
        const wanted = asked.versions.find((one) => one.release === release);
        const given = served?.versions.find((one) => one.release === release);
        return (
          <Table.Tr key={release} className="tg-number">
            <Table.Td>
              <ShortId id={release} what="release" />
            </Table.Td>
            <Table.Td ta="right">{wanted ? `${wanted.weight} %` : 'none'}</Table.Td>
            <Table.Td ta="right">{given ? `${given.weight} %` : 'none'}</Table.Td>
            <Table.Td ta="right">{wanted?.replicas ?? 0}</Table.Td>
            <Table.Td ta="right">{given?.ready ?? 0}</Table.Td>
            <Table.Td>{given?.message}</Table.Td>
          </Table.Tr>
        );
      })}
    </Sheet>
  );
}

/** As a diff is read: what is asked is taken away, what is served stands there instead. */
function Drift({ at: { drift } }: { readonly at: TargetApplicationView }) {
  return (
    <div className={classes.diff} role="group" aria-label="What differs from what is asked">
      {drift.map(({ path, asked, served }) => (
        <div key={path}>
          <div className={classes.path}>{path}</div>
          <div className={classes.asked}>− asked: {asked}</div>
          <div className={classes.served}>+ served: {served}</div>
        </div>
      ))}
    </div>
  );
}
