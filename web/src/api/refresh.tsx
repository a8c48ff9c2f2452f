import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { Change } from '../../../src/contract/api/changes.ts';
import { keys, outdatedBy } from './keys.ts';
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
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | null = null;
    // One after the other: of two answers about one application the older must not come last.
    const flush = async (): Promise<void> => {
      const changes = waiting.splice(0);
      const outdated = new Map(changes.flatMap(outdatedBy).map((key) => [key.join('/'), key]));
      for (const queryKey of outdated.values()) void client.invalidateQueries({ queryKey });
      const applications = new Set(changes.flatMap(({ application }) => application ?? []));
      await refreshStatus(client, [...applications]).catch(() =>
        client.invalidateQueries({ queryKey: keys.status }),
      );
      timer = null;
      if (waiting.length > 0 && !isOver) timer = setTimeout(() => void flush(), gathering);
    };
    const leave = listen((changes) => {
      if (changes.length === 0) void client.invalidateQueries();
      waiting.push(...changes);
      if (waiting.length > 0) timer ??= setTimeout(() => void flush(), gathering);
    });
    return () => {
      isOver = true;
      leave();
      if (timer) clearTimeout(timer);
    };
  }, [client, listen]);
}
