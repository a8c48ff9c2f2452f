import { notTaken, refused, tooFast, withSecrets } from '../answers.ts';
import { excerpt, type PostAnswer, post } from '../http.ts';
import type { Delivered, Notifier } from '../port.ts';
import { cardMessage } from './card.ts';

/**
 * Microsoft Teams by an incoming webhook or a workflow "when a Teams webhook request is received". Neither gives a name of
 * the message back, so that nothing can be edited: each delivery is a card of its own. A webhook answers 200 with `1`, a
 * workflow 202. Too much traffic is said in the text of a 200.
 *
 * https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using#rate-limiting-for-connectors
 */
export function teamsNotifier(): Notifier<'teams'> {
  return {
    kind: 'teams',
    deliver: (receiver, { notice }, { secret, signal, now }) =>
      withSecrets(async () => {
        const url = (await secret(receiver.url)).trim();
        if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
          return refused('The secret of the channel is no http or https address.', 'receiver');
        }
        return read(await post({ url, headers: {}, body: cardMessage(notice), signal }, now()));
      }),
  };
}

const inBody = /Microsoft Teams endpoint returned HTTP error (\d{3})/;

function read(answer: PostAnswer): Delivered {
  if (!answer.ok) return notTaken(answer.reason);
  const { text, retryAfter } = answer;
  const said = inBody.exec(text)?.[1];
  const status = said === undefined ? answer.status : Number(said);
  if (status === 429) return tooFast('Teams answered with error 429.', retryAfter);
  if (status >= 500 || status === 408 || status === 412) {
    return notTaken(`Teams answered with error ${status}.`, retryAfter);
  }
  if (status < 200 || status > 299) {
    const detail = `Teams answered with error ${status}: ${excerpt(text)}`;
    return refused(detail, status === 400 || status === 413 ? 'message' : 'receiver');
  }
  return { ok: true, ref: null };
}
