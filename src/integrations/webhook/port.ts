import type { Problem } from '../../platform/errors/problem.ts';
import type { Json } from '../../platform/ids/types.ts';

/** What came over the wire, before anybody believes a word of it. */
export type WebhookRequest = {
  /** The bytes as they came: signatures are over these. */
  readonly body: Uint8Array;
  /** Names in lower case, as Node gives them. */
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
  /** What the sender and this server both know; never empty. */
  readonly secret: string;
  readonly now: Date;
};

export type WebhookEvent = {
  readonly ok: true;
  /** The sender's id of this delivery, or a digest of it: the same one twice is one event. At most 200 characters. */
  readonly delivery: string;
  /** `push`, `workflow_run.completed`: what triggers choose by. At most 200 characters. */
  readonly type: string;
  /** `event` of expressions: `from`, `type`, `delivery` and `body`; JSON that PostgreSQL can keep, at most 15 KiB. */
  readonly event: { readonly [name: string]: Json };
};

/** TG1941: not from whom it says. TG1942: genuine, but too old. TG1944: genuine, and cannot be read. */
export type WebhookAnswer = WebhookEvent | { readonly ok: false; readonly problem: Problem };

/**
 * One kind of sender. It says whether a request is genuine, and what it means. Pure and total: nothing throws, and
 * nothing of a request is looked into before its sender has shown that it knows the secret.
 */
export type WebhookSender = {
  readonly name: string;
  verify(request: WebhookRequest): WebhookAnswer;
};
