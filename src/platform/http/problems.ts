import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { catalogue } from '../errors/catalogue.ts';
import { type Problem, ProblemError, problem } from '../errors/problem.ts';

/** A problem document (RFC 9457) with Tidegate's own members: code, hint, requestId, where and data. */
export const problemDocumentSchema = z
  .object({
    type: z.string().meta({ description: 'urn:tidegate:CODE' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    code: z.string().meta({ description: 'Stable code of docs/reference/errors.md.' }),
    hint: z.string(),
    requestId: z.string(),
    where: z
      .object({
        file: z.string().optional(),
        line: z.int().optional(),
        column: z.int().optional(),
        pointer: z.string().optional(),
      })
      .optional(),
    data: z.record(z.string(), z.json()).optional(),
  })
  .meta({ id: 'Problem' });
export type ProblemDocument = z.output<typeof problemDocumentSchema>;

/** What PostgreSQL's driver throws when the database is away: the caller may come back. */
const awayCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'ETIMEDOUT', 'EPIPE']);
const awayStates = /^(08|57P0|53300)/;

/** Turns whatever a handler threw into a problem; an unforeseen one becomes TG1604 and says nothing of its inside. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (hasZodFastifySchemaValidationErrors(error)) return validationProblem(error);
  const { code = '', statusCode = 500, message = '' } = error as Partial<FastifyError>;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return problem('TG1605', { detail: 'The body is larger than this route takes.' });
  }
  if (awayCodes.has(code) || awayStates.test(code) || message.includes('connection timeout')) {
    return problem('TG1701', { detail: 'The database did not answer.' });
  }
  if (statusCode >= 400 && statusCode < 500) return problem('TG1603', { detail: message });
  return problem('TG1604', { detail: 'Something went wrong that was not foreseen.' });
}

function validationProblem(error: {
  readonly validation: readonly { readonly instancePath: string; readonly message?: string }[];
  readonly validationContext?: string | undefined;
}): Problem {
  const place = error.validationContext ?? 'request';
  const shown = error.validation.slice(0, 20);
  const detail = shown
    .map((one) => `${place}${one.instancePath === '/' ? '' : one.instancePath}: ${one.message}`)
    .join('; ');
  const pointer = shown[0]?.instancePath;
  return problem('TG1603', { detail, ...(pointer ? { where: { pointer } } : {}) });
}

export function sendProblem(request: FastifyRequest, reply: FastifyReply, from: Problem): void {
  const { status } = catalogue[from.code];
  const document: ProblemDocument = {
    type: `urn:tidegate:${from.code}`,
    title: from.title,
    status,
    detail: from.detail,
    instance: request.url.split('?')[0] ?? '',
    code: from.code,
    hint: from.hint,
    requestId: request.id,
    ...(from.where ? { where: from.where as NonNullable<ProblemDocument['where']> } : {}),
    ...(from.data ? { data: from.data as NonNullable<ProblemDocument['data']> } : {}),
  };
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  // Its own serializer: the route's response schemas speak of its answers, not of what may go wrong with any route.
  reply
    .code(status)
    .type('application/problem+json')
    .serializer((value: unknown) => JSON.stringify(value))
    .send(document);
}
