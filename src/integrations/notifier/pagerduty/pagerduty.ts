import { sha256 } from '../../../platform/ids/digest.ts';
import type { Json } from '../../../platform/ids/types.ts';
import { notTaken, refused, tooFast, withSecrets } from '../answers.ts';
import { excerpt, type PostAnswer, post } from '../http.ts';
import type { Act, Delivered, Delivery, Notice, Notifier } from '../port.ts';
import { eventLine, oneLine, shorten, usableLinks } from '../words.ts';

/**
 * PagerDuty by the Events API v2. The dedup_key is made from channel and subject, so that a repeat changes nothing and
 * `resolve` finds its alert. Limits: dedup_key 255 characters, summary 1,024, a payload 512 KB; 202 is taken, 400 is never
 * taken, 429 and 5xx come again ("preferably with a backoff of a few minutes").
 *
 * https://developer.pagerduty.com/docs/events-api-v2-overview, https://developer.pagerduty.com/docs/send-alert-event
 */
export function pagerdutyNotifier(): Notifier<'pagerduty'> {
  return {
    kind: 'pagerduty',
    deliver: (receiver, delivery, { secret, signal, now }) =>
      withSecrets(async () => {
        const routingKey = (await secret(receiver.routingKey)).trim();
        const url = `${receiver.api.replace(/\/+$/, '')}/v2/enqueue`;
        const body = JSON.stringify(eventOf(routingKey, delivery));
        return read(await post({ url, headers: {}, body, signal }, now()));
      }),
  };
}

const actions: { readonly [A in Act]: 'trigger' | 'acknowledge' | 'resolve' } = {
  raise: 'trigger',
  acknowledge: 'acknowledge',
  resolve: 'resolve',
  post: 'trigger',
  edit: 'trigger',
  reply: 'trigger',
};

const longestKey = 255;
const longestSummary = 1_024;

/** Milliseconds to wait after a 429 that names no time. */
const fewMinutes = 120_000;

export function dedupKey({ channel, subject }: Pick<Notice, 'channel' | 'subject'>): string {
  const key = `tidegate/${channel}/${subject}`;
  return key.length <= longestKey ? key : `${key.slice(0, 180)}/${sha256(key)}`;
}

function eventOf(routingKey: string, { act, notice }: Delivery): Json {
  const action = actions[act];
  const same = { routing_key: routingKey, dedup_key: dedupKey(notice), event_action: action };
  if (action !== 'trigger') return same;
  const links = usableLinks(notice.links);
  const fact = (name: string) => notice.facts.find((one) => one.name === name)?.value;
  return {
    ...same,
    client: 'Tidegate',
    ...(links[0] ? { client_url: links[0].url } : {}),
    links: links.map(({ label, url }) => ({ href: url, text: label })),
    payload: {
      summary: shorten(oneLine(notice.title), longestSummary) || notice.subject,
      source: `tidegate/${notice.subject}`,
      severity: notice.severity,
      timestamp: notice.at,
      component: fact('Application') ?? notice.subject,
      group: fact('Environment') ?? notice.channel,
      class: 'delivery',
      custom_details: detailsOf(notice),
    },
  };
}

/** About 60 KiB at most: far below the limit, and more than anybody reads. */
function detailsOf({ text, facts, figures, next, events, left }: Notice): Json {
  return {
    because: shorten(text, 8_000),
    ...Object.fromEntries(
      facts.slice(0, 20).map(({ name, value }) => [shorten(name, 60), shorten(value, 500)]),
    ),
    figures: figures.slice(0, 20).map((one) => shorten(one, 500)),
    next: next.slice(0, 10).map((one) => shorten(`${one.label}: ${one.command}`, 500)),
    events: events.slice(-30).map((one) => shorten(eventLine(one), 500)),
    further: Math.max(events.length - 30, 0) + left,
  };
}

function read(answer: PostAnswer): Delivered {
  if (!answer.ok) return notTaken(answer.reason);
  const { status, text, retryAfter } = answer;
  if (status === 202) return { ok: true, ref: null };
  if (status === 429)
    return tooFast('PagerDuty answered with status 429.', retryAfter ?? fewMinutes);
  if (status >= 500) return notTaken(`PagerDuty answered with status ${status}.`, retryAfter);
  const detail = `PagerDuty answered with status ${status}: ${excerpt(text)}`;
  // A wrong routing key is a 400 too, and says so.
  const isOurs = status === 400 && !/routing_key/i.test(text);
  return refused(detail, isOurs ? 'message' : 'receiver');
}
