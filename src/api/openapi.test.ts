import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import { ROLES } from './access.ts';
import { type ApiBench, startApi } from './api.fixture.ts';

const SCOPES = ['establishment', 'domain', 'installation'] as const;

/** A JSON Schema 2020-12 as far as this contract uses it: known keywords, well formed, all the way down. */
const jsonSchema: z.ZodType = z.lazy(() =>
  z.union([
    z.boolean(),
    z.strictObject({
      $ref: z
        .string()
        .regex(/^#\/components\/schemas\//)
        .optional(),
      type: z.union([typeName, z.array(typeName)]).optional(),
      description: z.string().optional(),
      properties: z.record(z.string(), jsonSchema).optional(),
      required: z.array(z.string()).optional(),
      additionalProperties: jsonSchema.optional(),
      items: jsonSchema.optional(),
      anyOf: z.array(jsonSchema).min(1).optional(),
      oneOf: z.array(jsonSchema).min(1).optional(),
      allOf: z.array(jsonSchema).min(1).optional(),
      enum: z.array(z.unknown()).min(1).optional(),
      const: z.unknown().optional(),
      default: z.unknown().optional(),
      format: z.string().optional(),
      contentEncoding: z.literal('base64').optional(),
      pattern: z
        .string()
        .refine((text) => RegExp(text, 'u') !== undefined)
        .optional(),
      minLength: z.int().min(0).optional(),
      maxLength: z.int().min(0).optional(),
      minItems: z.int().min(0).optional(),
      maxItems: z.int().min(0).optional(),
      minimum: z.number().optional(),
      maximum: z.number().optional(),
    }),
  ]),
);
const typeName = z.enum(['null', 'boolean', 'object', 'array', 'number', 'string', 'integer']);

const content = z.record(z.string().regex(/^[a-z]+\/[a-z.+-]+$/), z.strictObject({ schema: jsonSchema.optional() }));
const operation = z.strictObject({
  summary: z.string().min(5),
  operationId: z.string().regex(/^[a-z][A-Za-z0-9]+$/),
  parameters: z.array(
    z.strictObject({ name: z.string(), in: z.enum(['path', 'query']), required: z.boolean(), schema: jsonSchema }),
  ),
  requestBody: z.strictObject({ required: z.literal(true), content }).optional(),
  responses: z.record(z.string().regex(/^(20[0-9]|default)$/), z.strictObject({ description: z.string(), content })),
  security: z.tuple([z.union([z.strictObject({ bearer: z.tuple([]) }), z.strictObject({ signature: z.tuple([]) })])]),
  'x-permission': z.string(),
  'x-roles': z.array(z.enum(ROLES)),
  'x-scope': z.enum(SCOPES),
});
const document = z.strictObject({
  openapi: z.literal('3.1.0'),
  info: z.strictObject({
    title: z.string(),
    version: z.string(),
    license: z.strictObject({ name: z.string(), identifier: z.string() }),
  }),
  servers: z.array(z.strictObject({ url: z.string() })).min(1),
  paths: z.record(z.string().startsWith('/'), z.partialRecord(z.enum(['get', 'post', 'put', 'delete']), operation)),
  components: z.strictObject({
    schemas: z.record(z.string(), jsonSchema),
    securitySchemes: z.strictObject({
      bearer: z.strictObject({ type: z.literal('http'), scheme: z.literal('bearer') }),
      signature: z.strictObject({
        type: z.literal('apiKey'),
        in: z.literal('header'),
        name: z.string(),
        description: z.string(),
      }),
    }),
  }),
});

/** What the design promises to other tools (design 10). */
const PROMISED = [
  'get /documents',
  'get /documents/{id}',
  'get /documents/{id}/content',
  'get /documents/{id}/answers',
  'post /documents',
  'get /patients',
  'post /patients',
  'get /patients/{id}',
  'post /patients/{id}/insi-search',
  'post /patients/{id}/identity-check',
  'post /patients/{id}/status',
  'get /mappings/{kind}',
  'put /mappings/{kind}',
  'delete /mappings/{kind}',
  'get /mappings/unmapped',
  'get /flows',
  'get /indicators',
  'get /establishments',
];

describe('The OpenAPI document', () => {
  let bench: ApiBench;
  let served: z.output<typeof document>;
  before(async () => {
    bench = await startApi();
    const response = await bench.app.inject('/api/v1/openapi.json');
    assert.equal(response.statusCode, 200);
    assert.match(String(response.headers['content-type']), /^application\/json/);
    served = document.parse(response.json());
  });
  after(() => bench.close());

  const operations = () =>
    Object.entries(served.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, one]) => ({ name: `${method} ${path}`, path, method, ...one })),
    );

  test('is OpenAPI 3.1 and served without a token', () => {
    assert.equal(served.openapi, '3.1.0');
    assert.equal(served.info.version, '0.0.0-test');
  });

  test('holds what the design promises, and exactly the routes that exist', () => {
    const names = operations().map(({ name }) => name);
    for (const promised of PROMISED) assert.ok(names.includes(promised), promised);
    assert.deepEqual(
      names.toSorted(),
      bench.routes.map(({ method, path }) => `${method.toLowerCase()} ${path}`).toSorted(),
    );
  });

  test('every one of its operations answers at its address', async () => {
    for (const { method, path, name } of operations()) {
      const url = `/api/v1${path.replace('{id}', '7b5b1f6e-3f0c-4d52-8a53-0f1d9a5d8f10').replace('{kind}', 'types')}`;
      const response = await bench.app.inject({
        method: z.enum(['GET', 'POST', 'PUT', 'DELETE']).parse(method.toUpperCase()),
        url,
      });
      assert.equal(response.statusCode, 401, name);
      assert.match(String(response.headers['www-authenticate']), /^Bearer /);
    }
  });

  test('what a token opens is open to a role; what a signature opens, to none', () => {
    for (const { name, security, 'x-roles': roles } of operations())
      assert.equal(roles.length === 0, 'signature' in security[0], name);
  });

  test('every parameter of a path is declared and required; names are unique', () => {
    for (const { name, path, parameters } of operations()) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, found]) => found);
      const declared = parameters.filter((parameter) => parameter.in === 'path');
      assert.deepEqual(
        declared.map((parameter) => parameter.name),
        inPath,
        name,
      );
      assert.ok(
        declared.every(({ required }) => required),
        name,
      );
      const names = parameters.map((parameter) => `${parameter.in} ${parameter.name}`);
      assert.equal(new Set(names).size, names.length, name);
    }
    const ids = operations().map(({ operationId }) => operationId);
    assert.equal(new Set(ids).size, ids.length);
  });

  test('every operation declares one success, its problem, and a list has items and next', () => {
    for (const { name, path, method, responses, 'x-permission': permission } of operations()) {
      const [success, ...others] = Object.keys(responses).filter((status) => status !== 'default');
      assert.ok(success !== undefined && others.length === 0, name);
      assert.deepEqual(Object.keys(responses.default?.content ?? {}), ['application/problem+json'], name);
      assert.ok(permission.includes('.'), name);
      if (method !== 'get' || !/^\/(documents|patients|flows|establishments|messages|audit|mappings\/.+)$/.test(path))
        continue;
      const schema = responses[success]?.content['application/json']?.schema;
      assert.partialDeepStrictEqual(schema, { type: 'object', required: ['items', 'next'] }, name);
    }
  });

  test('every reference leads somewhere', () => {
    const text = JSON.stringify(served);
    const references = [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name ?? '');
    assert.ok(references.length > 0);
    for (const name of references) assert.ok(name in served.components.schemas, name);
  });
});
