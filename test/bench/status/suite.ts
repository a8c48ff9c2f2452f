import type { Suite } from '../types.ts';
import { benchStatus } from './status.ts';

export const statusSuite: Suite = {
  name: 'status',
  figures: ['status.p99'],
  run: ({ url }) => benchStatus(url),
};
