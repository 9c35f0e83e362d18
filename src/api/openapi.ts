/** OpenAPI 3.1 from the routes themselves. */
import { z } from 'zod';
import { PERMISSIONS } from './access.ts';
import type { RouteDefinition } from './route.ts';

type Json = Record<string, unknown>;

const PROBLEM_SCHEMA: Json = {
  type: 'object',
  description: 'RFC 9457, avec l’entrée du catalogue de règles',
  required: ['type', 'title', 'status', 'rule', 'cause', 'owner', 'remedy', 'safeToResend'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    rule: { type: 'string' },
    cause: { type: 'string' },
    owner: { type: 'string' },
    remedy: { type: 'string' },
    safeToResend: { type: 'boolean' },
    location: { type: 'string' },
  },
};

function schemaOf(type: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...schema } = z.toJSONSchema(type, { io, unrepresentable: 'any' });
  return schema;
}

function parametersOf(type: z.ZodType | undefined, place: 'path' | 'query'): Json[] {
  if (type === undefined) return [];
  const schema = schemaOf(type, 'input') as { properties?: Record<string, Json>; required?: string[] };
  return Object.entries(schema.properties ?? {}).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || (schema.required ?? []).includes(name),
    schema: property,
  }));
}

function operation(definition: RouteDefinition): Json {
  const problem = {
    description: 'Refus expliqué',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
  const success = definition.binary
    ? { 'application/octet-stream': {} }
    : { 'application/json': { schema: schemaOf(definition.response, 'output') } };
  return {
    summary: definition.summary,
    operationId: `${definition.method.toLowerCase()}${definition.path.replace(/[^A-Za-z0-9]+(.)?/g, (_, c: string | undefined) => (c ?? '').toUpperCase())}`,
    parameters: [...parametersOf(definition.params, 'path'), ...parametersOf(definition.query, 'query')],
    ...(definition.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content:
              definition.file === undefined
                ? { 'application/json': { schema: schemaOf(definition.body, 'input') } }
                : { [definition.file.type]: { schema: { type: 'string', format: 'binary' } } },
          },
        }),
    responses: { [String(definition.status ?? 200)]: { description: 'Succès', content: success }, default: problem },
    security: [definition.signed === true ? { signature: [] } : { bearer: [] }],
    'x-permission': definition.permission,
    'x-roles': PERMISSIONS[definition.permission],
    'x-scope': definition.scope,
  };
}

/** The whole contract as one JSON document. */
export function openApi(routes: readonly RouteDefinition[], version: string): Json {
  const paths: Record<string, Json> = {};
  for (const definition of routes) {
    paths[definition.path] = { ...paths[definition.path], [definition.method.toLowerCase()]: operation(definition) };
  }
  return {
    openapi: '3.1.0',
    info: { title: "Trait d'Union", version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/api/v1' }],
    paths,
    components: {
      schemas: { Problem: PROBLEM_SCHEMA },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        signature: {
          type: 'apiKey',
          in: 'header',
          name: 'x-traitdunion-signature',
          description: 'Signature Ed25519 de l’installation, voir docs/fr/region.md',
        },
      },
    },
  };
}
