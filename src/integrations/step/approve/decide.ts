import { z } from 'zod';
import { clock } from '../../../platform/text/times.ts';
import type { StepAnswer, StepLook, StepMove, StepSubject } from '../port.ts';
import {
  cancelledEnd,
  ended,
  errored,
  filledDuration,
  later,
  optionalText,
  type TypedLook,
  totalDecide,
} from '../typed.ts';
import { either, within } from '../words.ts';

const settingsSchema = z.object({
  approvers: z.array(z.string()).default([]),
  roles: z.array(z.string()).default([]),
  count: z.number().int().min(1).default(1),
  expires: filledDuration.default(7 * 86_400_000),
  allowSelf: z.boolean().default(false),
  requireReason: z.boolean().default(false),
  message: optionalText,
});
const approvalSchema = z.object({
  actor: z.string(),
  role: z.string(),
  at: z.string(),
  because: z.string(),
});
/** Each answer is shown once, so that what came is kept here. */
const memorySchema = z.object({ approvals: z.array(approvalSchema).max(20) });

type Settings = z.output<typeof settingsSchema>;
type Approval = z.output<typeof approvalSchema>;
type Look = TypedLook<Settings, z.output<typeof memorySchema>>;
type Heard = { readonly approvals: readonly Approval[]; readonly rejection: Approval | null };

/** Characters of a reason that are kept. */
const longestReason = 400;

/**
 * Waits for people. Answers count in the order in which they came, as far as they are of those who may answer. First
 * match wins:
 *
 *   as many approvals as needed       → succeeded
 *   a rejection                       → failed
 *   cancelled                         → cancelled
 *   expired                           → errored: nobody gave the answer
 *   else                              → wait for the next answer
 *
 * One person counts once. Who began the run, or wrote its commit, cannot approve it unless `allowSelf`, but may
 * reject it.
 */
export const decideApprove = totalDecide(
  { settings: settingsSchema, memory: memorySchema },
  (look: Look, now: Date): StepMove => {
    const { settings, subject, cancelled } = look;
    const expires = later(look.since, settings.expires);
    const { approvals, rejection } = hear(look, expires);
    const outputs = { approvals };
    if (approvals.length >= settings.count) {
      const names = approvals.map((one) => nameOf(one.actor)).join(', ');
      return ended('succeeded', `approved by ${names}`, outputs);
    }
    if (rejection) {
      const why = rejection.because ? `: ${within(rejection.because)}` : '';
      return ended('failed', `${nameOf(rejection.actor)} rejected it${why}`, {
        ...outputs,
        rejection,
      });
    }
    if (cancelled) return cancelledEnd(cancelled, '', outputs);
    const still = awaited(settings, subject, approvals);
    if (now >= expires) {
      const when = clock(expires.getTime(), now.getTime());
      return errored(`it expired at ${when}, waiting for ${still}`, outputs);
    }
    const ask = settings.message === null ? '' : ` (${within(settings.message.slice(0, 300))})`;
    return {
      is: 'wait',
      because: `waiting for ${still}, until ${clock(expires.getTime(), now.getTime())}${ask}`,
      memory: { approvals },
      wakeAt: expires,
    };
  },
);

/** Why this answer does not count, as a sentence; null when it does. */
export function refusalOfAnswer(look: StepLook, answer: StepAnswer): string | null {
  const settings = settingsSchema.safeParse(look.settings);
  if (!settings.success) return 'The settings of this step cannot be read.';
  const memory = memorySchema.safeParse(look.memory);
  return refusal(settings.data, look.subject, memory.data?.approvals ?? [], answer);
}

function hear({ settings, subject, memory, answers }: Look, expires: Date): Heard {
  const approvals = [...(memory?.approvals ?? [])];
  for (const answer of answers) {
    const isLate = Date.parse(answer.at) >= expires.getTime();
    const isEnough = approvals.length >= settings.count;
    if (isLate || isEnough || refusal(settings, subject, approvals, answer) !== null) continue;
    const { actor, role, at, because } = answer;
    const one = { actor, role, at, because: because.slice(0, longestReason) };
    if (answer.action === 'reject') return { approvals, rejection: one };
    approvals.push(one);
  }
  return { approvals, rejection: null };
}

function refusal(
  settings: Settings,
  subject: StepSubject,
  approvals: readonly Approval[],
  answer: StepAnswer,
): string | null {
  const name = nameOf(answer.actor);
  if (!mayAnswer(settings, answer))
    return `${name} is not among those who may answer: ${whoMay(settings)}.`;
  if (answer.action === 'reject') return null;
  if (approvals.some((one) => nameOf(one.actor) === name)) return `${name} approved it already.`;
  if (!settings.allowSelf && isSelf(subject, name))
    return `${name} began this run or wrote its commit, and cannot approve it.`;
  if (settings.requireReason && answer.because.trim() === '') return 'An approval needs a reason.';
  return null;
}

/** People are named with or without `user:`. Without people and roles, any deployer may. */
function mayAnswer({ approvers, roles }: Settings, { actor, role }: StepAnswer): boolean {
  if (approvers.length === 0 && roles.length === 0) return role === 'admin' || role === 'deployer';
  return approvers.map(nameOf).includes(nameOf(actor)) || roles.includes(role);
}

function whoMay({ approvers, roles }: Settings, without: ReadonlySet<string> = new Set()): string {
  if (approvers.length === 0 && roles.length === 0) return 'any deployer';
  const people = approvers.map(nameOf).filter((one) => !without.has(one));
  return either([...people, ...roles.map((role) => `role ${role}`)]) || 'nobody who is left';
}

/**
 * Git knows people by a name and an address, the service by the name of their token; they are the same when either
 * part of the one is the other.
 */
function isSelf({ actor, author }: StepSubject, name: string): boolean {
  if (nameOf(actor) === name) return true;
  if (author === null) return false;
  const [, full = author, email = ''] = /^(.*?)\s*<([^>]*)>\s*$/.exec(author) ?? [];
  const known = [full, email, email.split('@')[0] ?? '', full.split('@')[0] ?? ''];
  return known.some((one) => one !== '' && one.trim().toLowerCase() === name.toLowerCase());
}

const nameOf = (actor: string): string => actor.replace(/^user:/, '').trim();

/** `1 of 2 approvals from ada or role admin`. Who cannot approve it is not among those that are named. */
function awaited(settings: Settings, subject: StepSubject, approvals: readonly Approval[]): string {
  const { count } = settings;
  const left = count - approvals.length;
  const names = approvals.map((one) => nameOf(one.actor));
  const selves = settings.allowSelf
    ? []
    : settings.approvers.map(nameOf).filter((one) => isSelf(subject, one));
  const from = whoMay(settings, new Set([...names, ...selves]));
  const came = names.length === 0 ? '' : ` (${names.join(', ')} approved)`;
  return `${left} of ${count} ${count === 1 ? 'approval' : 'approvals'} from ${from}${came}`;
}
