import type { Json } from '../../../platform/ids/types.ts';
import { evaluateAll, evaluateCondition, type SeenAnswer, seenOf } from '../answer.ts';
import type { Outbound } from '../outbound.ts';
import type { StepAdapter, StepContext } from '../port.ts';
import { problemWords } from '../words.ts';
import { decideHttp, type HttpEffect, httpEffectSchema } from './decide.ts';

export type HttpDeps = { readonly outbound: Outbound };

/**
 * One request over HTTP. Those that change something carry `Idempotency-Key`, which is the same when the request has
 * to be repeated because a worker died.
 */
export function httpStep({ outbound }: HttpDeps): StepAdapter {
  return {
    kind: 'http',
    // An address may take its time, and must not hold up a commit meanwhile.
    lane: 'long',
    decide: decideHttp,
    async run(payload, context) {
      const effect = httpEffectSchema.parse(payload);
      const { plain, confidential } = await headersOf(effect, context);
      const content = bodyOf(effect);
      const answer = await outbound(
        {
          url: effect.url,
          method: effect.method,
          headers: { ...content.headers, ...plain },
          confidential,
          body: content.body,
          timeout: effect.timeout,
        },
        context.signal,
      );
      if (!answer.ok) return done('errored', problemWords(answer.problem));
      context.log('note', `${effect.method} ${answer.place}: status ${answer.status}`);
      return judge(effect, seenOf(answer));
    },
  };
}

const done = (
  is: 'succeeded' | 'failed' | 'errored',
  because: string,
  outputs: Json = {},
): Json => ({
  is,
  because,
  outputs,
});

async function headersOf({ headers, method }: HttpEffect, { secret, key }: StepContext) {
  const plain: Record<string, string> = {};
  const confidential: Record<string, string> = {};
  if (method !== 'GET' && method !== 'HEAD') plain['idempotency-key'] = key;
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string') plain[name.toLowerCase()] = value;
    else confidential[name.toLowerCase()] = await secret(value.secret);
  }
  return { plain, confidential };
}

/** A text goes as it is, all else as JSON. */
function bodyOf({ body, method }: HttpEffect) {
  if (body === undefined || method === 'GET' || method === 'HEAD')
    return { headers: {}, body: null };
  const type = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json';
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { headers: { 'content-type': type }, body: text };
}

function judge({ expect, outputs }: HttpEffect, response: SeenAnswer): Json {
  const { status } = response;
  const scope = { response };
  const said = `status ${status}${excerpt(response)}`;
  const fits =
    expect.status.length > 0 ? expect.status.includes(status) : status >= 200 && status < 300;
  if (!fits) {
    const wanted = expect.status.length > 0 ? expect.status.join(', ') : '2xx';
    return done('failed', `answered with ${said}; expected ${wanted}`);
  }
  if (expect.condition) {
    const holds = evaluateCondition(expect.condition, scope);
    if (!holds.ok) return done('errored', holds.because);
    if (!holds.value) return done('failed', `${expect.condition} is false: ${said}`);
  }
  const values = evaluateAll(outputs, scope);
  if (!values.ok) return done('errored', values.because);
  return done('succeeded', `answered with status ${status}`, { status, ...values.value });
}

function excerpt({ body }: SeenAnswer): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const short = text.replace(/\s+/g, ' ').trim().slice(0, 200);
  return short === '' ? '' : ` (${short})`;
}
