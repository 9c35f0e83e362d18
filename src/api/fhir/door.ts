/**
 * The FHIR server below `/fhir`, in a scope of its own: FHIR JSON in and out, refusals as OperationOutcome, the same
 * tokens, permissions and audit trail as the REST API.
 */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { FhirResource } from 'fhir/r4.js';
import type { UseCaseContext } from '../../queue/context.ts';
import { apiRules } from '../../rules/api.ts';
import { fhirRules } from '../../rules/fhir.ts';
import { gatewayRules } from '../../rules/gateway.ts';
import type { Rule } from '../../rules/rule.ts';
import { outcomeOf } from '../../wire/fhir/outcome.ts';
import { namesMatricule, type Parameters } from '../../wire/fhir/patient-search.ts';
import type { Actor } from '../access.ts';
import { ApiRefusal } from '../problem.ts';
import { audit, authorised, type Called } from '../register.ts';
import { ruleOfError } from '../server.ts';

export interface FhirCall {
  readonly actor: Actor;
  /** `{id}` of the path; empty where there is none. */
  readonly id: string;
  /** Of the address, then of the form of a `_search`. */
  readonly parameters: Parameters;
  /** Parsed JSON; undefined without a body. */
  readonly body: unknown;
  readonly header: (name: string) => string | undefined;
  /** `https://host/fhir`, as the caller wrote it. */
  readonly base: string;
}

export interface FhirAnswer {
  readonly status?: number;
  /** A resource, or the bytes of a document as they are. */
  readonly resource: FhirResource | { readonly mimeType: string; readonly bytes: Buffer };
  readonly headers?: Readonly<Record<string, string>>;
}

export interface FhirRoute extends Called {
  readonly summary: string;
  /** Its body is a document: as large as the REST door takes. */
  readonly large?: true;
  /** The answer is a document in its own format, whatever FHIR would say. */
  readonly native?: true;
  readonly handle: (call: FhirCall) => Promise<FhirAnswer>;
}

const FHIR_JSON = 'application/fhir+json; charset=utf-8';
const READ_TYPES = ['application/fhir+json', 'application/json'];
/** A Patient without photographs. */
const MOST_BYTES = 1024 * 1024;
const FORM_OF = Symbol('form');
const FORM = 'application/x-www-form-urlencoded';

/** `metadata` is public: it holds no data, and a client reads it before it has a token. */
export function registerFhirDoor(
  app: FastifyInstance,
  gateway: UseCaseContext,
  routes: readonly FhirRoute[],
  metadata: FhirResource,
): void {
  app.register(
    async (scope) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser(READ_TYPES, { parseAs: 'string' }, scope.getDefaultJsonParser('error', 'error'));
      scope.addContentTypeParser(FORM, { parseAs: 'string' }, (_request, body, done) =>
        done(null, { [FORM_OF]: parametersOf(String(body)) } satisfies SearchForm),
      );
      scope.setErrorHandler((error: FastifyError | ApiRefusal, request, reply) => {
        const refusal = error instanceof ApiRefusal ? error.refusal : { rule: ruleOf(error) };
        if (refusal.rule === gatewayRules.unexpected)
          gateway.log.error({ err: error, route: request.routeOptions.url }, 'unexpected error');
        if (refusal.rule.http === 401) reply.header('www-authenticate', 'Bearer realm="traitdunion"');
        return reply
          .status(refusal.rule.http)
          .type(FHIR_JSON)
          .send(JSON.stringify(outcomeOf(refusal)));
      });
      // Makes what does not exist below /fhir a refusal of this scope.
      scope.setNotFoundHandler(async () => {
        throw new ApiRefusal(apiRules.notFound);
      });
      scope.get('/metadata', async (request, reply) => {
        refuseOtherFormats(request);
        return reply.type(FHIR_JSON).send(JSON.stringify(metadata));
      });
      for (const route of routes) addRoute(scope, gateway, route);
    },
    { prefix: '/fhir' },
  );
}

function addRoute(scope: FastifyInstance, gateway: UseCaseContext, route: FhirRoute): void {
  scope.route({
    method: route.method,
    url: route.path.replace('/fhir', '').replace('{id}', ':id'),
    ...(route.large === true ? {} : { bodyLimit: MOST_BYTES }),
    onRequest: async (request) => {
      request.actor = await authorised(gateway, route, request);
      if (route.native !== true) refuseOtherFormats(request);
    },
    handler: async (request, reply) => {
      const { actor } = request;
      if (actor === undefined) throw new Error('a route without an actor');
      try {
        const answer = await route.handle(callOf(request, actor));
        await audit(gateway, route, actor, request, 'done');
        return send(reply, answer);
      } catch (error) {
        await audit(gateway, route, actor, request, error instanceof ApiRefusal ? error.message : 'failed');
        throw error;
      }
    },
  });
}

function callOf(request: FastifyRequest, actor: Actor): FhirCall {
  const ofAddress = parametersOf(request.url.split('?')[1] ?? '');
  if (namesMatricule(ofAddress)) throw new ApiRefusal(fhirRules.matriculeInUrl);
  const { body } = request;
  const form = isForm(body) ? body[FORM_OF] : [];
  const { id } = request.params as { id?: string };
  return {
    actor,
    id: id ?? '',
    parameters: [...ofAddress, ...form],
    body: isForm(body) ? undefined : body,
    header: (name) => {
      const value = request.headers[name];
      return typeof value === 'string' ? value : undefined;
    },
    base: `${request.protocol}://${request.host}/fhir`,
  };
}

/** What the parser of forms makes, and no JSON can be. */
interface SearchForm {
  readonly [FORM_OF]: Parameters;
}

function isForm(body: unknown): body is SearchForm {
  return typeof body === 'object' && body !== null && FORM_OF in body;
}

function parametersOf(text: string): Parameters {
  return [...new URLSearchParams(text)];
}

/** `_format` wins over Accept (FHIR R4 http); only JSON is served. */
function refuseOtherFormats(request: FastifyRequest): void {
  const asked = parametersOf(request.url.split('?')[1] ?? '').find(([name]) => name === '_format')?.[1];
  const wanted = asked ?? request.headers.accept ?? '*/*';
  if (!/json|\*\/\*|application\/\*/i.test(wanted)) throw new ApiRefusal(fhirRules.formatNotServed);
}

function ruleOf(error: FastifyError): Rule {
  return error.statusCode === 415 ? fhirRules.formatNotRead : ruleOfError(error);
}

function send(reply: FastifyReply, { status = 200, resource, headers = {} }: FhirAnswer): FastifyReply {
  if ('bytes' in resource) return reply.status(status).headers(headers).type(resource.mimeType).send(resource.bytes);
  return reply.status(status).headers(headers).type(FHIR_JSON).send(JSON.stringify(resource));
}
