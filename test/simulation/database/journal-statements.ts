import type { Statement } from './statement.ts';

/** Nobody in the simulated world reads the journal; what is written to it is checked on its way there. */
export const journalStatements: readonly Statement[] = [
  { is: 'insert into decisions', run: () => [] },
];
