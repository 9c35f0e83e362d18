/**
 * Authorisation, generated from the OpenAPI document: every endpoint × every role × unbound, own or other establishment,
 * and callers without a valid token (hostile.md, Authorisation). What the document promises is what is expected here.
 */
import assert from 'node:assert/strict';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { PNG } from 'pngjs';
import { z } from 'zod';
import { ROLES, type Role } from '../../src/api/access.ts';
import { type Answer, type ApiBench, fieldOf, ruleOf, startApi } from '../../src/api/api.fixture.ts';
import { sampleRecall, sentDocument } from '../../src/api/recalls.fixture.ts';
import type { RouteDefinition } from '../../src/api/route.ts';
import {
  acceptInvisible,
  addWaitingMail,
  cardBody,
  createDocument,
  createMergedPatient,
  createPatient,
  documentBody,
  patientBody,
  patientsCsv,
  proveOne,
  refusedMessage,
  splitBody,
} from '../../src/api/samples.fixture.ts';
import { revokeTokens } from '../../src/api/tokens.ts';
import { campaignSample, holdDoubtfulIns } from '../../src/api/verifications.fixture.ts';
import { DEMO_EG, DEMO_SECOND_EG } from '../../src/demo/structure.ts';
import { traitsOf } from '../../src/identity/index.ts';
import { startRun } from '../../src/matching/index.ts';
import { seeTraffic } from '../../src/observatory/observatory.fixture.ts';
import { countOwn } from '../../src/region/own.ts';
import { insertBulkOperation, setBulkState } from '../../src/store/bulk-operations.ts';
import { listPairs, putPairs } from '../../src/store/candidate-pairs.ts';
import { reportDiscrepancy } from '../../src/store/discrepancies.ts';
import { identityById } from '../../src/store/identities.ts';
import { insertFlow } from '../../src/store/lanes.ts';
import { schemaText } from '../../src/wire/schematron/pack.fixture.ts';

const contract = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        'x-roles': z.array(z.enum(ROLES)),
        'x-scope': z.enum(['establishment', 'domain', 'installation']),
        responses: z.record(z.string(), z.unknown()),
        requestBody: z.unknown().optional(),
      }),
    ),
  ),
});

interface Endpoint {
  /** `GET /documents/{id}` */
  readonly name: string;
  readonly method: RouteDefinition['method'];
  readonly path: string;
  readonly roles: readonly Role[];
  readonly scope: 'establishment' | 'domain' | 'installation';
  readonly success: number;
  readonly takesBody: boolean;
}

/** What each endpoint that takes a body is sent. Everything sampled belongs to DEMO_EG. */
const BODIES: Readonly<Record<string, (unique: string) => object>> = {
  'POST /documents': () => documentBody({ establishment: DEMO_EG }),
  'POST /documents/{id}/withdraw': () => ({ reason: 'essai' }),
  'POST /bulk-operations': () => ({
    action: 'take-up',
    selection: { state: 'received', establishment: DEMO_EG },
    reason: 'essai',
  }),
  'POST /bulk-operations/{id}/submit': () => ({ count: 1 }),
  'POST /bulk-operations/{id}/approve': () => ({ count: 1 }),
  'POST /documents/{id}/legal-hold': () => ({ hold: true, reason: 'essai' }),
  'POST /documents/{id}/deletion': () => ({ reason: 'essai' }),
  'POST /patients': (unique) => patientBody(`IPP-${unique}`),
  'POST /patients/search': () => ({ name: 'MARTIN', birthDate: '1950', approximate: true }),
  'POST /patients/{id}/identity-check': () => ({
    documentType: 'CN',
    checkedAt: '2026-11-20T09:00:00Z',
    coherent: true,
  }),
  'POST /patients/{id}/feeding': () => ({ informed: true, reason: 'essai' }),
  'POST /suspensions': suspensionBody,
  'POST /documents/{id}/visibility': () => ({ visible: true, reason: 'essai' }),
  'PUT /document-lists/mandatory': listBody,
  'PUT /document-lists/feedable': listBody,
  'POST /duplicates/{id}/decision': () => ({ decision: 'later', reason: 'essai' }),
  'POST /patients/{id}/unmerge': () => ({ reason: 'essai' }),
  'POST /patients/{id}/split': (unique) => splitBody(`S-${unique}`),
  'POST /patients/{id}/traits': (unique) => ({ usedName: `ESSAI ${unique}`, reason: 'essai' }),
  'POST /takeovers': () => ({ name: 'essai' }),
  'POST /takeovers/{id}/lines': (unique) => ({
    from: 0,
    lines: [{ line: 2, ipp: unique, birthName: 'ESSAI', firstGivenName: 'UN', sex: 'F', birthDate: '1980-01-01' }],
  }),
  'POST /subscriber-messages/{id}/decision': () => ({ action: 'resend' }),
  'POST /subscribers/{id}/pause': () => ({ paused: false }),
  'POST /subscribers/{id}/load': () => ({ action: 'start' }),
  'POST /patients/{id}/correction-advice': () => ({ document: { birthName: 'AUTRE' }, deviceType: 'CN' }),
  'POST /patients/{id}/corrections': () => correctionBody,
  'POST /discrepancies/{id}/settlement': () => ({ decision: 'keep', reason: 'essai' }),
  'POST /adverse-events': () => eventBody,
  'POST /adverse-events/{id}/steps': () => ({ step: 'noted', note: 'essai' }),
  'POST /corrections/{id}/steps': () => ({ step: 'handed' }),
  'POST /patients/{id}/insi-search': () => ({}),
  'POST /patients/{id}/insi-verification/failure': () => ({ reason: 'essai' }),
  'POST /verification-campaigns': () => ({ before: '2126-01-01T00:00:00Z' }),
  'POST /verification-campaigns/{id}/state': () => ({ action: 'pause' }),
  'POST /patients/{id}/insi-search-card': () => cardBody(),
  'POST /patients/{id}/recalls': () => ({ reason: 'essai' }),
  'POST /recalls/{id}/decide': () => ({ decision: 'release', explanation: 'essai' }),
  'POST /recalls/{id}/prepare': () => ({}),
  'POST /recalls/{id}/approve': () => ({ count: 1 }),
  'POST /recalls/{id}/lift': () => ({ reason: 'essai' }),
  'POST /recalls/{id}/given': () => ({ recipient: 'data-protection-officer' }),
  'PUT /mappings/{kind}': mappingBody,
  'POST /template-audits': () => templateAuditBody,
  'POST /catalogue': productBody,
  'PUT /catalogue/{id}': (unique) => ({ ...productBody(unique), revision: 1 }),
  'POST /rule-packs': (unique) => ({ folder: unique }),
  'POST /rule-packs/{id}/mode': () => ({ mode: 'observe' }),
  'POST /rule-packs/{id}/rehearsals': () => ({}),
  'POST /establishments/{id}/plan/declarations': () => ({
    item: 'charter',
    state: 'done',
    onDay: '2026-03-02',
    note: 'essai',
  }),
  'PUT /plan-reference': (unique) => ({ version: unique, constraints: [], contacts: [], links: [], reason: 'essai' }),
  'PUT /establishments/{id}/plan/aim': () => ({
    deadline: null,
    qualifiedPercent: 90,
    fedPercent: 90,
    reason: 'essai',
  }),
  'POST /region/installations': () => installationBody(),
  'PUT /region/risk-rules/{id}': () => ({ enabled: true, threshold: 45 }),
  'POST /lanes/{id}/moves': () => ({ to: 'observed', reason: 'essai', revision: 1 }),
  'POST /patients/{id}/status': () => ({ action: 'set-attribute', attribute: 'homonyme', reason: 'essai' }),
};
/** A new key each time, for an establishment that is not of this installation. */
function installationBody(): object {
  const publicKey = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' });
  const establishments = [{ eg: '990000408', ej: '990000400', name: 'Essai' }];
  return { name: 'Essai', publicKey, establishments };
}
const correctionBody = { side: 'document', document: { birthName: 'AUTRE' }, deviceType: 'CN', reason: 'essai' };
/** One white pixel: a page without a symbol is an audit too. */
const templateAuditBody = {
  establishment: DEMO_EG,
  template: 'essai',
  software: 'essai',
  content: PNG.sync.write(new PNG({ width: 40, height: 40 })).toString('base64'),
};
const eventBody = { nature: 'other', description: 'essai', foundAt: '2026-11-01' };
function inventoryFile(unique: string): { raw: string; contentType: string } {
  return { raw: `finess;produit\r\n${DEMO_EG};${unique}\r\n`, contentType: 'text/csv' };
}
function productBody(unique: string): object {
  return { api: 'V1', name: unique, version: '1' };
}
function suspensionBody(unique: string): object {
  return { scope: 'stay', subject: unique, establishment: DEMO_EG, hours: 1, reason: 'essai' };
}
function listBody(unique: string): object {
  return { version: unique, source: 'essai', dated: '2026-11-23', entries: [{ code: '11490-0' }], reason: 'essai' };
}
/** A row of DEMO_EG alone. */
function mappingBody(unique: string): object {
  return { scope: `eg:${DEMO_EG}`, localValue: unique, target: { typeCode: '34112-3' } };
}
/** Bodies that are files. */
const FILES: Readonly<Record<string, (unique: string) => { raw: string; contentType: string }>> = {
  'POST /patient-imports': (unique) => ({ raw: patientsCsv([unique]), contentType: 'text/csv' }),
  'POST /region/imports': () => ({ raw: figuresFile, contentType: 'text/csv' }),
  'POST /region/pushes': () => ({ raw: '{}', contentType: 'application/vnd.traitdunion.region-counts+json' }),
  'POST /inventory-imports': inventoryFile,
};
/** What must be said in the address. */
const QUERIES: Readonly<Record<string, string>> = {
  'POST /region/imports': '?source=essai&dated=2024-02-01',
  'GET /lanes/{id}/shadow': '?outcome=leaves',
};
const figuresFile = 'finess_eg;finess_ej;mois;documents\r\n990000408;990000400;2024-01;12\r\n';
/** Open to no role: another installation calls it, by its signature. */
const SIGNED = 'POST /region/pushes';
const PUBLIC = ['GET /api/v1/openapi.json', 'HEAD /api/v1/openapi.json'];
const BINDINGS = { unbound: null, own: DEMO_EG, other: DEMO_SECOND_EG } as const;
type Binding = keyof typeof BINDINGS;

describe('Who may call what', () => {
  let bench: ApiBench;
  let endpoints: readonly Endpoint[];
  let samples = 0;
  before(async () => {
    bench = await startApi();
    const { paths } = contract.parse((await bench.app.inject('/api/v1/openapi.json')).json());
    endpoints = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([verb, operation]) => ({
        name: `${verb.toUpperCase()} ${path}`,
        method: z.enum(['GET', 'POST', 'PUT', 'DELETE']).parse(verb.toUpperCase()),
        path,
        roles: operation['x-roles'],
        scope: operation['x-scope'],
        success: Number(Object.keys(operation.responses).find((status) => status !== 'default')),
        takesBody: operation.requestBody !== undefined,
      })),
    );
    await seeTraffic(bench.context, { eg: DEMO_EG, application: 'DPI-ESSAIS', facility: 'CH-DEMO' });
    await refusedMessage(bench, 'M-MATRICE', DEMO_EG);
    await proveOne(bench, await createDocument(bench));
  });
  after(() => bench.close());

  async function sampleFor({ path }: Endpoint, unique: string): Promise<string> {
    if (path.startsWith('/observatory') || path === '/inventory' || path === '/inventory-imports') return unique;
    if (path.startsWith('/inventory-imports/'))
      return fieldOf(await bench.call('POST', '/inventory-imports?kind=installed', inventoryFile(unique)), 'id');
    if (path.startsWith('/catalogue/'))
      return fieldOf(await bench.call('POST', '/catalogue', { body: productBody(unique) }), 'key');
    if (path.startsWith('/region/')) return regionSample(path);
    if (path.startsWith('/lanes/')) return migratingFlow(unique);
    if (path.endsWith('/unmerge')) return createMergedPatient(bench, unique);
    if (path.startsWith('/rule-packs') || path.startsWith('/rehearsals')) return rulePack(path, unique);
    if (path.startsWith('/template-audits/'))
      return fieldOf(await bench.call('POST', '/template-audits', { body: templateAuditBody }), 'id');
    if (path.startsWith('/takeovers/'))
      return fieldOf(await bench.call('POST', '/takeovers', { body: { name: unique } }), 'id');
    if (path.startsWith('/subscriber')) return subscriberSample(path, unique);
    if (path.startsWith('/establishments/')) return DEMO_EG;
    if (path.startsWith('/suspensions/'))
      return fieldOf(await bench.call('POST', '/suspensions', { body: suspensionBody(unique) }), 'id');
    if (path.startsWith('/duplicates/')) return duplicate(unique);
    if (path.startsWith('/duplicate-searches/')) return (await startRun(bench.context, 'user:matrice')).id;
    if (path.startsWith('/discrepancies/')) return discrepancy(await createPatient(bench, unique));
    if (path.startsWith('/adverse-events/'))
      return fieldOf(await bench.call('POST', '/adverse-events', { body: eventBody }), 'id');
    if (path.startsWith('/corrections/')) {
      const patient = await createPatient(bench, unique);
      return fieldOf(await bench.call('POST', `/patients/${patient}/corrections`, { body: correctionBody }), 'id');
    }
    if (path.startsWith('/recalls/')) return sampleRecall(bench, path.split('/').at(-1) ?? '', unique);
    if (path.startsWith('/verification-campaigns')) {
      await holdDoubtfulIns(bench.context, await createPatient(bench, unique));
      return campaignSample(bench.context, path.includes('{id}'));
    }
    if (path.startsWith('/patients/')) {
      const patient = await createPatient(bench, unique);
      if (path.includes('insi-verification')) await holdDoubtfulIns(bench.context, patient);
      if (path.endsWith('/recalls')) await sentDocument(bench, patient, unique);
      return patient;
    }
    if (path.startsWith('/patient-imports/')) return importOf(unique, path);
    const document = await createDocument(bench, { establishment: DEMO_EG });
    if (path.endsWith('/visibility')) await acceptInvisible(bench.context.pool, document);
    if (path.includes('/mails/')) await addWaitingMail(bench, document);
    return path.startsWith('/bulk-operations/') ? bulkOperation(document, path) : document;
  }

  async function migratingFlow(application: string): Promise<string> {
    const id = randomUUID();
    const flow = { eg: DEMO_EG, application, facility: '*', way: 'hl7' } as const;
    await insertFlow(bench.context.pool, flow, { id, lane: 'shadow', at: bench.context.now() });
    return id;
  }

  async function regionSample(path: string): Promise<string> {
    if (path.includes('/installations'))
      return fieldOf(await bench.call('POST', '/region/installations', { body: installationBody() }), 'id');
    if (path.startsWith('/region/risk-rules')) return 'no-feed';
    await countOwn(bench.context);
    if (!path.startsWith('/region/imports/')) return DEMO_EG;
    const file = { raw: figuresFile, contentType: 'text/csv' };
    return fieldOf(await bench.call('POST', '/region/imports?source=essai&dated=2024-02-01', file), 'id');
  }

  /** A folder that may be installed, a pack of another one, or a rehearsal of it. */
  async function rulePack(path: string, unique: string): Promise<string> {
    const { config, pool } = bench.context;
    for (const name of [unique, `${unique}-B`]) {
      const folder = join(config.conformance?.packs ?? '', name);
      mkdirSync(folder);
      writeFileSync(join(folder, 'StrucMin.sch'), schemaText(`<title>${name}</title>`));
    }
    if (!path.includes('{id}')) return unique;
    const id = fieldOf(await bench.call('POST', '/rule-packs', { body: { folder: unique } }), 'id');
    await pool.query(`update rehearsal set state = 'cancelled' where state = 'running'`);
    if (!path.startsWith('/rehearsals')) return id;
    return fieldOf(await bench.call('POST', `/rule-packs/${id}/rehearsals`, { body: {} }), 'id');
  }

  /** A subscriber, or a message that it refused. */
  async function subscriberSample(path: string, unique: string): Promise<string> {
    const { pool, now } = bench.context;
    await pool.query('insert into diffusion_subscriber (name, enabled, since) values ($1, true, $2)', [unique, now()]);
    if (path.startsWith('/subscribers/')) return unique;
    const { rows } = await pool.query<{ id: number }>(
      `insert into diffusion_entry (subscriber, kind, identity_id, state) values ($1, 'state', $2, 'refused') returning id`,
      [unique, await createPatient(bench, unique)],
    );
    return String(rows[0]?.id);
  }

  /** A file that was taken in; for a confirmation, a rehearsal that is over. */
  async function importOf(unique: string, path: string): Promise<string> {
    const file = { raw: patientsCsv([unique]), contentType: 'text/csv' };
    const id = fieldOf(await bench.call('POST', '/patient-imports?mode=rehearsal', file), 'id');
    if (path.endsWith('/confirm'))
      await bench.context.pool.query(`update patient_import set state = 'done' where id = $1`, [id]);
    return id;
  }

  /** Two patients who look alike. */
  async function duplicate(unique: string): Promise<string> {
    const { pool, now } = bench.context;
    const ids = [await createPatient(bench, `${unique}-1`), await createPatient(bench, `${unique}-2`)] as const;
    await putPairs(pool, [{ ids, kind: 'duplicate', score: 0.9, traits: [] }], now());
    const [pair] = await listPairs(pool, { state: 'open', kind: null, identityId: ids[0], limit: 1, offset: 0 });
    return pair?.id ?? '';
  }

  /** Another birth name, said by an application. */
  async function discrepancy(patient: string): Promise<string> {
    const id = randomUUID();
    const { pool, now } = bench.context;
    const record = await identityById(pool, patient);
    assert.ok(record);
    const said = { id, identityId: patient, actor: 'source:ESSAI', source: 'ADT^A31', comparison: [] };
    await reportDiscrepancy(pool, { ...said, traits: { ...traitsOf(record), birthName: 'AUTRE' } }, now());
    return id;
  }

  /** An operation of DEMO_EG, prepared by nobody of the matrix, at the stage that the endpoint expects. */
  async function bulkOperation(document: string, path: string): Promise<string> {
    const stages = { approve: 'proposed', pause: 'running', resume: 'paused' } as const;
    const { pool, now } = bench.context;
    const id = randomUUID();
    await insertBulkOperation(
      pool,
      {
        id,
        action: 'take-up',
        eg: DEMO_EG,
        selection: { ids: [document] },
        correction: null,
        reason: 'essai',
        selected: 1,
        count: 1,
        perMinute: 60,
        preparedBy: 'user:matrice',
        preparedAt: now(),
      },
      [{ subject: document, ruleId: null }],
    );
    const stage = Object.entries(stages).find(([name]) => path.endsWith(`/${name}`))?.[1];
    if (stage !== undefined) await setBulkState(pool, id, { state: stage });
    return id;
  }

  /** Calls the endpoint on a document or patient made for this call alone. */
  async function callOnSample(endpoint: Endpoint, token: string | null): Promise<{ answer: Answer; id: string }> {
    samples += 1;
    const unique = `M${samples}`;
    const id = await sampleFor(endpoint, unique);
    const body = BODIES[endpoint.name]?.(`${unique}-B`);
    const sent = { token, ...(body === undefined ? {} : { body }), ...FILES[endpoint.name]?.(unique) };
    const path = endpoint.path.replace('{id}', id).replace('{kind}', 'types') + (QUERIES[endpoint.name] ?? '');
    if (endpoint.name !== 'DELETE /mappings/{kind}')
      return { answer: await bench.call(endpoint.method, path, sent), id };
    const row = fieldOf(await bench.call('PUT', path, { body: mappingBody(unique) }), 'id');
    return { answer: await bench.call('DELETE', `${path}?id=${row}`, sent), id: row };
  }

  function expected(endpoint: Endpoint, role: Role, binding: Binding): readonly [number, string?] {
    if (!endpoint.roles.includes(role)) return [403, 'TDU-API-002'];
    if (endpoint.scope === 'installation' && binding !== 'unbound') return [403, 'TDU-API-002'];
    if (endpoint.scope === 'establishment' && binding === 'other') {
      if (endpoint.path.includes('{id}') || endpoint.method === 'DELETE') return [404, 'TDU-API-003'];
      if (endpoint.takesBody) return [403, 'TDU-API-002'];
    }
    return [endpoint.success];
  }

  test('the matrix covers every endpoint, and knows what to send to each', () => {
    const covered = endpoints.flatMap(({ name }) => {
      const [method = '', path = ''] = name.split(' ');
      const address = `/api/v1${path.replace(/\{(\w+)\}/g, ':$1')}`;
      return method === 'GET' ? [`GET ${address}`, `HEAD ${address}`] : [`${method} ${address}`];
    });
    const registered = bench.registered.filter((address) => !address.includes(' /fhir')); // fhir-matrix.test.ts
    assert.deepEqual(registered.toSorted(), [...covered, ...PUBLIC].toSorted());
    const bodies = endpoints.filter(({ takesBody }) => takesBody).map(({ name }) => name);
    assert.deepEqual(bodies.toSorted(), [...Object.keys(BODIES), ...Object.keys(FILES)].toSorted());
    for (const { name, roles, success } of endpoints) {
      assert.ok(name === SIGNED ? roles.length === 0 : roles.length > 0 && roles.length <= ROLES.length, name);
      assert.ok(success >= 200 && success < 300, name);
    }
  });

  for (const role of ROLES)
    for (const binding of ['unbound', 'own', 'other'] as const)
      test(`${role}, ${binding}: each endpoint answers what the contract says`, async () => {
        const token = await bench.token(role, BINDINGS[binding]);
        const faults: string[] = [];
        for (const endpoint of endpoints) {
          const [status, rule] = expected(endpoint, role, binding);
          const { answer, id } = await callOnSample(endpoint, token);
          const found = answer.status >= 400 ? ruleOf(answer) : undefined;
          if (answer.status !== status || found !== rule)
            faults.push(`${endpoint.name}: ${answer.status} ${found ?? ''}, not ${status} ${rule ?? ''}`);
          // A list of another establishment says nothing of ours.
          if (binding === 'other' && endpoint.scope === 'establishment' && endpoint.method === 'GET') {
            const text = answer.bytes.toString('utf8');
            if (text.includes(id) || text.includes(DEMO_EG)) faults.push(`${endpoint.name} shows ${DEMO_EG}`);
            if (text.includes('M-MATRICE') || text.includes('DPI-ESSAIS'))
              faults.push(`${endpoint.name} shows its senders`);
          }
        }
        assert.deepEqual(faults, []);
      });

  test('nobody without a valid token gets anywhere, and a HEAD is guarded like its GET', async () => {
    const revoked = await bench.token('administrator', '990000999');
    await revokeTokens(bench.context.pool, 'administrator-990000999', new Date());
    const valid = await bench.token('administrator');
    const headers: readonly (readonly [string, Record<string, string>])[] = [
      ['no token', {}],
      ['revoked', { authorization: `Bearer ${revoked}` }],
      ['unknown', { authorization: `Bearer tdu_${'A'.repeat(43)}` }],
      ['empty', { authorization: 'Bearer ' }],
      ['no scheme', { authorization: valid }],
      ['another scheme', { authorization: `Basic ${Buffer.from(`a:${valid}`).toString('base64')}` }],
      ['lower case', { authorization: `Bearer ${valid.toLowerCase()}` }],
      ['one character more', { authorization: `Bearer ${valid}A` }],
      ['an injection', { authorization: `Bearer ' or 1=1 --` }],
      ['in a cookie', { cookie: `token=${valid}` }],
      ['ten thousand characters', { authorization: `Bearer ${'A'.repeat(10_000)}` }],
    ];
    const faults: string[] = [];
    for (const [what, sent] of headers)
      for (const { name, method, path } of endpoints)
        for (const verb of method === 'GET' ? (['GET', 'HEAD'] as const) : ([method] as const)) {
          const address = path.replace('{id}', '7b5b1f6e-3f0c-4d52-8a53-0f1d9a5d8f10').replace('{kind}', 'types');
          const url = `/api/v1${address}?access_token=${valid}`;
          const response = await bench.app.inject({ method: verb, url, headers: sent });
          if (response.statusCode !== 401) faults.push(`${what} ${verb} ${name}: ${response.statusCode}`);
        }
    assert.deepEqual(faults, []);
    assert.equal((await bench.call('GET', '/establishments', { token: valid })).status, 200);
  });

  test('the contract itself keeps secrecy (practice 24): who may do what, in words of this test', () => {
    const mayCall = (role: Role): string[] =>
      endpoints.filter(({ roles }) => roles.includes(role)).map(({ name }) => name);
    const opening = endpoints.find(({ name }) => name === 'GET /documents/{id}/content');
    assert.deepEqual(opening?.roles, ['identitovigilance', 'interop', 'administrator', 'professional']);
    // A professional reads, and changes nothing of the house.
    assert.deepEqual(
      mayCall('professional').filter((name) => !name.startsWith('GET ')),
      ['POST /patients/search'],
    );
    // The region counts; it names nobody.
    assert.deepEqual(mayCall('regional').toSorted(), [
      'GET /catalogue',
      'GET /catalogue/{id}/history',
      'GET /document-lists/feedable',
      'GET /document-lists/mandatory',
      'GET /endings',
      'GET /establishments',
      'GET /establishments/{id}/plan',
      'GET /establishments/{id}/plan/export',
      'GET /exhaustiveness',
      'GET /exhaustiveness/export',
      'GET /flows',
      'GET /indicators',
      'GET /indicators/identity',
      'GET /indicators/identity-export',
      'GET /inventory',
      'GET /inventory-imports',
      'GET /inventory-imports/{id}/lines',
      'GET /inventory-imports/{id}/report',
      'GET /lanes',
      'GET /lanes/{id}',
      'GET /mandatory-not-fed',
      'GET /observatory',
      'GET /observatory/months',
      'GET /plan-reference',
      'GET /plans',
      'GET /proof/counts',
      'GET /proof/figures',
      'GET /region/establishments',
      'GET /region/establishments-export',
      'GET /region/establishments/{id}',
      'GET /region/imports',
      'GET /region/imports/{id}',
      'GET /region/installations',
      'GET /region/months',
      'GET /region/months-export',
      'GET /region/products',
      'GET /region/risk-rules',
      'GET /services',
      'POST /catalogue',
      'POST /inventory-imports',
      'POST /region/imports',
      'POST /region/installations',
      'POST /region/installations/{id}/revocation',
      'PUT /catalogue/{id}',
      'PUT /document-lists/feedable',
      'PUT /document-lists/mandatory',
      'PUT /plan-reference',
      'PUT /region/risk-rules/{id}',
    ]);
    // It reads: what it asks may hold an INS, which no address may.
    const search = 'POST /patients/search';
    assert.deepEqual(
      mayCall('auditor').filter((name) => !name.startsWith('GET ')),
      [search],
    );
    const trail = endpoints.find(({ name }) => name === 'GET /audit');
    assert.deepEqual(trail?.roles, ['administrator', 'auditor']);
    for (const name of ['GET /flows', 'GET /messages', 'POST /documents', 'POST /documents/{id}/withdraw'])
      assert.ok(!mayCall('admissions').includes(name), name);
    assert.ok(!mayCall('interop').some((name) => name.startsWith('POST /patients') && name !== search));
    const changing = ROLES.filter((role) => mayCall(role).includes('PUT /mappings/{kind}'));
    assert.deepEqual(changing, ['interop', 'administrator']);
  });

  test('a filter does not reach into another establishment', async () => {
    const token = await bench.token('interop', DEMO_SECOND_EG);
    for (const path of [`/documents?establishment=${DEMO_EG}`, `/indicators?establishment=${DEMO_EG}`]) {
      const answer = await bench.call('GET', path, { token });
      assert.deepEqual([answer.status, ruleOf(answer)], [403, 'TDU-API-002'], path);
    }
    const id = await createDocument(bench, { establishment: DEMO_EG, ipp: 'IPP-AILLEURS', requestId: 'R-AILLEURS' });
    for (const query of ['ipp=IPP-AILLEURS', 'messageControlId=R-AILLEURS', 'state=received'])
      assert.ok(!(await bench.call('GET', `/documents?${query}`, { token })).bytes.toString().includes(id), query);
  });

  test('an identity is of its domain: every establishment of the domain reads it (practice 15)', async () => {
    const id = await createPatient(bench, 'IPP-DOMAINE');
    for (const eg of [DEMO_EG, DEMO_SECOND_EG])
      assert.equal(
        (await bench.call('GET', `/patients/${id}`, { token: await bench.token('admissions', eg) })).status,
        200,
      );
  });
});
