import swagger from '@fastify/swagger';
import fastify, { type FastifyRequest, LogController } from 'fastify';
import {
  createJsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod';
import { ProblemError, problem } from '../errors/problem.ts';
import { newId } from '../ids/new-id.ts';
import type { Log } from '../log/log.ts';
import { unstorableAt } from '../text/storable.ts';
import { isServedHost } from './host.ts';
import { problemOf, sendProblem } from './problems.ts';
import type { Caller, HttpApp, RouteAccess, Routes } from './types.ts';

export type HttpServerOptions = {
  readonly log: Log;
  readonly version: string;
  readonly routes: readonly Routes[];
  /** Finds out who sends a request to a route of this access; throws TG1601 or TG1606. */
  readonly authenticate: (request: FastifyRequest, access: RouteAccess) => Promise<Caller | null>;
  /** Host names beside the loopback ones that requests over loopback may name. */
  readonly hosts?: readonly string[];
  /** Bytes; 1 MiB when left out. A route may have its own. */
  readonly bodyLimit?: number;
  /** Milliseconds that open requests have to end when the server closes. */
  readonly closeGrace?: number;
};

export const openApiPath = '/api/v1/openapi.json';

/**
 * The HTTP server: routes with zod schemas, one problem document for whatever goes wrong, a request id for every
 * request, limits on sizes and times. Answers carry no CORS headers: the API is for programs with a token and for
 * the page that this server itself serves. `app.listen` and `app.close` are Fastify's; closing ends long polls and
 * event streams first, since they would otherwise hold it open.
 */
export async function createHttpServer(options: HttpServerOptions): Promise<HttpApp> {
  const app: HttpApp = fastify({
    loggerInstance: options.log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: options.bodyLimit ?? 1_048_576,
    requestTimeout: 30_000,
    keepAliveTimeout: 72_000,
    http: { headersTimeout: 10_000, maxHeaderSize: 16_384 },
    routerOptions: { maxParamLength: 300 },
    genReqId: (raw) => requestId(raw.headers['x-request-id']),
    forceCloseConnections: 'idle',
    frameworkErrors: (error, request, reply) => sendProblem(request, reply, problemOf(error)),
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.decorateRequest('caller', null);
  guard(app, options);
  refuseUnstorable(app);
  mapErrors(app);
  endOnClose(app, options.closeGrace ?? 5_000);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Tidegate', version: options.version, license: { name: 'Apache-2.0' } },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: createJsonSchemaTransform({ skipList: [openApiPath] }),
    transformObject: jsonSchemaTransformObject,
  });
  for (const add of options.routes) add(app);
  app.get(openApiPath, { config: { access: 'viewer' } }, (_request, reply) => {
    reply.type('application/json').serializer(JSON.stringify).send(app.swagger());
  });
  await app.ready();
  return app;
}

/** A request id of the caller's is kept when it can do no harm in a log line. */
function requestId(given: string | string[] | undefined): string {
  return typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : newId('req');
}

/** Of a list of names and values in turn. */
const isHostName = (text: string, at: number): boolean =>
  at % 2 === 0 && text.toLowerCase() === 'host';

function guard(app: HttpApp, options: HttpServerOptions): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    reply.header('x-content-type-options', 'nosniff');
    reply.header('cache-control', 'no-store');
    if (request.raw.rawHeaders.filter(isHostName).length > 1) {
      throw new ProblemError(
        problem('TG1603', { detail: 'The request names more than one host.' }),
      );
    }
    if (!isServedHost(request.headers.host, request.socket.localAddress, options.hosts ?? [])) {
      throw new ProblemError(
        problem('TG1607', { detail: `This server does not answer as ${request.headers.host}.` }),
      );
    }
    if (request.is404) return;
    const access = request.routeOptions.config.access ?? usualAccess(request.method);
    request.caller = await options.authenticate(request, access);
  });
}

/** PostgreSQL keeps neither U+0000 nor half of a surrogate pair: no text of a request may carry one to it. */
function refuseUnstorable(app: HttpApp): void {
  app.addHook('preValidation', async ({ params, query, body, routeOptions }) => {
    // What an agent reports is partly its workloads' words: its schema mends them, for news must not be lost.
    const parts = { params, query, ...(routeOptions.config.access === 'agent' ? {} : { body }) };
    const pointer = unstorableAt(parts, '');
    if (pointer === null) return;
    const detail = 'A text has U+0000 or half of a surrogate pair, which is no character.';
    throw new ProblemError(problem('TG1603', { detail, where: { pointer } }));
  });
}

const usualAccess = (method: string): RouteAccess =>
  method === 'GET' || method === 'HEAD' ? 'viewer' : 'deployer';

function mapErrors(app: HttpApp): void {
  app.setErrorHandler((error, request, reply) => {
    const from = problemOf(error);
    if (from.code === 'TG1604') request.log.error({ err: error, reqId: request.id }, from.title);
    else request.log.debug({ code: from.code, reqId: request.id }, from.detail);
    sendProblem(request, reply, from);
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0];
    sendProblem(
      request,
      reply,
      problem('TG1602', { detail: `There is no ${request.method} ${path}.` }),
    );
  });
}

/** Gives handlers that wait `app.closing`, and cuts what is still open when the grace is over. */
function endOnClose(app: HttpApp, grace: number): void {
  const closing = new AbortController();
  app.decorate('closing', closing.signal);
  app.addHook('preClose', async () => {
    closing.abort();
    const timer = setTimeout(() => app.server.closeAllConnections(), grace);
    app.server.once('close', () => clearTimeout(timer));
    timer.unref();
  });
}
