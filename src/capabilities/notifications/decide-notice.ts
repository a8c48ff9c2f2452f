import type { Notice } from '../../integrations/notifier/port.ts';
import type { ChannelSnapshot, Subject, SubjectFacts } from './types.ts';

type Rollout = Extract<SubjectFacts, { readonly is: 'rollout' }>;
type Run = Extract<SubjectFacts, { readonly is: 'run' }>;

/** What is told of a subject: what, where, who, why, with which figures, and what can be done. */
export function noticeOf(
  { name, baseUrl }: Pick<ChannelSnapshot, 'name' | 'baseUrl'>,
  subject: Subject,
): Notice {
  const { key, facts, latest, pending, left, severity, figures } = subject;
  return {
    channel: name,
    subject: key,
    title: titleOf(subject),
    text: facts?.because ?? latest.because,
    severity,
    standing: subject.standing,
    facts: factsOf(subject),
    figures,
    next: nextOf(subject),
    links: linksOf(subject, baseUrl),
    events: pending,
    left,
    at: latest.at,
  };
}

const rolloutWords: { readonly [phase: string]: (facts: Rollout) => string } = {
  pending: () => 'is about to roll out',
  progressing: ({ weight }) => `is rolling out (${weight} %)`,
  paused: ({ weight }) => `waits (${weight} %)`,
  soaking: () => 'is watched',
  completing: () => 'is nearly through',
  rollingBack: () => 'is rolling back',
  succeeded: () => 'is live',
  rolledBack: () => 'was rolled back',
  aborted: () => 'was aborted',
  superseded: () => 'was superseded',
};

const runWords: { readonly [phase: string]: string } = {
  queued: 'waits its turn',
  running: 'is running',
  finishing: 'is finishing',
  succeeded: 'succeeded',
  failed: 'failed',
  errored: 'could not go on',
  cancelled: 'was cancelled',
};

export function titleOf({ key, facts, latest, application, environment }: Subject): string {
  if (facts?.is === 'rollout') {
    const words = rolloutWords[facts.phase]?.(facts) ?? facts.phase;
    return `${facts.application} → ${facts.environment}: ${facts.release} ${words}`;
  }
  if (facts?.is === 'run') return `${runName(facts)} ${runWordsOf(facts)}`;
  if (key.startsWith('message/')) return firstLine(latest.because);
  const where = [application, environment].filter((part) => part !== null).join(' → ');
  return `${where === '' ? key : where}: ${latest.type}`;
}

const runName = ({ pipeline, application }: Run): string =>
  application === null ? pipeline : `${application}: ${pipeline}`;

function runWordsOf(facts: Run): string {
  if (!facts.terminal && facts.awaiting.length > 0) return `waits for ${facts.awaiting.join(', ')}`;
  const words = runWords[facts.phase] ?? facts.phase;
  return facts.terminal ? words : `${words} (${facts.done} of ${facts.steps} steps)`;
}

const firstLine = (text: string): string => text.trim().split('\n')[0] ?? '';

function factsOf({ facts, application, environment, begun, latest }: Subject): Notice['facts'] {
  const rows: (readonly [string, string | null | undefined])[] = [
    ['Application', facts?.application ?? application],
    ['Environment', facts?.is === 'rollout' ? facts.environment : environment],
    ...(facts?.is === 'rollout' ? rolloutRows(facts) : []),
    ...(facts?.is === 'run' ? runRows(facts) : []),
    ['By', begun?.actor ?? (facts?.is === 'run' ? facts.actor : latest.actor)],
  ];
  return rows.flatMap(([name, value]) => (value ? [{ name, value }] : []));
}

const shortCommit = (commit: string | null): string | null => commit?.slice(0, 12) ?? null;

const rolloutRows = (facts: Rollout): (readonly [string, string | null])[] => [
  ['Release', facts.release],
  ['Instead of', facts.stable],
  [
    'Commit',
    facts.commit === null ? null : `${shortCommit(facts.commit)} ${facts.message ?? ''}`.trim(),
  ],
  ['Author', facts.author],
  ['Wave', facts.waves > 1 ? `${facts.wave + 1} of ${facts.waves}` : null],
];

const runRows = (facts: Run): (readonly [string, string | null])[] => [
  ['Pipeline', facts.pipeline],
  ['Release', facts.release],
  ['Commit', shortCommit(facts.commit)],
  ['Trigger', facts.trigger],
];

/** Commands for what a person may want to do now. */
function nextOf({ facts, standing, latest }: Subject): Notice['next'] {
  if (facts === null) return [];
  const { id, terminal } = facts;
  if (terminal) {
    if (standing !== 'failed') return [];
    return facts.is === 'run'
      ? [{ label: 'See why', command: `tidegate run show ${id}` }]
      : [{ label: 'See why', command: `tidegate explain ${id}` }];
  }
  if (facts.is === 'run') {
    const answers = facts.awaiting.flatMap((step) => [
      { label: `Approve ${step}`, command: `tidegate approve ${id} ${step}` },
      { label: `Reject ${step}`, command: `tidegate reject ${id} ${step} --reason "…"` },
    ]);
    return [
      ...answers.slice(0, 6),
      { label: 'Cancel', command: `tidegate run cancel ${id} --reason "…"` },
    ];
  }
  if (facts.phase === 'rollingBack')
    return [{ label: 'Watch', command: `tidegate rollout watch ${id}` }];
  const abort = { label: 'Abort', command: `tidegate rollout abort ${id} --reason "…"` };
  if (standing !== 'waiting') return [abort];
  return /approval/i.test(facts.because) || /approval/i.test(latest.because)
    ? [{ label: 'Approve', command: `tidegate rollout approve ${id}` }, abort]
    : [{ label: 'Promote', command: `tidegate rollout promote ${id}` }, abort];
}

function linksOf({ facts, latest }: Subject, baseUrl: string | null): Notice['links'] {
  if (baseUrl === null) return [];
  const base = baseUrl.replace(/\/+$/, '');
  const [kind, id] = facts ? [facts.is, facts.id] : (latest.object?.split('/') ?? []);
  if (kind === 'rollout' && id) return [{ label: 'Rollout', url: `${base}/rollouts/${id}` }];
  return kind === 'run' && id ? [{ label: 'Run', url: `${base}/runs/${id}` }] : [];
}
