import { Alert, Anchor, Grid, Group, Loader, Stack, Text, Title } from '@mantine/core';
import { IconUserQuestion } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import type { RunStepView, RunView } from '../../../../src/contract/api/runs.ts';
import { ask } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { Actions } from '../../parts/actions.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { ShortId } from '../../parts/short-id.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { useTitle } from '../../parts/title.ts';
import { When } from '../../parts/when.tsx';
import { Graph } from './graph.tsx';
import { Log } from './log.tsx';
import { StepDetail } from './step.tsx';

/** A pipeline as it runs: its steps, what each waits for, what each says. */
export function RunPage() {
  const { id = '' } = useParams({ strict: false });
  const { step }: { readonly step?: string | undefined } = useSearch({ strict: false });
  const navigate = useNavigate();
  const view = useQuery({
    queryKey: keys.run(id),
    queryFn: ({ signal }) => ask<RunView>(`/runs/${id}`, { signal }),
  });
  useTitle(view.data ? `Run of ${view.data.pipeline}` : 'Run');
  if (view.isPending) return <Loader aria-label="Asking about the run" />;
  if (!view.data) return <ProblemAlert error={view.error} onRetry={() => void view.refetch()} />;
  const run = view.data;
  const choose = (name: string | undefined): void => {
    void navigate({ to: '.', search: { step: name }, replace: true });
  };
  const chosen = run.graph.steps.find(({ name }) => name === step);
  return (
    <Stack gap="md">
      <Head run={run} />
      {run.graph.steps
        .filter(({ name }) => run.awaiting.includes(name))
        .map((one) => (
          <Approval key={one.name} run={run} step={one} />
        ))}
      <Graph graph={run.graph} chosen={step} onChoose={choose} />
      <Grid>
        {chosen && (
          <Grid.Col span={{ base: 12, md: 4 }}>
            <StepDetail step={chosen} onClose={() => choose(undefined)} />
          </Grid.Col>
        )}
        <Grid.Col span={{ base: 12, md: chosen ? 8 : 12 }}>
          <Log key={`${id} ${step}`} run={id} step={step} />
        </Grid.Col>
      </Grid>
    </Stack>
  );
}

function Head({ run }: { readonly run: RunView }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const act = async (action: string, because: string): Promise<void> => {
    const body = { action, because };
    const done = await ask<{ id: string }>(`/runs/${run.id}/actions`, { method: 'POST', body });
    await client.invalidateQueries({ queryKey: keys.run(run.id) });
    if (done.id !== run.id) await navigate({ to: `/runs/${done.id}` });
  };
  return (
    <Stack gap="xs" component="header">
      <Group justify="space-between">
        <Group gap="sm">
          <Title order={1} size="h3">
            {run.pipeline}
            {run.application && (
              <>
                {' of '}
                <Anchor
                  component={Link}
                  to={`/applications/${run.application}`}
                  inherit
                  underline="always"
                >
                  {run.application}
                </Anchor>
              </>
            )}
          </Title>
          <StateBadge state={run.phase} />
        </Group>
        <Actions
          actions={run.actions}
          to={`the run of ${run.pipeline}`}
          needReason={[]}
          onAct={act}
        />
      </Group>
      <Text size="lg" data-because aria-live="polite">
        {run.because}
      </Text>
      <Group gap="lg">
        <Text size="sm" className="tg-number">
          {run.done} of {run.steps} steps over
        </Text>
        <Text size="sm">
          By {run.origin.trigger}, {run.origin.actor}
          {run.origin.because && `: ${run.origin.because}`}
        </Text>
        <Text size="sm" component="div">
          Opened <When at={run.openedAt} />
        </Text>
        {run.commit && <ShortId id={run.commit} what="commit" />}
        {run.release && <ShortId id={run.release} what="release" />}
        {run.parent && (
          <Anchor component={Link} to={`/runs/${run.parent}`} size="sm">
            Begun by another run
          </Anchor>
        )}
        {run.children.map((child) => (
          <Anchor key={child} component={Link} to={`/runs/${child}`} size="sm">
            Began {child}
          </Anchor>
        ))}
      </Group>
    </Stack>
  );
}

function Approval({ run, step }: { readonly run: RunView; readonly step: RunStepView }) {
  const client = useQueryClient();
  const act = async (action: string, because: string): Promise<void> => {
    const path = `/runs/${run.id}/steps/${encodeURIComponent(step.name)}/answers`;
    await ask(path, { method: 'POST', body: { action, because } });
    await client.invalidateQueries({ queryKey: keys.run(run.id) });
  };
  return (
    <Alert
      icon={<IconUserQuestion aria-hidden />}
      title={`${step.name} waits for a person`}
      variant="outline"
      data-approval={step.name}
    >
      <Group justify="space-between">
        <Text size="sm">{step.because}</Text>
        <Actions
          actions={step.actions}
          to={`${step.name} of ${run.pipeline}`}
          needReason={['reject']}
          onAct={act}
        />
      </Group>
    </Alert>
  );
}
