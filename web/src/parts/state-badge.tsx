import {
  IconAlertTriangle,
  IconArrowBackUp,
  IconCircleCheck,
  IconCircleDashed,
  IconClock,
  IconPlayerPause,
  IconPlayerSkipForward,
  IconPlayerStop,
  IconProgress,
} from '@tabler/icons-react';
import classes from './state-badge.module.css';

export type Tone = 'good' | 'moving' | 'waiting' | 'bad' | 'quiet';
type Look = { readonly word: string; readonly tone: Tone; readonly icon: typeof IconClock };

const look = (word: string, tone: Tone, icon: typeof IconClock): Look => ({ word, tone, icon });

/** Every state that the API names, of the overview, of rollouts, runs, steps and analyses. Never by colour alone. */
const looks: { readonly [state: string]: Look } = {
  notReleased: look('Not released', 'quiet', IconCircleDashed),
  steady: look('Steady', 'good', IconCircleCheck),
  rollingOut: look('Rolling out', 'moving', IconProgress),
  waiting: look('Waiting', 'waiting', IconClock),
  rollingBack: look('Rolling back', 'bad', IconArrowBackUp),
  failed: look('Failed', 'bad', IconAlertTriangle),
  pending: look('Pending', 'quiet', IconCircleDashed),
  progressing: look('Progressing', 'moving', IconProgress),
  paused: look('Paused', 'waiting', IconPlayerPause),
  soaking: look('Soaking', 'moving', IconClock),
  completing: look('Completing', 'moving', IconProgress),
  succeeded: look('Succeeded', 'good', IconCircleCheck),
  successful: look('Successful', 'good', IconCircleCheck),
  rolledBack: look('Rolled back', 'bad', IconArrowBackUp),
  aborted: look('Aborted', 'bad', IconPlayerStop),
  superseded: look('Superseded', 'quiet', IconPlayerSkipForward),
  queued: look('Queued', 'waiting', IconClock),
  running: look('Running', 'moving', IconProgress),
  finishing: look('Finishing', 'moving', IconProgress),
  errored: look('Errored', 'bad', IconAlertTriangle),
  error: look('Error', 'bad', IconAlertTriangle),
  cancelled: look('Cancelled', 'quiet', IconPlayerStop),
  backingOff: look('Backing off', 'waiting', IconClock),
  skipped: look('Skipped', 'quiet', IconPlayerSkipForward),
  omitted: look('Omitted', 'quiet', IconPlayerSkipForward),
  inconclusive: look('Inconclusive', 'waiting', IconClock),
  undecided: look('Undecided', 'waiting', IconClock),
  success: look('Success', 'good', IconCircleCheck),
  failure: look('Failure', 'bad', IconAlertTriangle),
  ignored: look('Ignored', 'quiet', IconPlayerSkipForward),
  done: look('Done', 'good', IconCircleCheck),
  refused: look('Refused', 'bad', IconPlayerStop),
  healthy: look('Healthy', 'good', IconCircleCheck),
  changing: look('Changing', 'moving', IconProgress),
  unhealthy: look('Unhealthy', 'bad', IconAlertTriangle),
  unknown: look('Unknown', 'quiet', IconCircleDashed),
  connected: look('Connected', 'good', IconCircleCheck),
  disconnected: look('Not connected', 'bad', IconAlertTriangle),
  converged: look('As asked', 'good', IconCircleCheck),
  drifted: look('Not as asked', 'waiting', IconAlertTriangle),
};

export const lookOf = (state: string): Look =>
  looks[state] ?? look(state, 'quiet', IconCircleDashed);
export const toneColour = (tone: Tone): string => `var(--tg-${tone})`;

type StateBadgeProps = {
  readonly state: string;
  readonly word?: string;
  readonly size?: 'xs' | 'sm';
};

export function StateBadge({ state, word, size = 'sm' }: StateBadgeProps) {
  const { tone, icon: Icon, word: usual } = lookOf(state);
  return (
    <span className={classes.badge} data-state={state} data-size={size}>
      <Icon size={size === 'sm' ? 16 : 14} color={toneColour(tone)} aria-hidden />
      <span className="tg-clip">{word ?? usual}</span>
    </span>
  );
}
