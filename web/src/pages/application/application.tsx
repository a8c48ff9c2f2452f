import { Anchor, Code, Group, Loader, Stack, Tabs, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { stringify } from 'yaml';
import type { ApplicationView } from '../../../../src/contract/api/applications.ts';
import type { StatusRow } from '../../../../src/contract/api/status.ts';
import { ask } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { EventList } from '../../parts/event-list.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { ProblemList } from '../../parts/problem-list.tsx';
import { ShortId } from '../../parts/short-id.tsx';
import { useTitle } from '../../parts/title.ts';
import { When } from '../../parts/when.tsx';
import { Commits } from './commits.tsx';
import { Health } from './health.tsx';
import { Lanes } from './lanes.tsx';

const tabs = ['path', 'commits', 'configuration', 'history'] as const;
type Page<Item> = { readonly items: readonly Item[] };

/** One application: the way of its releases through its environments. */
export function ApplicationPage() {
  const { name = '' } = useParams({ strict: false });
  const { tab = 'path' }: { readonly tab?: string | undefined } = useSearch({ strict: false });
  const navigate = useNavigate();
  useTitle(name);
  const application = useQuery({
    queryKey: [...keys.application(name), 'document'],
    queryFn: ({ signal }) => ask<ApplicationView>(`/applications/${name}`, { signal }),
  });
  const status = useQuery({
    queryKey: [...keys.application(name), 'status'],
    queryFn: ({ signal }) =>
      ask<Page<StatusRow>>('/status', { query: { application: name }, signal }),
  });
  if (application.isPending) return <Loader aria-label="Asking about the application" />;
  if (!application.data) {
    return <ProblemAlert error={application.error} onRetry={() => void application.refetch()} />;
  }
  const rows = status.data?.items ?? [];
  return (
    <Stack gap="md">
      <Head application={application.data} owner={rows[0]?.owner} />
      <ProblemList problems={application.data.problems} />
      {status.error && <ProblemAlert error={status.error} onRetry={() => void status.refetch()} />}
      <Health rows={rows} />
      <Tabs
        value={tab}
        onChange={(next) => {
          const search = { tab: next === 'path' ? undefined : (next ?? undefined) };
          void navigate({ to: '.', search, replace: true });
        }}
        keepMounted={false}
      >
        <Tabs.List>
          {tabs.map((one) => (
            <Tabs.Tab key={one} value={one}>
              {one[0]?.toUpperCase()}
              {one.slice(1)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="path" pt="md">
          <Lanes application={name} rows={rows} />
        </Tabs.Panel>
        <Tabs.Panel value="commits" pt="md">
          <Commits application={name} rows={rows} />
        </Tabs.Panel>
        <Tabs.Panel value="configuration" pt="md">
          <Code block tabIndex={0}>
            {stringify(application.data.document)}
          </Code>
        </Tabs.Panel>
        <Tabs.Panel value="history" pt="md">
          <EventList filter={{ application: name }} />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

type HeadProps = { readonly application: ApplicationView; readonly owner: string | undefined };

function Head({ application, owner }: HeadProps) {
  const { name, repository, path, commit, updatedAt } = application;
  return (
    <Stack gap={4} component="header">
      <Title order={1} size="h3">
        {name}
      </Title>
      <Group gap="lg">
        {owner && (
          <Text size="sm">
            Owner: {owner.includes('@') ? <Anchor href={`mailto:${owner}`}>{owner}</Anchor> : owner}
          </Text>
        )}
        <Text size="sm" component="div">
          Declared in {path} of {repository}, commit <ShortId id={commit} what="commit" />,{' '}
          <When at={updatedAt} />
        </Text>
      </Group>
    </Stack>
  );
}
