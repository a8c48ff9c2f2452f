import { Anchor, Group, Loader, Stack, Text, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import type { Explanation, RolloutView } from '../../../../src/contract/api/rollouts.ts';
import { ask } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import { Actions } from '../../parts/actions.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { ShortId } from '../../parts/short-id.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { useTitle } from '../../parts/title.ts';
import { WeightBar } from '../../parts/weight-bar.tsx';
import { When } from '../../parts/when.tsx';
import { Analyses } from './analyses.tsx';
import { Charts } from './charts.tsx';
import { History } from './history.tsx';
import { Plan } from './plan.tsx';
import { Targets } from './targets.tsx';

/** How one release replaces another: what is so now, why, and what each step was decided by. */
export function RolloutPage() {
  const { id = '' } = useParams({ strict: false });
  const view = useQuery({
    queryKey: [...keys.rollout(id), 'view'],
    queryFn: ({ signal }) => ask<RolloutView>(`/rollouts/${id}`, { signal }),
  });
  const why = useQuery({
    queryKey: [...keys.rollout(id), 'explain'],
    queryFn: ({ signal }) => ask<Explanation>(`/rollouts/${id}/explain`, { signal }),
  });
  useTitle(view.data ? `${view.data.application} in ${view.data.environment}` : 'Rollout');
  if (view.isPending) return <Loader aria-label="Asking about the rollout" />;
  if (!view.data) return <ProblemAlert error={view.error} onRetry={() => void view.refetch()} />;
  const rollout = view.data;
  return (
    <Stack gap="lg">
      {view.error && <ProblemAlert error={view.error} />}
      <Head rollout={rollout} />
      <Plan rollout={rollout} />
      <Charts rollout={rollout} />
      <Targets rollout={rollout} />
      {why.error && <ProblemAlert error={why.error} onRetry={() => void why.refetch()} />}
      {why.data && <Analyses analyses={why.data.analyses} rollout={rollout} />}
      {why.data && <History explanation={why.data} />}
    </Stack>
  );
}

/** What cannot be taken back, or overrides others, is said with its reason. */
const needReason = ['abort', 'overrideFreeze'] as const;

function Head({ rollout }: { readonly rollout: RolloutView }) {
  const client = useQueryClient();
  const { id, application, environment, phase, because, weight, terminal, retreat } = rollout;
  const act = async (action: string, reason: string): Promise<void> => {
    await ask(`/rollouts/${id}/actions`, { method: 'POST', body: { action, because: reason } });
    await client.invalidateQueries({ queryKey: keys.rollout(id) });
  };
  return (
    <Stack gap="xs" component="header">
      <Group justify="space-between" align="start">
        <Group gap="sm">
          <Title order={1} size="h3">
            <Anchor component={Link} to={`/applications/${application}`} inherit underline="always">
              {application}
            </Anchor>{' '}
            in {environment}
          </Title>
          <StateBadge state={phase} />
        </Group>
        <Actions
          actions={rollout.actions}
          to={`the rollout of ${application} in ${environment}`}
          needReason={needReason}
          onAct={act}
        />
      </Group>
      <Text size="lg" data-because aria-live="polite">
        {because}
      </Text>
      <WeightBar
        weight={weight}
        isMoving={!terminal}
        label={`${rollout.release} gets ${weight} % of the traffic`}
      />
      <Group gap="lg">
        <Fact name="New">
          <ShortId id={rollout.release} what="release" />
        </Fact>
        <Fact name="Stable">
          {rollout.stable ? <ShortId id={rollout.stable} what="release" /> : 'none yet'}
        </Fact>
        <Fact name="Strategy">{rollout.isRollback ? 'rollback' : rollout.strategy}</Fact>
        {rollout.comparedWith && <Fact name="Analyses">{rollout.comparedWith}</Fact>}
        <Fact name="Began">
          <When at={rollout.startedAt} />
        </Fact>
        {rollout.endedAt && (
          <Fact name="Ended">
            <When at={rollout.endedAt} />
          </Fact>
        )}
        <Fact name="Commit">
          <ShortId id={rollout.commit.id} what="commit of the config repository" />{' '}
          {rollout.commit.subject}, by {rollout.commit.author}
        </Fact>
      </Group>
      {retreat && (
        <Text size="sm">
          Going back by {retreat.actor}: {retreat.because}
          {retreat.trafficBackAt && ' All traffic is back.'}{' '}
          {retreat.revertCommit && (
            <>
              Git says so in commit <ShortId id={retreat.revertCommit} what="commit" />.
            </>
          )}
        </Text>
      )}
    </Stack>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: React.ReactNode }) {
  return (
    <Text size="sm" component="div">
      <Text span size="sm" c="var(--tg-quiet)">
        {name}:{' '}
      </Text>
      {children}
    </Text>
  );
}
