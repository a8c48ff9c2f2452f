import { Container, Group, Loader, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { PublicRow, PublicStatus } from '../../../../src/contract/api/public-status.ts';
import { ask } from '../../api/client.ts';
import { ProblemError } from '../../api/problem.ts';
import { Empty } from '../../parts/empty.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { Sheet } from '../../parts/sheet.tsx';
import { shortOf } from '../../parts/short-id.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { useTitle } from '../../parts/title.ts';
import { When } from '../../parts/when.tsx';

/** Milliseconds: whoever has no token has no line to the server, and the server answers from memory. */
const lookEvery = 5_000;

/** What anybody may see, without a login: version, commit and health of each application in each environment. */
export function StatusPage() {
  useTitle('Status');
  const status = useQuery({
    queryKey: ['public-status'],
    queryFn: ({ signal }) => ask<PublicStatus>('/public/status', { signal }),
    refetchInterval: lookEvery,
    retry: false,
  });
  const { data, error } = status;
  const isOff = error instanceof ProblemError && error.problem.status === 404;
  return (
    <Container component="main" py="lg" size="md">
      <Stack>
        <Group justify="space-between">
          <Title order={1} size="h3">
            Status
          </Title>
          {data && <Summary rows={data.items} />}
        </Group>
        {status.isPending && <Loader aria-label="Asking for the status" />}
        {isOff && (
          <Empty title="This page is switched off">
            An operator switches it on with <code>TIDEGATE_PUBLIC_STATUS=true</code>.
          </Empty>
        )}
        {error && !isOff && <ProblemAlert error={error} />}
        {data && <Rows rows={data.items} />}
        {data?.more && <Text size="sm">There are more, which are not shown here.</Text>}
      </Stack>
    </Container>
  );
}

function Summary({ rows }: { readonly rows: readonly PublicRow[] }) {
  const ill = rows.filter(({ health }) => health === 'unhealthy').length;
  return (
    <StateBadge
      state={ill === 0 ? 'healthy' : 'unhealthy'}
      word={ill === 0 ? 'Nothing is known to be unhealthy' : `${ill} unhealthy`}
    />
  );
}

function Rows({ rows }: { readonly rows: readonly PublicRow[] }) {
  return (
    <Sheet
      minWidth={560}
      head={['Application', 'Environment', 'Health', 'Version', 'Commit', 'Since']}
    >
      {rows.map((row) => (
        <Table.Tr key={`${row.application} ${row.environment}`}>
          <Table.Td>{row.application}</Table.Td>
          <Table.Td>{row.environment}</Table.Td>
          <Table.Td>
            <StateBadge state={row.health} />
          </Table.Td>
          <Table.Td className="tg-mono">{row.version ?? 'none yet'}</Table.Td>
          <Table.Td className="tg-mono">{row.commit ? shortOf(row.commit) : ''}</Table.Td>
          <Table.Td>{row.since && <When at={row.since} />}</Table.Td>
        </Table.Tr>
      ))}
    </Sheet>
  );
}
