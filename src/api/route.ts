/** A route is data: what it takes, who may call it, what it answers. The OpenAPI document and the tests read the same. */
import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { COUNTS_TYPE } from '../region/index.ts';
import type { Actor, Permission } from './access.ts';

/**
 * What an actor bound to one establishment gets. `establishment`: what is its own, the rest does not exist.
 * `domain`: all, since identities belong to an identification domain that its establishments share (practice 15).
 * `installation`: nothing, the whole is not separable.
 */
export type Scope = 'establishment' | 'domain' | 'installation';

/** Types of the files that routes read. */
export const FILE_TYPES = ['text/csv', COUNTS_TYPE] as const;
type FileType = (typeof FILE_TYPES)[number];

export interface RouteCall<Params, Query, Body> {
  readonly actor: Actor;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

export interface RouteDefinition {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** OpenAPI form, `/documents/{id}`, below `/api/v1`. */
  readonly path: string;
  readonly summary: string;
  readonly permission: Permission;
  readonly scope: Scope;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly response: z.ZodType;
  /** Status of success, 200 by default. */
  readonly status?: number;
  /** Set where a sender may call, and then sees its own documents only; closed to it everywhere else. */
  readonly forSender?: true;
  /** Set where another installation calls, by its signature; nobody else may then, whatever their role. */
  readonly signed?: true;
  /** Set where the answer is not JSON. */
  readonly binary?: true;
  /** Set where the body is a file of this type instead of JSON: the handler reads it as it arrives, `call.body` is its stream. */
  readonly file?: { readonly type: FileType; readonly maxBytes: number };
  readonly handle: (call: RouteCall<unknown, unknown, unknown>) => Promise<unknown>;
}

interface TypedRoute<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, R extends z.ZodType>
  extends Omit<RouteDefinition, 'handle' | 'params' | 'query' | 'body' | 'response'> {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly response: R;
  readonly handle: (call: RouteCall<z.output<P>, z.output<Q>, z.output<B>>) => Promise<z.input<R> | Buffer | Readable>;
}

/** Binds the handler's types to the schemas; at run time the registry parses before it calls. */
export function route<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, R extends z.ZodType>(
  definition: TypedRoute<P, Q, B, R>,
): RouteDefinition {
  const { handle, ...rest } = definition;
  return {
    ...rest,
    // The registry has just parsed the three with these very schemas.
    handle: (call) => handle(call as RouteCall<z.output<P>, z.output<Q>, z.output<B>>),
  };
}
