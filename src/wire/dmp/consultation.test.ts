import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readSoap } from '../soap/envelope.ts';
import { mtomMessage, xopInclude } from '../soap/mtom.ts';
import type { TransportOutcome } from '../soap/transport.ts';
import { extrinsicObject, registryAssociation, registryList, submissionSet } from '../xds/registry.fixture.ts';
import { readRetrieved } from '../xds/retrieve.ts';
import { acting, CDA, MATRICULE, qualifiedPatient } from '../xds/submission.fixture.ts';
import { answered, bodyOf, client, envelope, nurse, queryAnswered } from './client.fixture.ts';

const XDSB = 'urn:ihe:iti:xds-b:2007';
const RS = 'urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0';
const STATUS = 'urn:oasis:names:tc:ebxml-regrep:ResponseStatusType';
const HAS_MEMBER = 'urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember';
const REPOSITORY = '1.2.250.1.213.4.1.1.1.2';

const patient = qualifiedPatient();
const fault =
  '<e:Fault><e:Code><e:Value>e:Sender</e:Value></e:Code><e:Reason><e:Text xml:lang="fr">Accès refusé</e:Text></e:Reason></e:Fault>';

describe('searching the DMP', () => {
  it('shows what the registry says of a document, and nothing of who its patient is', async () => {
    const { dmp, requests } = client(
      queryAnswered(registryList(extrinsicObject({ id: 'urn:uuid:7', confidentiality: ['N', 'INVISIBLE_PATIENT'] }))),
    );
    const found = await dmp.findDocuments(patient, { statuses: ['Approved'] }, nurse);
    assert.ok(found.kind === 'answered');
    const code = (value: string, system: string, label: string) => ({ code: value, system, label });
    assert.deepEqual(found.value, [
      {
        entryUuid: 'urn:uuid:7',
        logicalId: 'urn:uuid:first',
        version: '1',
        status: 'Approved',
        uniqueId: '1.2.250.1.999.1.1.7898.1',
        repositoryUniqueId: REPOSITORY,
        mimeType: 'text/xml',
        languageCode: 'fr-FR',
        title: 'CR d’imagerie & annexe',
        comments: 'Commentaire',
        creationTime: '20260319183244',
        serviceStartTime: '20260319183000',
        authors: [
          {
            person: { id: '801234534765', family: 'CAMPARINI', given: 'Marcel' },
            institution: { name: 'HOPITAL TEST', id: '1120459876' },
            specialty: code('G15_10/SM04', '1.2.250.1.213.1.1.4.5', 'Médecin - Cardiologie (SM)'),
          },
        ],
        legalAuthenticator: { id: '807505123456', family: 'CAMPARINI', given: 'Marcel' },
        classCode: code('10', '1.2.250.1.213.1.1.4.1', 'Compte rendu'),
        typeCode: code('18748-4', '2.16.840.1.113883.6.1', 'CR d’imagerie'),
        formatCode: code('urn:ihe:iti:xds-sd:pdf:2008', '1.3.6.1.4.1.19376.1.2.3', 'PDF'),
        confidentialityCodes: [
          code('N', '2.16.840.1.113883.5.25', 'N'),
          code('INVISIBLE_PATIENT', '1.2.250.1.213.1.1.4.13', 'INVISIBLE_PATIENT'),
        ],
        eventCodes: [],
        referenceIds: [],
        hash: 'af326fb44feb720121d2c277ce10f87407818089',
        size: 2768,
      },
    ]);
    assert.doesNotMatch(JSON.stringify(found), new RegExp(`${MATRICULE}|PAT-TROIS`));
    assert.equal(requests[0]?.path, '/registry');
    assert.match(bodyOf(requests[0]), /INDIRECTE_RENFORCEE/);
    assert.match(bodyOf(requests[0]), /APP_BROWSER_AUTH/);
  });

  it('asks nothing for a caller who may not read, unless the DMP is to judge', async () => {
    const answer = queryAnswered(registryList());
    const refused = client(answer);
    const outcome = await refused.dmp.findDocuments(patient, { statuses: ['Approved'] }, acting);
    assert.ok(outcome.kind === 'failed');
    assert.equal(outcome.refusal.rule.id, 'TDU-DMP-014');
    assert.equal(outcome.class, 'permanent');
    assert.equal(refused.requests.length, 0);
    const open = client(answer, { enforceRights: false });
    assert.equal((await open.dmp.findDocuments(patient, { statuses: ['Approved'] }, acting)).kind, 'answered');
    assert.equal(open.requests.length, 1);
  });

  it('names at most twenty objects in a question, and gathers the answers', async () => {
    const uuids = Array.from({ length: 45 }, (_, index) => `urn:uuid:${index}`);
    const page = queryAnswered(registryList(extrinsicObject({ id: 'urn:uuid:1' })));
    const { dmp, requests } = client(page);
    const found = await dmp.getDocumentsAndAssociations(patient, 'EntryUUID', uuids, nurse);
    assert.ok(found.kind === 'answered');
    assert.equal(found.value.documents.length, 3);
    assert.deepEqual(
      requests.map((request) => bodyOf(request).match(/'urn:uuid:\d+'/g)?.length),
      [20, 20, 5],
    );
    const none = client(page);
    assert.deepEqual(await none.dmp.getDocuments(patient, 'EntryUUID', [], nurse), { kind: 'answered', value: [] });
    assert.equal(none.requests.length, 0);
  });

  it('gives no part of an answer when a part of it failed', async () => {
    const page = queryAnswered(registryList(extrinsicObject({ id: 'urn:uuid:1' })));
    const busy = queryAnswered(
      `<a:RegistryErrorList xmlns:a="${RS}"><a:RegistryError errorCode="XDSRegistryBusy" codeContext=""/></a:RegistryErrorList>`,
      'Failure',
    );
    const uuids = Array.from({ length: 21 }, (_, index) => `urn:uuid:${index}`);
    const found = await client([page, busy]).dmp.getDocuments(patient, 'EntryUUID', uuids, nurse);
    assert.ok(found.kind === 'failed');
    assert.equal(found.refusal.rule.id, 'TDU-DMP-108');
    assert.equal(found.class, 'transient');
  });

  it('finds documents by the day on which they were fed', async () => {
    const sets = queryAnswered(registryList(submissionSet('urn:uuid:set')));
    const links = queryAnswered(
      registryList(
        registryAssociation('urn:uuid:a1', HAS_MEMBER, 'urn:uuid:set', 'urn:uuid:7'),
        registryAssociation('urn:uuid:a2', HAS_MEMBER, 'urn:uuid:other', 'urn:uuid:8'),
        registryAssociation('urn:uuid:a3', 'urn:ihe:iti:2007:AssociationType:signs', 'urn:uuid:9', 'urn:uuid:set'),
      ),
    );
    const documents = queryAnswered(registryList(extrinsicObject({ id: 'urn:uuid:7' })));
    const { dmp, requests } = client([sets, links, documents]);
    const submissionTime = { from: new Date('2026-11-22T00:00:00Z') };
    const found = await dmp.findFedDocuments(patient, { statuses: ['Approved'], submissionTime }, nurse);
    assert.ok(found.kind === 'answered');
    assert.deepEqual(
      found.value.map((each) => each.entryUuid),
      ['urn:uuid:7'],
    );
    assert.match(bodyOf(requests[2]), /\('urn:uuid:7'\)/);
  });

  it('reads a submission set with its code and its day', async () => {
    const { dmp } = client(queryAnswered(registryList(submissionSet('urn:uuid:set'))));
    const found = await dmp.findSubmissionSets(patient, { statuses: ['Approved'] }, nurse);
    assert.ok(found.kind === 'answered');
    assert.deepEqual(found.value, [
      {
        entryUuid: 'urn:uuid:set',
        status: 'Approved',
        uniqueId: '1.2.250.1.999.1.9',
        title: 'Lot',
        submissionTime: '20260320101500',
        authors: [],
        contentTypeCode: { code: '03', system: '1.2.250.1.213.2.2', label: 'Hospitalisation complète' },
      },
    ]);
  });
});

describe('retrieving from the DMP', () => {
  const wanted = { uniqueId: '1.2.3', repositoryUniqueId: REPOSITORY };
  const response = (status: string, ...contents: readonly string[]) =>
    envelope(
      `<x:RetrieveDocumentSetResponse xmlns:x="${XDSB}"><a:RegistryResponse xmlns:a="${RS}" status="${STATUS}:${status}">` +
        (status === 'Success'
          ? ''
          : '<a:RegistryErrorList><a:RegistryError errorCode="XDSDocumentUniqueIdError" codeContext="1.2.9"/></a:RegistryErrorList>') +
        `</a:RegistryResponse>${contents.join('')}</x:RetrieveDocumentSetResponse>`,
    );
  const documentResponse = (uniqueId: string, content: string) =>
    `<x:DocumentResponse><x:RepositoryUniqueId>${REPOSITORY}</x:RepositoryUniqueId>` +
    `<x:DocumentUniqueId>${uniqueId}</x:DocumentUniqueId><x:mimeType>text/xml</x:mimeType>` +
    `<x:Document>${content}</x:Document></x:DocumentResponse>`;
  const multipart = (root: string, status = 200): TransportOutcome => {
    const message = mtomMessage(root, 'urn:x', [{ contentId: 'doc 1@dmp', contentType: 'text/xml', bytes: CDA }], 'b');
    return answered(Buffer.concat(message.body), status, message.contentType);
  };

  it('gives back the bytes that the registry described, whether they come as a part or in Base64', async () => {
    const hash = createHash('sha1').update(CDA).digest('hex').toUpperCase();
    const document = { ...wanted, mimeType: 'text/xml', bytes: CDA };
    for (const answer of [
      multipart(response('Success', documentResponse('1.2.3', xopInclude('doc%201@dmp')))),
      answered(response('Success', documentResponse('1.2.3', CDA.toString('base64')))),
    ]) {
      const { dmp, requests } = client(answer);
      const found = await dmp.retrieve(patient, [{ ...wanted, hash }], nurse);
      assert.deepEqual(found, { kind: 'answered', value: [{ kind: 'retrieved', document }] });
      assert.equal(requests[0]?.path, '/repository');
    }
  });

  it('says of each document that did not come why it did not', async () => {
    const answer = multipart(response('PartialSuccess', documentResponse('1.2.3', xopInclude('doc%201@dmp'))));
    const found = await client(answer).dmp.retrieve(patient, [wanted, { ...wanted, uniqueId: '1.2.9' }], nurse);
    assert.ok(found.kind === 'answered');
    assert.deepEqual(
      found.value.map((each) => (each.kind === 'refused' ? each.refusal.rule.id : each.document.uniqueId)),
      ['1.2.3', 'TDU-DMP-121'],
    );
    const other = multipart(response('Success', documentResponse('9.9.9', xopInclude('doc%201@dmp'))));
    const stranger = await client(other).dmp.retrieve(patient, [wanted], nurse);
    assert.ok(stranger.kind === 'answered' && stranger.value[0]?.kind === 'refused');
    assert.equal(stranger.value[0].refusal.rule.id, 'TDU-DMP-150');
  });

  it('never hands over bytes that are not those of the registry', async () => {
    const answer = multipart(response('Success', documentResponse('1.2.3', xopInclude('doc%201@dmp'))));
    const found = await client(answer).dmp.retrieve(patient, [{ ...wanted, hash: 'a'.repeat(40) }], nurse);
    assert.ok(found.kind === 'answered' && found.value[0]?.kind === 'refused');
    assert.equal(found.value[0].refusal.rule.id, 'TDU-DMP-151');
  });

  it('reads a fault that comes as multipart, and a part that is missing as no answer', async () => {
    const refused = await client(multipart(envelope(fault), 500)).dmp.retrieve(patient, [wanted], nurse);
    assert.ok(refused.kind === 'failed');
    assert.equal(refused.refusal.rule.id, 'TDU-DMP-006');
    assert.match(refused.refusal.detail ?? '', /Accès refusé/);
    const cut = multipart(response('Success', documentResponse('1.2.3', xopInclude('elsewhere'))));
    const missing = await client(cut).dmp.retrieve(patient, [wanted], nurse);
    assert.ok(missing.kind === 'failed');
    assert.equal(missing.refusal.rule.id, 'TDU-DMP-008');
    const unknown = await client(answered(response('Failure'))).dmp.retrieve(patient, [wanted], nurse);
    assert.ok(unknown.kind === 'failed');
    assert.equal(unknown.refusal.rule.id, 'TDU-DMP-121');
  });

  it('asks for at most twenty documents', async () => {
    const { dmp, requests } = client(multipart(envelope(fault)));
    const found = await dmp.retrieve(patient, [wanted, ...Array.from({ length: 20 }, () => wanted)], nurse);
    assert.ok(found.kind === 'failed');
    assert.equal(found.refusal.rule.id, 'TDU-DMP-018');
    assert.equal(requests.length, 0);
  });

  it('reads the answer of a foreign repository', (t) => {
    const sample = fileURLToPath(
      new URL('../../../../shared/conformance/xds/samples-ch-epr/ITI-43_response.env.xml', import.meta.url),
    );
    if (!existsSync(sample)) return t.skip('conformance data is absent');
    const parts = new Map([['72f7c587daaacb8b81212de4e80e442e5f43394482e12edd@apache.org', Buffer.from('%PDF')]]);
    const answer = readSoap(readFileSync(sample), (root) => readRetrieved(root, parts));
    assert.ok(answer.kind === 'body');
    const [document] = answer.value.documents;
    assert.equal(document?.mimeType, 'application/pdf');
    assert.equal(document?.uniqueId, '1.3.6.1.4.1.21367.2017.2.1.75.20200922130227623');
    assert.equal(document?.bytes.toString(), '%PDF');
  });
});
