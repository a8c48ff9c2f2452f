import type { DecisionList } from '../../../src/contract/api/rollouts.ts';
import type { Api } from './api.ts';

/** Decisions of every rollout and analysis there is, and those that what was seen does not decide the same again. */
export async function replayAll(
  api: Api,
): Promise<{ readonly decisions: number; readonly others: readonly string[] }> {
  const { items } = await api.get<{ items: readonly { id: string }[] }>('/rollouts?limit=500');
  const others: string[] = [];
  let decisions = 0;
  for (const { id } of items) {
    let cursor: string | null = '0';
    while (cursor !== null) {
      const page: DecisionList = await api.get(`/rollouts/${id}/decisions?cursor=${cursor}`);
      decisions += page.items.length;
      others.push(...page.items.filter(({ same }) => !same).map(told));
      cursor = page.cursor;
    }
  }
  return { decisions, others };
}

const told = ({ object, generation, because }: DecisionList['items'][number]): string =>
  `${object} #${generation}: ${because}`;
