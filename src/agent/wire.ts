import { z } from 'zod';
import type { Intent } from '../capabilities/fleet/types.ts';
import type { FollowAnswer, StatusReport } from '../contract/agent.ts';
import { nameSchema } from '../contract/kinds/common.ts';
import { artifactSchema } from '../contract/kinds/release.ts';
import { type Target, targetSpecSchema } from '../contract/kinds/target.ts';
import type { ProblemCode } from '../platform/errors/catalogue.ts';

/**
 * The agent's side of the wire of contract/agent.ts. What arrives is checked although it comes from the control
 * plane: names become paths and a wrong intent must not stop the good ones beside it.
 */
const releaseName = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/);
const milliseconds = z.number().min(0);
const probeSchema = z.object({
  path: z.string().startsWith('/'),
  interval: milliseconds.min(1),
  timeout: milliseconds.min(1),
  failureThreshold: z.int().min(1),
});

const patternShape = {
  name: z.string(),
  exact: z.string().exactOptional(),
  prefix: z.string().exactOptional(),
  regex: z.string().exactOptional(),
};

const routeSchema = z.object({
  release: releaseName,
  match: z.union([
    z.object({ header: z.object(patternShape) }),
    z.object({ cookie: z.object(patternShape) }),
  ]),
});

const versionSchema = z.object({
  release: releaseName,
  commit: z.string().exactOptional(),
  artifact: artifactSchema,
  config: z.object({
    command: z.array(z.string()),
    env: z.record(z.string(), z.string()),
    health: z.object({
      readiness: probeSchema,
      liveness: probeSchema.nullable(),
      startTimeout: milliseconds,
      drain: milliseconds,
    }),
  }),
  replicas: z.int().min(0).max(1000),
  weight: z.number().min(0).max(100),
});

export const intentSchema: z.ZodType<Intent> = z.object({
  target: nameSchema,
  application: nameSchema,
  environment: nameSchema,
  generation: z.int().min(0),
  revision: z.int().min(0),
  because: z.string(),
  spec: z.object({
    versions: z.array(versionSchema),
    routes: z.array(routeSchema),
    sticky: z
      .object({ cookie: z.string().regex(/^[\w-]+$/), ttlSeconds: z.number().min(0) })
      .nullable(),
    preview: releaseName.nullable(),
  }),
});

/** The declared Target as it travels: parsed once by the control plane, durations and defaults filled in. */
export const specSchema: z.ZodType<Target['spec'] | null> = targetSpecSchema.nullable();

const answerSchema = z.object({
  revision: z.int().min(0),
  target: specSchema,
  intents: z.array(z.unknown()),
});

export type Wire = {
  /** Intents after `after`; waits up to `wait` seconds for one. Rejects with `WireError`, or when `signal` aborts. */
  readonly follow: (
    target: string,
    after: number,
    wait: number,
    signal: AbortSignal,
  ) => Promise<FollowAnswer & { readonly refused: readonly string[] }>;
  readonly report: (target: string, report: StatusReport, signal: AbortSignal) => Promise<void>;
};

/** `denied` means that asking again changes nothing until a person does something. */
export class WireError extends Error {
  readonly code: ProblemCode;
  readonly denied: boolean;
  constructor(message: string, code: ProblemCode) {
    super(message);
    this.name = 'WireError';
    this.code = code;
    this.denied = code === 'TG1601' || code === 'TG1503';
  }
}

const codeOf = (status: number): ProblemCode =>
  status === 401 ? 'TG1601' : status === 403 ? 'TG1503' : 'TG1803';

/** Seconds on top of the wait, for a slow network. */
const slack = 10;
const longestDetail = 300;

async function failureOf(response: Response): Promise<WireError> {
  const text = (await response.text().catch(() => '')).slice(0, longestDetail);
  const { status } = response;
  return new WireError(`the control plane answered ${status}: ${text}`, codeOf(status));
}

/** Intents of this target that are valid, and in words what is wrong with the others. */
export function sortIntents(target: string, items: readonly unknown[]) {
  const intents: Intent[] = [];
  const refused: string[] = [];
  for (const item of items) {
    const parsed = intentSchema.safeParse(item);
    if (!parsed.success) refused.push(z.prettifyError(parsed.error));
    else if (parsed.data.target !== target) refused.push(`an intent of ${parsed.data.target}`);
    else intents.push(parsed.data);
  }
  return { intents, refused };
}

/** Bytes: a thousand intents with all the variables that they may have fit many times over. */
const largestAnswer = 64 * 1_048_576;

async function readAnswer(response: Response): Promise<unknown> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    parts.push(part as Uint8Array);
    size += part.length;
    if (size > largestAnswer)
      throw new WireError(`the answer is over ${largestAnswer} bytes`, 'TG1803');
  }
  return JSON.parse(Buffer.concat(parts).toString('utf8'));
}

export function connectWire(server: string, token: string): Wire {
  const base = new URL('/api/v1/agent/targets/', server);
  const authorization = `Bearer ${token}`;
  const limit = (signal: AbortSignal, seconds: number) =>
    AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000)]);
  return {
    follow: async (target, after, wait, signal) => {
      const url = new URL(`${target}/intents?after=${after}&wait=${wait}`, base);
      const headers = { authorization, accept: 'application/json' };
      const response = await fetch(url, { headers, signal: limit(signal, wait + slack) });
      if (!response.ok) throw await failureOf(response);
      const { revision, target: spec, intents } = answerSchema.parse(await readAnswer(response));
      return { revision, target: spec, ...sortIntents(target, intents) };
    },
    report: async (target, report, signal) => {
      const response = await fetch(new URL(`${target}/statuses`, base), {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify(report),
        signal: limit(signal, slack),
      });
      if (!response.ok) throw await failureOf(response);
      await response.body?.cancel();
    },
  };
}
