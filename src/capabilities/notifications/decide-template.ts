import type { ChannelSpec } from '../../contract/kinds/channel.ts';
import type { Notice } from '../../integrations/notifier/port.ts';
import { fillIn, type Scope } from '../../platform/cel/expression.ts';
import type { Json } from '../../platform/ids/types.ts';
import type { Subject } from './types.ts';

/** Puts a channel's own words in place of the usual ones. A template without a value leaves these, and says why. */
export function inWords(
  { title, text }: ChannelSpec['templates'],
  notice: Notice,
  subject: Subject,
): { readonly notice: Notice; readonly problem: string | null } {
  if (title === undefined && text === undefined) return { notice, problem: null };
  const scope = scopeOf(notice, subject);
  const filled = {
    title: filledText(title, notice.title, scope),
    text: filledText(text, notice.text, scope),
  };
  return {
    notice: { ...notice, title: filled.title.text, text: filled.text.text },
    problem: filled.title.problem ?? filled.text.problem,
  };
}

const most = 8_192;

function filledText(template: string | undefined, usual: string, scope: Scope) {
  if (template === undefined) return { text: usual, problem: null };
  const filled = fillIn(template, scope);
  if (!filled.ok) return { text: usual, problem: filled.detail };
  const { value } = filled;
  const words = typeof value === 'string' ? value : JSON.stringify(value);
  return { text: words.slice(0, most), problem: null };
}

function scopeOf(notice: Notice, subject: Subject): Scope {
  const { facts, latest } = subject;
  const link = notice.links[0]?.url ?? '';
  return {
    channel: notice.channel,
    severity: notice.severity,
    figures: notice.figures,
    links: { subject: link },
    event: { ...latest },
    subject: {
      ...(facts as { readonly [name: string]: Json } | null),
      key: subject.key,
      standing: subject.standing,
      application: facts?.application ?? subject.application,
      environment: facts?.is === 'rollout' ? facts.environment : subject.environment,
      begunBy: subject.begun?.actor ?? null,
      title: notice.title,
    },
  };
}
