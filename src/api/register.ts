/** Puts the routes on fastify: authenticate, authorise, parse, call, audit. Nothing unauthenticated is parsed. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { withoutMatricule } from '../ins/redact.ts';
import { pushingInstallation, signedHeaders } from '../region/index.ts';
import { apiRules } from '../rules/api.ts';
import type { Pool } from '../store/db.ts';
import { addAudit } from '../store/proofs.ts';
import { type Actor, may } from './access.ts';
import { frenchIssue, unstorableText } from './issues.ts';
import { ApiRefusal, settled } from './problem.ts';
import { FILE_TYPES, type RouteDefinition } from './route.ts';
import { actorOfToken } from './tokens.ts';

declare module 'fastify' {
  interface FastifyRequest {
    actor?: Actor;
  }
}

export interface ApiContext {
  readonly pool: Pool;
  readonly now: () => Date;
}

/** Every access to an identity or a document is audited (promise 8), every change of a table; the rest is not worth the disk. */
function isAudited({ method, path }: Called): boolean {
  return (
    method === 'PUT' ||
    method === 'DELETE' ||
    /^\/(documents|patients|patient-imports|patient-export|stays|messages|bulk-operations|subscribers|subscriber-messages|duplicates|corrections|discrepancies|fhir|recalls|adverse-events|suspensions|exhaustiveness|template-audits|proof|catalogue|inventory-imports)\b/.test(
      path,
    )
  );
}

/** What is authorised and audited of a route. */
export interface Called
  extends Pick<RouteDefinition, 'method' | 'path' | 'permission' | 'scope' | 'forSender' | 'signed'> {
  /** What the audit trail says was looked at; by default the first word of the path. */
  readonly subject?: string;
}

/** The caller of a route, once it is known that it may call; before the body is read. */
export async function authorised(context: ApiContext, called: Called, request: FastifyRequest): Promise<Actor> {
  const signed = called.signed === true ? signedHeaders(request.headers) : undefined;
  if (signed !== undefined) return installationActor(context, signed.keyId);
  const actor = await actorOfToken(context.pool, request.headers.authorization);
  if (actor === undefined) throw new ApiRefusal(apiRules.unauthenticated);
  const bound = actor.eg !== null && called.scope === 'installation';
  const senderElsewhere = actor.sender !== undefined && called.forSender !== true;
  if (bound || senderElsewhere || !may(actor, called.permission)) {
    await audit(context, called, actor, request, 'refused');
    throw new ApiRefusal(apiRules.forbidden);
  }
  return actor;
}

/** Another installation, by a key that is known and not revoked; its signature is verified over the body, before it is parsed. */
async function installationActor(context: ApiContext, keyId: string): Promise<Actor> {
  settled(await pushingInstallation(context, keyId));
  // It counts, as the region does, on the one route open to it.
  return { name: `installation:${keyId.slice(0, 16)}`, role: 'regional', eg: null, installation: keyId };
}

export function registerRoutes(app: FastifyInstance, routes: readonly RouteDefinition[], context: ApiContext): void {
  // A file is not gathered in memory: its route reads it as it comes.
  for (const type of FILE_TYPES) app.addContentTypeParser(type, (_request, payload, done) => done(null, payload));
  for (const definition of routes) {
    app.route({
      method: definition.method,
      url: `/api/v1${definition.path.replace(/\{(\w+)\}/g, ':$1')}`,
      ...(definition.file === undefined ? {} : { bodyLimit: definition.file.maxBytes }),
      // onRequest runs before the body is read.
      onRequest: async (request) => {
        request.actor = await authorised(context, definition, request);
      },
      handler: async (request, reply) => {
        const { actor } = request;
        if (actor === undefined) throw new ApiRefusal(apiRules.unauthenticated);
        const call = {
          actor,
          params: parsed(definition.params, request.params, 'chemin'),
          query: parsed(definition.query, request.query, 'paramètres'),
          body: definition.file === undefined ? parsed(definition.body, request.body, 'corps') : request.body,
          request,
          reply,
        };
        try {
          const answer = await definition.handle(call);
          await audit(context, definition, actor, request, 'done');
          reply.status(definition.status ?? 200);
          return answer;
        } catch (error) {
          await audit(context, definition, actor, request, error instanceof ApiRefusal ? error.message : 'failed');
          throw error;
        }
      },
    });
  }
}

function parsed(schema: z.ZodType | undefined, value: unknown, place: string): unknown {
  if (schema === undefined) return undefined;
  const result = schema.safeParse(value, { error: frenchIssue });
  if (result.success && !unstorableText(result.data)) return result.data;
  const detail = result.success
    ? 'caractère de code nul ou incomplet'
    : result.error.issues.map((issue) => `${issue.path.join('.') || place} : ${issue.message}`).join(' ; ');
  // An address that no resource can have is one that no resource has.
  if (place === 'chemin') throw new ApiRefusal(apiRules.notFound);
  throw new ApiRefusal(apiRules.invalidRequest, { detail: detail.slice(0, 2_000), location: place });
}

/** `outcome`: `done`, `refused`, `failed` or the id of a rule. */
export async function audit(
  context: ApiContext,
  definition: Called,
  actor: Actor,
  request: FastifyRequest,
  outcome: string,
): Promise<void> {
  if (!isAudited(definition)) return;
  const { id } = request.params as { id?: string };
  const { reason } = request.query as { reason?: unknown };
  const kind = definition.subject ?? definition.path.split('/')[1] ?? '';
  await addAudit(context.pool, {
    at: context.now(),
    actor: actor.name,
    role: actor.role,
    action: `${definition.method} ${definition.path}`,
    // A caller may put anything in the address: only an identifier of ours is worth keeping.
    subject: z.uuid().safeParse(id).success ? `${kind}:${id}` : kind,
    reason: typeof reason === 'string' && !unstorableText(reason) ? withoutMatricule(reason).slice(0, 500) : null,
    outcome,
  });
}
