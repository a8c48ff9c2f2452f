import type { Tables } from '../database/tables.ts';
import { applicationOf } from '../scenarios/own-faults.ts';
import type { IntentRow, Report } from './types.ts';

/** An application is told what to run by its own rollouts and deliveries alone. */
export function checkOwner(tables: Tables, intent: IntentRow, report: Report): void {
  const { target, application, writtenBy } = intent;
  const writer = tables.objects.rows.get(writtenBy);
  if (writer && applicationOf(writer) !== application)
    report(
      'the fault of one application never holds its neighbour',
      `${writtenBy} tells ${target} what to run of ${application}`,
    );
}
