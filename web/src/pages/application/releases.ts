import { useQuery } from '@tanstack/react-query';
import type { ReleaseView } from '../../../../src/contract/api/releases.ts';
import { ask } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';

/** The newest releases of an application. */
export const useReleases = (application: string) =>
  useQuery({
    queryKey: [...keys.application(application), 'releases'],
    queryFn: ({ signal }) =>
      ask<{ readonly items: readonly ReleaseView[] }>(`/applications/${application}/releases`, {
        query: { limit: 30 },
        signal,
      }),
  });
