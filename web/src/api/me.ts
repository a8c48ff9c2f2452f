import { useQuery } from '@tanstack/react-query';
import type { z } from 'zod';
import type { meSchema } from '../../../src/contract/api/me.ts';
import { ask } from './client.ts';
import { keys } from './keys.ts';

type Me = z.output<typeof meSchema>;

/** Who looks; undefined until the server has said it. */
export const useMe = (): Me | undefined =>
  useQuery({ queryKey: keys.me, queryFn: ({ signal }) => ask<Me>('/me', { signal }) }).data;
