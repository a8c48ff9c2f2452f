import { describe, expect, test } from 'vitest';
import { largestEvent } from './bounded.ts';
import type { WebhookAnswer, WebhookRequest, WebhookSender } from './port.ts';

/** Headers of one request in lower case, and its body. */
export type Sent = {
  readonly headers: { readonly [name: string]: string };
  readonly body: string | Uint8Array;
};

export type SenderCase = {
  readonly sender: WebhookSender;
  /** A genuine request with this body, or as it usually is, as the sender with this secret sends it. */
  send(secret: string, body?: string): Sent;
  /** Type of the usual one. */
  readonly type: string;
  /** Headers that prove the sender. */
  readonly proof: readonly string[];
  /** The proof is over the body too. */
  readonly signsBody: boolean;
};

export const secret = 'between us two';
export const now = new Date('2026-03-01T10:00:00.000Z');

export const ask = (sender: WebhookSender, sent: Sent, over: Partial<WebhookRequest> = {}) =>
  sender.verify({
    ...{ headers: sent.headers, body: Buffer.from(sent.body), secret, now },
    ...over,
  });

export const codeOf = (answer: WebhookAnswer): string => (answer.ok ? 'ok' : answer.problem.code);

const without = (sent: Sent, name: string): Sent => ({
  ...sent,
  headers: Object.fromEntries(Object.entries(sent.headers).filter(([one]) => one !== name)),
});

/** What every sender does, told by requests that are made as the sender makes them. */
export function webhookContract({ sender, send, type, proof, signsBody }: SenderCase): void {
  describe(`sender ${sender.name}`, () => {
    test('a genuine request is an event, the same each time', () => {
      const answer = ask(sender, send(secret));
      expect(answer).toMatchObject({ ok: true, type });
      expect(ask(sender, send(secret))).toEqual(answer);
      if (!answer.ok) return;
      expect(answer.event).toMatchObject({ from: sender.name, type, delivery: answer.delivery });
      expect(answer.delivery).toMatch(/^[\w.:@/+=-]{1,200}$/);
    });

    test('without proof, with the proof of another secret, or an empty secret it is TG1941', () => {
      for (const name of proof) {
        expect(codeOf(ask(sender, without(send(secret), name)))).toBe('TG1941');
        const emptied = { ...send(secret), headers: { ...send(secret).headers, [name]: '' } };
        expect(codeOf(ask(sender, emptied))).toBe('TG1941');
      }
      expect(codeOf(ask(sender, send('guess')))).toBe('TG1941');
      expect(codeOf(ask(sender, send(''), { secret: '' }))).toBe('TG1941');
    });

    test('nothing of what is not genuine is looked into', () => {
      const { headers } = send('guess');
      expect(codeOf(ask(sender, { headers, body: '{' }))).toBe('TG1941');
    });

    test('a proof over a body fits no other', () => {
      const { headers, body } = send(secret);
      const changed = { headers, body: Buffer.concat([Buffer.from(body), Buffer.from(' ')]) };
      expect(codeOf(ask(sender, changed))).toBe(signsBody ? 'TG1941' : 'ok');
    });

    test.each(['{', '\u0000', '"text"', '[1]', 'null', '\xff'])(
      'a genuine body that is no object is TG1944, or an event: %j',
      (body) => {
        expect(['TG1944', 'ok']).toContain(codeOf(ask(sender, send(secret, body))));
      },
    );

    test('whatever a genuine body holds, the event is small and can be kept', () => {
      const hostile = JSON.stringify({
        ...(JSON.parse(Buffer.from(send(secret).body).toString()) as object),
        big: 'x'.repeat(100_000),
        bad: '\u0000 \ud800',
        list: Array.from({ length: 5_000 }, (_, at) => ({ at, text: 'y'.repeat(50) })),
        deep: JSON.parse(`${'[{"a":'.repeat(200)}1${'}]'.repeat(200)}`) as unknown,
        '\u0000key': 1,
      });
      const answer = ask(sender, send(secret, hostile));
      expect(codeOf(answer)).toBe('ok');
      if (!answer.ok) return;
      const text = JSON.stringify(answer.event);
      expect(text.length).toBeLessThanOrEqual(largestEvent);
      expect(text).not.toMatch(/\\u0000|\\ud[89ab]/i);
      expect(answer.event).toMatchObject({ truncated: true });
    });
  });
}
