import { Group, Loader, Select, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Commits as CommitsBetween } from '../../../../src/contract/api/applications.ts';
import type { StatusRow } from '../../../../src/contract/api/status.ts';
import { ask } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { ShortId } from '../../parts/short-id.tsx';
import { When } from '../../parts/when.tsx';
import { useReleases } from './releases.ts';

type CommitsProps = { readonly application: string; readonly rows: readonly StatusRow[] };

/** What going from one release to another brings, and what it takes away. */
export function Commits({ application, rows }: CommitsProps) {
  const own = keys.application(application);
  const releases = useReleases(application);
  const items = releases.data?.items ?? [];
  const last = rows.at(-1)?.stable ?? undefined;
  const [asked, setAsked] = useState<{ from?: string; to?: string }>({});
  const from = asked.from ?? last ?? items[1]?.id;
  const to = asked.to ?? items[0]?.id;
  const between = useQuery({
    queryKey: [...own, 'commits', from, to],
    queryFn: ({ signal }) =>
      ask<CommitsBetween>(`/applications/${application}/commits`, { query: { from, to }, signal }),
    enabled: to !== undefined,
  });
  const data = items.map(({ id, subject }) => ({ value: id, label: `${id} ${subject}` }));
  return (
    <Stack gap="sm">
      <Group>
        <Select
          label="From"
          data={data}
          value={from ?? null}
          onChange={(value) => value && setAsked({ ...asked, from: value })}
          w={320}
        />
        <Select
          label="To"
          data={data}
          value={to ?? null}
          onChange={(value) => value && setAsked({ ...asked, to: value })}
          w={320}
        />
      </Group>
      {releases.error && <ProblemAlert error={releases.error} />}
      {between.error && <ProblemAlert error={between.error} />}
      {between.isLoading && <Loader aria-label="Asking Git" />}
      {between.data && (
        <>
          <List
            title={`${between.data.items.length}${between.data.more ? '+' : ''} commits are new`}
            commits={between.data.items}
          />
          {between.data.diverged.items.length > 0 && (
            <List
              title={`${between.data.diverged.items.length} commits are taken away`}
              commits={between.data.diverged.items}
            />
          )}
        </>
      )}
    </Stack>
  );
}

type ListProps = { readonly title: string; readonly commits: CommitsBetween['items'] };

function List({ title, commits }: ListProps) {
  return (
    <Stack gap="xs">
      <Title order={3} size="h5">
        {title}
      </Title>
      <Table verticalSpacing={4}>
        <Table.Tbody>
          {commits.map((one) => (
            <Table.Tr key={one.id} data-commit={one.id}>
              <Table.Td w={110}>
                <ShortId id={one.id} what="commit" />
              </Table.Td>
              <Table.Td>{one.subject}</Table.Td>
              <Table.Td>{one.author}</Table.Td>
              <Table.Td>
                <Text size="sm" component="div">
                  <When at={one.at} />
                </Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Stack>
  );
}
