import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { type Problem, problem } from '../../platform/errors/problem.ts';

/** What a webhook says has moved. No repository means any; no branch means any. */
export type Hook = { readonly repositories: readonly string[]; readonly branch: string | null };

export type HookAnswer =
  | { readonly ok: true; readonly hook: Hook }
  | { readonly ok: false; readonly problem: Problem };

export type HookRequest = {
  readonly secret: string;
  /** The bytes as they came: the signature is over these. */
  readonly body: Uint8Array;
  /** Names in lower case, as Node gives them. */
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
};

const payloadSchema = z.object({
  ref: z.string().max(300).optional(),
  repository: z
    .union([
      z.string().max(2048),
      z.object({
        full_name: z.string().max(500).optional(),
        clone_url: z.string().max(2048).optional(),
        ssh_url: z.string().max(2048).optional(),
        html_url: z.string().max(2048).optional(),
      }),
    ])
    .optional(),
});

const signatureHeaders = ['x-tidegate-signature', 'x-hub-signature-256'] as const;

/**
 * Checks who sent a webhook and reads it: `{"repository": NAME-OR-ADDRESS, "ref": "refs/heads/main"}`, both
 * optional, or GitHub's push. The signature is `sha256=` and the HMAC-SHA256 of the body in hex, in the header
 * X-Tidegate-Signature or X-Hub-Signature-256. TG1104 when it is wrong, TG1603 when the body is.
 */
export function verifyHook({ secret, body, headers }: HookRequest): HookAnswer {
  const given = signatureHeaders
    .map((name) => headers[name])
    .find((one) => typeof one === 'string');
  if (secret === '' || typeof given !== 'string' || !isSigned(secret, body, given)) {
    const detail =
      given === undefined
        ? 'The request has no signature.'
        : 'The signature does not fit the body.';
    return { ok: false, problem: problem('TG1104', { detail }) };
  }
  const parsed = payloadSchema.safeParse(parseJson(body));
  if (!parsed.success) {
    const detail = 'The body is neither {"repository", "ref"} nor a push of GitHub.';
    return { ok: false, problem: problem('TG1603', { detail }) };
  }
  const { ref, repository } = parsed.data;
  const repositories =
    typeof repository === 'string'
      ? [repository]
      : [repository?.clone_url, repository?.ssh_url, repository?.html_url].filter(
          (one) => one !== undefined,
        );
  const branch = ref === undefined ? null : (/^refs\/heads\/(.+)$/.exec(ref)?.[1] ?? ref);
  return { ok: true, hook: { repositories, branch } };
}

function isSigned(secret: string, body: Uint8Array, given: string): boolean {
  const hex = /^sha256=([0-9a-f]{64})$/i.exec(given.trim())?.[1];
  if (hex === undefined) return false;
  return timingSafeEqual(
    createHmac('sha256', secret).update(body).digest(),
    Buffer.from(hex, 'hex'),
  );
}

function parseJson(body: Uint8Array): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return undefined;
  }
}
