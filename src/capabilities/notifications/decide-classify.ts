import type { ChannelTopic, Severity } from '../../contract/kinds/channel.ts';
import type { Standing } from '../../integrations/notifier/port.ts';
import type { Json } from '../../platform/ids/types.ts';
import type { ChannelEvent } from './types.ts';

/** What an event does to an alarm, which is about what is broken and not about who broke it. */
export type AlarmSignal = {
  readonly key: string;
  readonly is: 'raise' | 'clear' | 'acknowledge';
};

/** What an event means to those who are told. */
export type Told = {
  readonly subject: string;
  readonly topics: readonly ChannelTopic[];
  readonly severity: Severity;
  /** Null: as it was. */
  readonly standing: Standing | null;
  readonly isOver: boolean;
  /** A detail: told with something that matters, and never by itself. */
  readonly minor: boolean;
  readonly alarms: readonly AlarmSignal[];
};

type Rule = {
  readonly when: RegExp;
  readonly told: (event: ChannelEvent) => Partial<Told>;
};

const fieldsOf = (json: Json): { readonly [field: string]: Json } =>
  typeof json === 'object' && json !== null && !Array.isArray(json)
    ? (json as { readonly [field: string]: Json })
    : {};

const textOf = (json: Json | undefined): string | null => (typeof json === 'string' ? json : null);

const isPerson = ({ actor }: ChannelEvent): boolean => actor.startsWith('user:');

/** Rollouts say in words what they wait for: `waiting for 1 of 2 approvals`, `waiting for a person to promote`. */
const waitsForPerson = /waiting for (\d+ of \d+ approvals?|a person)/i;

const place = ({ application, environment }: ChannelEvent): string =>
  `delivery/${application ?? ''}@${environment ?? ''}`;

/** The subject of the event itself, where nothing better is known. */
const ownSubject = ({ object, type }: ChannelEvent): string => object ?? type;

const pipelineKey = (event: ChannelEvent): string => {
  const name = textOf(fieldsOf(event.after).pipeline) ?? ownSubject(event);
  return `pipeline/${name}${event.application === null ? '' : `/${event.application}`}`;
};

const fileKey = (event: ChannelEvent): string => {
  const path = textOf(fieldsOf(event.after).path) ?? textOf(fieldsOf(event.before).path);
  return `document/${path ?? ownSubject(event)}`;
};

const over = (standing: Standing): Pick<Told, 'standing' | 'isOver'> => ({
  standing,
  isOver: true,
});
const raise = (key: string): AlarmSignal => ({ key, is: 'raise' });
const clear = (key: string): AlarmSignal => ({ key, is: 'clear' });

const rollout = { topics: ['rollouts'] as const };
const trouble = { topics: ['rollouts', 'problems'] as const };
const run = { topics: ['runs'] as const };

/** First row whose pattern fits the event's name wins. */
const rules: readonly Rule[] = [
  { when: /^rollout\.opened$/, told: () => ({ ...rollout, standing: 'open' }) },
  {
    when: /^rollout\.paused$/,
    told: ({ because }) =>
      waitsForPerson.test(because)
        ? { topics: ['rollouts', 'approvals'], standing: 'waiting' }
        : { ...rollout, standing: 'open', minor: true },
  },
  {
    when: /^rollout\.held$/,
    told: (event) => ({
      ...trouble,
      severity: 'warning',
      standing: 'open',
      alarms: [raise(ownSubject(event))],
    }),
  },
  {
    when: /^rollout\.cleared$/,
    told: (event) => ({ ...rollout, standing: 'open', alarms: [clear(ownSubject(event))] }),
  },
  {
    when: /^rollout\.rollingBack$/,
    told: (event) =>
      event.actor === 'tidegate'
        ? { ...trouble, severity: 'error', standing: 'open', alarms: [raise(place(event))] }
        : { ...rollout, severity: 'warning', standing: 'open' },
  },
  {
    when: /^rollout\.rolledBack$/,
    told: (event) => ({
      ...trouble,
      ...over('failed'),
      severity: 'error',
      alarms: [raise(place(event)), clear(ownSubject(event))],
    }),
  },
  {
    when: /^rollout\.aborted$/,
    told: (event) => ({
      ...trouble,
      ...over('ended'),
      severity: 'warning',
      alarms: [clear(ownSubject(event))],
    }),
  },
  {
    when: /^rollout\.superseded$/,
    told: (event) => ({ ...rollout, ...over('ended'), alarms: [clear(ownSubject(event))] }),
  },
  {
    when: /^rollout\.succeeded$/,
    told: (event) => ({
      ...rollout,
      ...over('succeeded'),
      alarms: [clear(ownSubject(event)), clear(place(event))],
    }),
  },
  {
    when: /^rollout\.reverted$/,
    told: (event) =>
      event.outcome === 'failed'
        ? { ...trouble, severity: 'error', alarms: [raise(place(event))] }
        : { ...rollout, minor: true },
  },
  {
    when: /^rollout\.(approve|promote|promoteFull)Requested$/,
    told: (event) => ({ topics: ['rollouts', 'approvals'], minor: true, alarms: taken(event) }),
  },
  {
    when: /^rollout\..*Requested$/,
    told: (event) => ({ ...rollout, minor: true, alarms: taken(event) }),
  },
  { when: /^rollout\./, told: () => ({ ...rollout, standing: 'open', minor: true }) },
  {
    when: /^analysis\./,
    told: (event) => {
      const id = textOf(fieldsOf(event.after).rollout);
      const subject =
        id === null ? ownSubject(event) : `${id.startsWith('run-') ? 'run' : 'rollout'}/${id}`;
      return { ...rollout, subject, minor: true, severity: 'info' };
    },
  },
  { when: /^run\.(opened|started)$/, told: () => ({ ...run, standing: 'open' }) },
  {
    when: /^run\.succeeded$/,
    told: (event) => ({ ...run, ...over('succeeded'), alarms: [clear(pipelineKey(event))] }),
  },
  {
    when: /^run\.(failed|errored)$/,
    told: (event) => ({
      topics: ['runs', 'problems'],
      ...over('failed'),
      severity: 'error',
      alarms: [raise(pipelineKey(event))],
    }),
  },
  {
    when: /^run\.cancelled$/,
    told: () => ({ ...run, ...over('ended'), severity: 'warning' }),
  },
  {
    when: /^step\.awaiting$/,
    told: () => ({ topics: ['runs', 'approvals'], standing: 'waiting' }),
  },
  {
    when: /^step\.(approved|rejected)$/,
    told: (event) => ({
      topics: ['runs', 'approvals'],
      standing: 'open',
      minor: event.outcome === 'refused',
    }),
  },
  { when: /^(run|step)\./, told: () => ({ ...run, minor: true, severity: 'info' }) },
  {
    when: /^source\.unreachable$/,
    told: (event) => ({
      topics: ['problems'],
      severity: 'error',
      standing: 'failed',
      alarms: [raise(ownSubject(event))],
    }),
  },
  {
    when: /^source\.reachable$/,
    told: (event) => ({ ...over('succeeded'), minor: true, alarms: [clear(ownSubject(event))] }),
  },
  {
    when: /^document\.refused$/,
    told: (event) => ({
      topics: ['problems'],
      subject: fileKey(event),
      severity: 'warning',
      standing: 'failed',
      alarms: [raise(fileKey(event))],
    }),
  },
  {
    when: /^document\./,
    told: (event) => ({
      subject: fileKey(event),
      ...over('succeeded'),
      minor: true,
      alarms: [clear(fileKey(event))],
    }),
  },
  {
    when: /^channel\.broken$/,
    told: (event) => ({
      topics: ['problems'],
      severity: 'error',
      standing: 'failed',
      alarms: [raise(ownSubject(event))],
    }),
  },
  {
    when: /^channel\.mended$/,
    told: (event) => ({ ...over('succeeded'), minor: true, alarms: [clear(ownSubject(event))] }),
  },
  // What a channel could not send is in its own log of events: telling other channels of it could go in circles.
  { when: /^channel\./, told: () => ({ ...over('ended') }) },
  {
    when: /^(promotion|rollback)\.failed$/,
    told: () => ({ topics: ['rollouts', 'problems'], severity: 'error', ...over('failed') }),
  },
  {
    when: /^delivery\.refused$/,
    told: () => ({ topics: ['problems'], severity: 'warning', ...over('failed') }),
  },
];

/** A person who does something about it has it in hand. */
function taken(event: ChannelEvent): readonly AlarmSignal[] {
  if (!isPerson(event) || event.outcome !== 'done') return [];
  return [
    { key: place(event), is: 'acknowledge' },
    { key: ownSubject(event), is: 'acknowledge' },
  ];
}

/** What an event means; one that no rule knows is told to those who name it, and as a problem if it failed. */
export function classify(event: ChannelEvent): Told {
  const failed = event.outcome === 'failed';
  const usual: Told = {
    subject: ownSubject(event),
    topics: [],
    severity: 'info',
    standing: null,
    isOver: false,
    minor: false,
    alarms: [],
  };
  const rule = rules.find(({ when }) => when.test(event.type));
  if (rule) return { ...usual, ...rule.told(event) };
  const severity = failed ? 'error' : event.outcome === 'refused' ? 'warning' : 'info';
  return { ...usual, ...over('ended'), severity, topics: failed ? ['problems'] : [] };
}
