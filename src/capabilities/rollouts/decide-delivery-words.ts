import type { Decision, NewEvent } from '../../engine/types.ts';
import type { DeliverySnapshot, DeliveryState, DeliveryWrite, DesiredRelease } from './types.ts';

export type DeliveryMove = Omit<
  Decision<DeliveryState, DeliveryWrite>,
  'phase' | 'terminal' | 'wakeAt' | 'taken'
> & {
  readonly again?: boolean;
};

export const rest = (snapshot: DeliverySnapshot, because: string): DeliveryMove => ({
  state: snapshot.state,
  because,
});

export const commitWords = ({ commit }: DesiredRelease): string =>
  `commit ${commit.id.slice(0, 12)} (${commit.subject}) by ${commit.author}`;

export function deliveryEvent(
  { state }: DeliverySnapshot,
  event: Pick<NewEvent, 'type' | 'because' | 'outcome'> & Partial<NewEvent>,
): NewEvent {
  const { application, environment } = state;
  return {
    actor: 'tidegate',
    objectId: `delivery/${application}@${environment}`,
    application,
    environment,
    ...event,
  };
}

/** The trailer counts for the one attempt that its commit asked for. */
export function isRetry({ desired, state }: DeliverySnapshot): boolean {
  return (
    isTrue(desired?.commit.trailers['Tidegate-Retry']) && desired?.commit.id !== state.decidedCommit
  );
}

/** The run whose step made the commit, as an object to wake; null for a commit of anybody else. */
export function runOf(trailers: { readonly [name: string]: string }): string | null {
  const run = trailers['Tidegate-Run']?.trim() ?? '';
  return /^run-[0-9A-Za-z._-]{1,120}$/.test(run) ? `run/${run}` : null;
}

/** A trailer that is there counts, unless it says false. */
export const isTrue = (trailer: string | undefined): boolean =>
  trailer !== undefined && trailer.trim() !== 'false';
