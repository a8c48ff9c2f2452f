/* A thread of its own, which checker.ts starts: a hostile text may take seconds, and a server has others to answer. */
import { parentPort } from 'node:worker_threads';
import { checkAll } from '../../contract/kinds/validate.ts';
import type { CheckAsk } from './checker.ts';

parentPort?.on('message', ({ file, elsewhere }: CheckAsk) => {
  parentPort?.postMessage(checkAll([file], elsewhere));
});
