import { Anchor, Group, Loader, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReleaseView } from '../../../../src/contract/api/releases.ts';
import type { RolloutRowView } from '../../../../src/contract/api/rollouts.ts';
import type { StatusRow } from '../../../../src/contract/api/status.ts';
import { ask } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { Empty } from '../../parts/empty.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { Sheet } from '../../parts/sheet.tsx';
import { ShortId } from '../../parts/short-id.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { When } from '../../parts/when.tsx';
import { useReleases } from './releases.ts';
import { type Stop, stopsOf } from './stops.ts';

type LanesProps = { readonly application: string; readonly rows: readonly StatusRow[] };
type Page<Item> = { readonly items: readonly Item[] };

/** Releases from above, newest first; environments are the lanes: how far each came, and what became of it there. */
export function Lanes({ application, rows }: LanesProps) {
  const own = keys.application(application);
  const releases = useReleases(application);
  const rollouts = useQuery({
    queryKey: [...own, 'rollouts'],
    queryFn: ({ signal }) =>
      ask<Page<RolloutRowView>>('/rollouts', { query: { application, limit: 200 }, signal }),
  });
  const error = releases.error ?? rollouts.error;
  if (error) return <ProblemAlert error={error} />;
  if (!releases.data || !rollouts.data) return <Loader aria-label="Asking for releases" />;
  if (releases.data.items.length === 0) {
    return (
      <Empty title="No release yet">
        Make one of a commit: <code>npx tidegate release {application}</code>
      </Empty>
    );
  }
  const lanes = rows.map(({ environment }) => environment);
  const stops = stopsOf(rollouts.data.items);
  return (
    <Sheet minWidth={640} spacing="xs" head={['Release', ...lanes]}>
      {releases.data.items.map((release) => (
        <Table.Tr key={release.id} data-release={release.id}>
          <Table.Td maw={380}>
            <Name release={release} />
          </Table.Td>
          {lanes.map((lane) => (
            <Table.Td key={lane}>
              <StopCell
                stop={stops.get(`${release.id} ${lane}`)}
                isStable={release.stableIn.includes(lane)}
                isQuarantined={release.quarantinedIn.includes(lane)}
              />
            </Table.Td>
          ))}
        </Table.Tr>
      ))}
    </Sheet>
  );
}

function Name({ release }: { readonly release: ReleaseView }) {
  return (
    <>
      <Group gap="xs">
        <ShortId id={release.id} what="release" />
        <ShortId id={release.commit} what="commit" />
      </Group>
      <Text size="sm" className="tg-clip" title={release.subject}>
        {release.subject}
      </Text>
      <Text size="xs" c="var(--tg-quiet)" component="div">
        {release.author}, <When at={release.committedAt ?? release.createdAt} />
      </Text>
    </>
  );
}

type StopCellProps = {
  readonly stop: Stop | undefined;
  readonly isStable: boolean;
  readonly isQuarantined: boolean;
};

function StopCell({ stop, isStable, isQuarantined }: StopCellProps) {
  if (!stop) {
    return (
      <Text size="sm" c="var(--tg-quiet)">
        {isStable ? 'serves' : 'not here'}
      </Text>
    );
  }
  return (
    <>
      <Anchor component={Link} to={`/rollouts/${stop.id}`} size="sm" title={stop.because}>
        <StateBadge state={stop.phase} />
      </Anchor>
      <Text size="xs" component="div">
        <When at={stop.at} />
        {stop.tries > 1 && `, ${stop.tries} rollouts`}
      </Text>
      {isStable && (
        <Text size="xs" fw={600}>
          serves now
        </Text>
      )}
      {isQuarantined && (
        <Text size="xs" fw={600}>
          quarantined
        </Text>
      )}
    </>
  );
}
