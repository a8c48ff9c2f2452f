import { Spotlight, type SpotlightActionData, spotlight } from '@mantine/spotlight';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { StatusRow } from '../../../src/contract/api/status.ts';
import { keys } from '../api/keys.ts';
import { askStatus } from '../api/status.ts';

export const openPalette = (): void => spotlight.open();

/** Where the keyboard goes: every page, and every application with what is under way there. */
export function Palette() {
  const navigate = useNavigate();
  const { data = [] } = useQuery<readonly StatusRow[]>({
    queryKey: keys.status,
    queryFn: ({ signal }) => askStatus(signal, () => undefined),
    enabled: false,
  });
  const go = (to: string) => () => void navigate({ to });
  const pages: SpotlightActionData[] = [
    { id: 'overview', label: 'Overview', description: 'What runs where', onClick: go('/') },
    { id: 'runs', label: 'Runs', description: 'Pipelines under way', onClick: go('/runs') },
    { id: 'fleet', label: 'Fleet', description: 'Targets and agents', onClick: go('/fleet') },
    { id: 'audit', label: 'Audit', description: 'Who did what, when', onClick: go('/audit') },
    {
      id: 'validate',
      label: 'Validate',
      description: 'Check a document',
      onClick: go('/validate'),
    },
  ];
  const rollouts = data
    .filter(({ rollout }) => rollout !== null && !rollout.terminal)
    .map(({ application, environment, rollout, because }) => ({
      id: `rollout/${rollout?.id}`,
      label: `Rollout of ${application} in ${environment}`,
      description: because,
      onClick: go(`/rollouts/${rollout?.id}`),
    }));
  const applications = [...new Set(data.map(({ application }) => application))].map((name) => ({
    id: `application/${name}`,
    label: name,
    description: 'Application',
    onClick: go(`/applications/${name}`),
  }));
  return (
    <Spotlight
      actions={[...pages, ...rollouts, ...applications]}
      limit={12}
      nothingFound="Nothing of that name."
      shortcut={['mod + K', '/']}
      highlightQuery
      searchProps={{ placeholder: 'A page, an application, a rollout …', 'aria-label': 'Go to' }}
    />
  );
}
