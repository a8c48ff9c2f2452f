import type { ChannelKind } from '../../contract/kinds/channel.ts';
import { mailNotifier } from './mail/mail.ts';
import { pagerdutyNotifier } from './pagerduty/pagerduty.ts';
import type { Notifier } from './port.ts';
import { slackNotifier } from './slack/slack.ts';
import { teamsNotifier } from './teams/teams.ts';
import { webhookNotifier } from './webhook/webhook.ts';

/** Every adapter by its kind; the folders beside this file have the same names. */
const adapters: { readonly [K in ChannelKind]: () => Notifier<K> } = {
  slack: slackNotifier,
  teams: teamsNotifier,
  pagerduty: pagerdutyNotifier,
  webhook: webhookNotifier,
  mail: mailNotifier,
};

export const notifierKinds = Object.keys(adapters) as readonly ChannelKind[];

/** The notifiers of this process. */
export function notifiers(): readonly Notifier[] {
  return Object.values(adapters).map((make) => make() as Notifier);
}
