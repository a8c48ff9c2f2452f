import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { Change } from '../../../src/contract/api/changes.ts';
import { outdatedBy } from './keys.ts';
import { useLive } from './live.tsx';
import { refreshStatus } from './status.ts';

/** Milliseconds in which changes are gathered: one change of a rollout is told by several objects. */
const gathering = 30;

/** Asks again for what the server says has changed, and for everything when the line was away. */
export function useRefresh(): void {
  const client = useQueryClient();
  const { listen } = useLive();
  useEffect(() => {
    const waiting: Change[] = [];
    let timer: ReturnType<typeof setTimeout> | null = null;
    const flush = (): void => {
      timer = null;
      const changes = waiting.splice(0);
      const applications = new Set(changes.flatMap(({ application }) => application ?? []));
      refreshStatus(client, [...applications]).catch(() => undefined);
      const outdated = new Map(changes.flatMap(outdatedBy).map((key) => [key.join('/'), key]));
      for (const queryKey of outdated.values()) void client.invalidateQueries({ queryKey });
    };
    const leave = listen((changes) => {
      if (changes.length === 0) void client.invalidateQueries();
      waiting.push(...changes);
      if (waiting.length > 0) timer ??= setTimeout(flush, gathering);
    });
    return () => {
      leave();
      if (timer) clearTimeout(timer);
    };
  }, [client, listen]);
}
