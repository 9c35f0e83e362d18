import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import { conformanceDir } from '../../../test/support/tools.ts';
import { DEMO_EG, DEMO_IPP_DOMAIN, DEMO_SECOND_EG } from '../../demo/structure.ts';
import { buildLevelOneCda } from '../../wire/cda/build-level-one.ts';
import { levelOneDocument } from '../../wire/cda/cda.fixture.ts';
import { readProvideBundle, readSimplifiedPublish } from '../../wire/fhir/document-read.ts';
import { type ApiBench, startApi } from '../api.fixture.ts';
import { createPatient } from '../samples.fixture.ts';
import { type FhirReply, type FhirSent, fhir } from './fhir.fixture.ts';

const found = z.object({
  total: z.number(),
  entry: z.array(z.object({ resource: z.object({ resourceType: z.literal('DocumentReference'), id: z.string() }) })),
});
const SYSTEM = `urn:oid:${DEMO_IPP_DOMAIN}`;
const TEXT = 'Compte rendu fictif publié par FHIR.';
const DATA = Buffer.from(TEXT).toString('base64');
const SHA1 = createHash('sha1').update(TEXT).digest('base64');

/** The same values as PDSm asks for, on a text. */
function reference(uniqueId: string, ipp: string, parts: object = {}, attachment: object = {}): object {
  return {
    resourceType: 'DocumentReference',
    contained: [
      {
        resourceType: 'Practitioner',
        id: 'auteur',
        identifier: [{ system: 'urn:oid:1.2.250.1.71.4.2.1', value: '801234567897' }],
        name: [{ family: 'MARTIN', given: ['JEANNE'] }],
      },
    ],
    masterIdentifier: { system: 'urn:ietf:rfc:3986', value: `urn:oid:${uniqueId}` },
    status: 'current',
    type: { coding: [{ system: 'http://loinc.org', code: '11488-4' }] },
    subject: { identifier: { system: SYSTEM, value: ipp } },
    date: '2026-11-20T10:00:00+01:00',
    author: [{ reference: '#auteur' }],
    securityLabel: [
      { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'N' }] },
      { coding: [{ system: 'urn:oid:1.2.250.1.213.1.1.4.13', code: 'INVISIBLE_PATIENT' }] },
    ],
    content: [{ attachment: { contentType: 'text/plain', data: DATA, title: 'Consultation', ...attachment } }],
    context: { period: { start: '2026-11-20T09:00:00+01:00' } },
    ...parts,
  };
}

/** A set of documents, each in a Binary. */
function provided(...documents: { readonly uniqueId: string; readonly ipp: string; readonly attachment?: object }[]) {
  const items = documents.map(({ uniqueId, ipp, attachment = {} }, index) => ({
    url: `urn:uuid:00000000-0000-4000-8000-00000000010${index}`,
    binary: `urn:uuid:00000000-0000-4000-8000-00000000020${index}`,
    uniqueId,
    ipp,
    attachment,
  }));
  const set = {
    resourceType: 'List',
    status: 'current',
    mode: 'working',
    code: { coding: [{ code: 'submissionset' }] },
    entry: items.map(({ url }) => ({ item: { reference: url } })),
  };
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      { fullUrl: 'urn:uuid:00000000-0000-4000-8000-000000000001', resource: set },
      ...items.map(({ url, binary, uniqueId, ipp, attachment }) => ({
        fullUrl: url,
        resource: reference(uniqueId, ipp, {}, { data: undefined, url: binary, ...attachment }),
      })),
      ...items.map(({ binary }) => ({
        fullUrl: binary,
        resource: { resourceType: 'Binary', contentType: 'text/plain', data: DATA },
      })),
    ],
  };
}

describe('Documents by FHIR', () => {
  let bench: ApiBench;
  let token: string;
  before(async () => {
    bench = await startApi();
    token = await bench.token('interop', DEMO_EG);
  });
  after(() => bench.close());

  const call = (method: 'GET' | 'POST', path: string, sent: Partial<FhirSent> = {}) =>
    fhir(bench, method, path, { token, ...sent });
  const publish = (body: object, path = '/DocumentReference') => call('POST', path, { body });
  const field = (answer: FhirReply, name: string) => (answer.body as Record<string, unknown>)[name];

  test('a document that carries its content (ITI-105) is durable, is the same when it comes again, and can be read', async () => {
    const patient = await createPatient(bench, 'FD-1');
    const first = await publish(reference('1.2.3.1', 'FD-1'));
    assert.equal(first.status, 201, JSON.stringify(first.body));
    const id = String(field(first, 'id'));
    assert.match(String(first.headers.location), new RegExp(`/fhir/DocumentReference/${id}$`));
    assert.equal(field(await publish(reference('1.2.3.1', 'FD-1')), 'id'), id);
    const stored = await bench.call('GET', `/documents/${id}`);
    const { notice } = (await bench.context.pool.query('select notice from document where id = $1', [id])).rows[0] as {
      notice: { visibility: object; author: { family: string }; serviceStart: string };
    };
    assert.equal((stored.body as { messageControlId: string }).messageControlId, '1.2.3.1');
    assert.deepEqual(notice.visibility, {
      maskedFromProfessionals: false,
      invisibleToPatient: true,
      invisibleToRepresentatives: false,
    });
    assert.deepEqual([notice.author.family, notice.serviceStart], ['MARTIN', '20261120090000+0100']);
    const read = await call('GET', `/DocumentReference/${id}`);
    assert.equal(field(read, 'status'), 'current');
    const content = await bench.app.inject({
      url: `/fhir/Binary/${id}?reason=essai`,
      headers: { authorization: `Bearer ${await bench.token('administrator')}` },
    });
    assert.deepEqual([content.headers['content-type'], content.payload], ['text/plain', TEXT]);
    const refused = await bench.app.inject({ url: `/fhir/Binary/${id}` });
    assert.equal(refused.statusCode, 401);
    assert.ok(patient);
  });

  test('a set of documents (ITI-65) is all judged before any is stored', async () => {
    const answer = await publish(
      provided({ uniqueId: '1.2.4.1', ipp: 'FD-2' }, { uniqueId: '1.2.4.2', ipp: 'FD-2' }),
      '',
    );
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    const entries = (field(answer, 'entry') as { response: { status: string; location?: string } }[]).map(
      ({ response }) => [response.status, response.location?.split('/')[0]],
    );
    const made = ['201 Created', 'DocumentReference'];
    assert.deepEqual(entries, [
      ['201 Created', undefined],
      made,
      made,
      ['201 Created', undefined],
      ['201 Created', undefined],
    ]);
    const wrong = await publish(
      provided({ uniqueId: '1.2.4.3', ipp: 'FD-2' }, { uniqueId: '1.2.4.4', ipp: 'FD-2', attachment: { size: 3 } }),
      '',
    );
    assert.deepEqual([wrong.status, wrong.rule], [400, 'TDU-FHIR-004']);
    const { rows } = await bench.context.pool.query("select 1 from document where control_id like '1.2.4.%'");
    assert.equal(rows.length, 2);
  });

  test('what does not agree with itself is refused: size, hash, Base64, set, status, restricted content', async () => {
    for (const [body, rule] of [
      [reference('1.2.5.1', 'FD-3', {}, { size: TEXT.length }), 'TDU-FHIR-004'],
      [reference('1.2.5.2', 'FD-3', {}, { hash: 'AAAA' }), 'TDU-FHIR-004'],
      [reference('1.2.5.3', 'FD-3', {}, { data: '***' }), 'TDU-FHIR-004'],
      [reference('1.2.5.4', 'FD-3', { status: 'superseded' }), 'TDU-FHIR-004'],
      [reference('1.2.5.5', 'FD-3', { securityLabel: [{ coding: [{ code: 'R' }] }] }), 'TDU-FEED-024'],
      [reference('1.2.5.6', 'FD-3', {}, { contentType: 'application/zip' }), 'TDU-FHIR-004'],
      [reference('1.2.5.7', 'FD-3', { relatesTo: [{ code: 'appends', target: { reference: 'x' } }] }), 'TDU-FHIR-004'],
    ] as const) {
      const answer = await publish(body);
      assert.equal(answer.rule, rule, JSON.stringify(answer.body));
    }
    const cda = buildLevelOneCda(levelOneDocument());
    const wrapped = { contentType: 'application/xml', data: cda.toString('base64') };
    const other = await publish(reference('1.2.5.10', 'FD-3', {}, wrapped));
    assert.match(JSON.stringify(other.body), /masterIdentifier n’est pas l’identifiant du CDA/);
    const right = { size: Buffer.byteLength(TEXT), hash: SHA1 };
    assert.equal((await publish(reference('1.2.5.8', 'FD-3', {}, right))).status, 201);
    const { entry: all } = provided({ uniqueId: '1.2.5.9', ipp: 'FD-3' });
    const noSet = { resourceType: 'Bundle', type: 'transaction', entry: all.slice(1) };
    assert.equal((await publish(noSet, '')).rule, 'TDU-FHIR-004');
  });

  test('numbers of two people, or an INS that our identity does not bear, designate nobody', async () => {
    const one = await createPatient(bench, 'FD-4');
    await createPatient(bench, 'FD-5');
    const patient = (...identifier: object[]) => ({
      contained: [{ resourceType: 'Patient', id: 'p', identifier }],
      subject: { reference: '#p' },
    });
    const ipp = (value: string) => ({ system: SYSTEM, value });
    const ins = { system: 'urn:oid:1.2.250.1.213.1.4.10', value: '279035121518989' };
    const rules = async (subject: object) => (await publish(reference('1.2.6.1', '', subject))).rule;
    assert.equal(await rules(patient(ipp('FD-4'), ipp('FD-5'))), 'TDU-FHIR-016');
    assert.equal(await rules(patient(ipp('FD-4'), ins)), 'TDU-FHIR-016');
    assert.equal(await rules(patient(ins)), 'TDU-FHIR-015', 'an INS alone makes no identity');
    assert.equal(
      await rules({ subject: { reference: 'Patient/00000000-0000-4000-8000-000000000000' } }),
      'TDU-FHIR-015',
    );
    const known = await publish(reference('1.2.6.2', '', { subject: { reference: `Patient/${one}` } }));
    assert.equal(known.status, 201);
    const { rows } = await bench.context.pool.query('select ipp from document where id = $1', [field(known, 'id')]);
    assert.deepEqual(rows, [{ ipp: 'FD-4' }]);
  });

  test('a search asks for a patient or a document, never puts an INS in an address, and shows one establishment', async () => {
    const patient = await createPatient(bench, 'FD-6');
    const id = String(field(await publish(reference('1.2.7.1', 'FD-6')), 'id'));
    await bench.context.pool.query('update document set identity_id = $2 where id = $1', [id, patient]);
    const ids = async (path: string, sent: Partial<FhirSent> = {}) =>
      found
        .parse((await call(sent.form === undefined ? 'GET' : 'POST', path, sent)).body)
        .entry.map(({ resource }) => resource.id);
    for (const criteria of [
      `patient=Patient/${patient}&status=current`,
      `patient=${patient}&type=http://loinc.org|11488-4`,
      `patient.identifier=${encodeURIComponent(`${SYSTEM}|FD-6`)}&status=current`,
      'identifier=urn:oid:1.2.7.1',
      `_id=${id}`,
    ])
      assert.deepEqual(await ids(`/DocumentReference?${criteria}`), [id], criteria);
    assert.deepEqual(await ids(`/DocumentReference?patient=${patient}&status=superseded`), []);
    assert.deepEqual(await ids('/DocumentReference/_search', { form: { identifier: '1.2.7.1' } }), [id]);
    const other = await bench.token('interop', DEMO_SECOND_EG);
    assert.deepEqual(await ids('/DocumentReference?identifier=1.2.7.1', { token: other }), []);
    assert.equal((await call('GET', `/DocumentReference/${id}`, { token: other })).status, 404);
    const inAddress = 'patient.identifier=urn:oid:1.2.250.1.213.1.4.10%7C279035121518989';
    assert.equal((await call('GET', `/DocumentReference?${inAddress}`)).rule, 'TDU-FHIR-001');
    for (const wrong of ['', 'status=current', 'patient=x&facility=SA01'])
      assert.equal((await call('GET', `/DocumentReference?${wrong}`)).rule, 'TDU-FHIR-005', wrong);
  });
});

const examples = conformanceDir();
const skip = examples === undefined ? 'no ../shared/conformance' : false;

test('the official examples of PDSm4DMP are read', { skip }, () => {
  const read = (name: string): unknown =>
    JSON.parse(readFileSync(join(examples ?? '', 'fhir-pdsm/pdsm4dmp-examples', name), 'utf8'));
  const one = readSimplifiedPublish(read('DocumentReference-example-td2-iti105-publication-simplifiee.json'));
  assert.ok(one.ok);
  assert.deepEqual(
    [one.value.typeCode, one.value.mimeType, one.value.patient.identifiers.length],
    ['11488-4', 'text/xml', 1],
  );
  const set = readProvideBundle(read('Bundle-example-td2-iti65-lot-soumission.json'));
  assert.ok(set.ok, JSON.stringify(set));
  const [provided] = set.value;
  assert.deepEqual(
    [set.value.length, provided?.mimeType, provided?.createdAt, provided?.labels],
    [1, 'text/xml', '2026-06-12T10:00:00+02:00', ['N']],
  );
});
