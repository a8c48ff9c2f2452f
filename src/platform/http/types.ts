import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Log } from '../log/log.ts';

/** What a person's or program's token may do: a viewer reads, a deployer acts, an admin also manages. */
export type Role = 'viewer' | 'deployer' | 'admin';

/** Who sends a request, as its token says. An agent speaks for its targets and for nothing else. */
export type Caller =
  | { readonly kind: 'person'; readonly name: string; readonly role: Role }
  | { readonly kind: 'agent'; readonly name: string; readonly targets: readonly string[] };

/**
 * Who may call a route: `public` needs no token, `agent` an agent's, `signed` checks a signature of its own, a role
 * needs a token of that role or a higher one. A route that does not say needs viewer to read and deployer to change.
 */
export type RouteAccess = 'public' | 'signed' | 'agent' | Role;

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: RouteAccess;
  }
  interface FastifyInstance {
    /** Aborted when the server begins to close: whoever holds a request open ends it then. */
    closing: AbortSignal;
  }
  interface FastifyRequest {
    /** Null on public and signed routes. */
    caller: Caller | null;
  }
}

export type HttpApp = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  Log,
  ZodTypeProvider
>;

/** Adds a capability's routes to the server. */
export type Routes = (app: HttpApp) => void;
