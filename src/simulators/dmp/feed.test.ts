import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openTestDmp, type TestDmp } from './bench.fixture.ts';
import { INS_OID, MATRICULE, TITLE } from './cda.fixture.ts';
import { EG } from './certificates.fixture.ts';
import { feedRequest, freshUniqueId, NOW, type Recipe, swap } from './message.fixture.ts';

interface Item {
  readonly uniqueId: string;
  readonly entryUUID: string;
  readonly status: string;
  readonly hash: string;
  readonly size: number;
  readonly replacedBy?: string;
  readonly [name: string]: unknown;
}

async function search(dmp: TestDmp, criteria: object = {}): Promise<Item[]> {
  const answer = await dmp.control('POST /documents/search', criteria);
  assert.ok(typeof answer === 'object' && answer !== null && 'items' in answer && Array.isArray(answer.items));
  return answer.items;
}

async function accepted(dmp: TestDmp, recipe: Recipe): Promise<void> {
  const { status, body } = await dmp.send(feedRequest(recipe));
  assert.equal(status, 200, body);
  assert.match(body, /ResponseStatusType:Success"/);
}

async function refusedWith(dmp: TestDmp, recipe: Recipe, code: string, context: RegExp): Promise<void> {
  const { status, body } = await dmp.send(feedRequest(recipe));
  assert.equal(status, 200, body);
  const errors = [...body.matchAll(/errorCode="(\w+)" codeContext="([^"]*)"/g)];
  assert.deepEqual(
    errors.map(([, found]) => found),
    [code],
    body,
  );
  assert.match(errors[0]?.[2] ?? '', context);
}

test('an accepted document is described and its bytes kept', async (t) => {
  const dmp = await openTestDmp(t);
  const uniqueId = freshUniqueId();
  await accepted(dmp, { uniqueId });
  const [item, other] = await search(dmp, { uniqueId });
  assert.ok(item !== undefined && other === undefined);
  assert.deepEqual(
    { ...item, entryUUID: '', hash: '', size: 0 },
    {
      uniqueId,
      entryUUID: '',
      status: 'Approved',
      hash: '',
      size: 0,
      setId: `${uniqueId}.9^`,
      versionNumber: 1,
      replaces: undefined,
      replacedBy: undefined,
      versionChain: [uniqueId],
      logicalId: item.entryUUID,
      metadataVersion: 1,
      visibilities: [],
      patient: { matricule: MATRICULE, oid: INS_OID },
      title: TITLE,
      typeCode: '34112-3',
      submissionSetUniqueId: `${uniqueId}.1`,
      structure: `1${EG}`,
      software: 'Test 1',
      receivedAt: NOW.toISOString(),
      flags: [],
    },
  );
  const content = await dmp.holdings.content(item.entryUUID);
  assert.equal(content.length, item.size);
  assert.equal(createHash('sha1').update(content).digest('hex'), item.hash);
  assert.match(content.toString('utf8'), /<\?xml-stylesheet/);
});

test('search answers by matricule and by uniqueId, and nothing for another', async (t) => {
  const dmp = await openTestDmp(t);
  await accepted(dmp, {});
  await accepted(dmp, {});
  assert.equal((await search(dmp, { matricule: MATRICULE })).length, 2);
  assert.equal((await search(dmp)).length, 2);
  assert.deepEqual(await search(dmp, { matricule: '180032B02040123' }), []);
  assert.deepEqual(await search(dmp, { uniqueId: '1.2.3' }), []);
});

test('the same document sent again is a duplicate, after a restart too', async (t) => {
  const dmp = await openTestDmp(t);
  const uniqueId = freshUniqueId();
  await accepted(dmp, { uniqueId });
  const again = await dmp.send(feedRequest({ uniqueId }));
  assert.match(again.body, /XDSDuplicateUniqueIdInRegistry/);
  await dmp.holdings.close();
  const restarted = await openTestDmp(t, { directory: dmp.directory });
  const [item] = await search(restarted, { uniqueId });
  assert.equal(item?.status, 'Approved');
  assert.match((await restarted.send(feedRequest({ uniqueId }))).body, /XDSDuplicateUniqueIdInRegistry/);
  assert.equal((await search(restarted)).length, 1);
});

test('twenty copies at the same time: one is held', async (t) => {
  const dmp = await openTestDmp(t);
  const uniqueId = freshUniqueId();
  const answers = await Promise.all(Array.from({ length: 20 }, () => dmp.send(feedRequest({ uniqueId }))));
  assert.equal(answers.filter(({ body }) => body.includes('ResponseStatusType:Success"')).length, 1);
  assert.equal(answers.filter(({ body }) => body.includes('XDSDuplicateUniqueIdInRegistry')).length, 19);
  assert.equal((await search(dmp)).length, 1);
});

test('the code of a duplicate is the operator’s choice', async (t) => {
  const dmp = await openTestDmp(t, { duplicateAnswer: 'XDSRegistryError' });
  const uniqueId = freshUniqueId();
  await accepted(dmp, { uniqueId });
  const { body } = await dmp.send(feedRequest({ uniqueId }));
  assert.match(body, /errorCode="XDSRegistryError" codeContext="uniqueId déjà enregistré\."/);
  assert.doesNotMatch(body, /XDSDuplicate/);
});

test('a replacement deprecates its original, once', async (t) => {
  const dmp = await openTestDmp(t);
  const [first, second] = [freshUniqueId(), freshUniqueId()];
  const setId = `${first}.9`;
  await accepted(dmp, { uniqueId: first });
  const [original] = await search(dmp, { uniqueId: first });
  assert.ok(original !== undefined);
  const document = { setId, version: 2, replaces: first, target: original.entryUUID };
  await accepted(dmp, { uniqueId: second, document });
  const [old] = await search(dmp, { uniqueId: first });
  const [replacement] = await search(dmp, { uniqueId: second });
  assert.equal(old?.status, 'Deprecated');
  assert.equal(old?.replacedBy, replacement?.entryUUID);
  assert.equal(replacement?.status, 'Approved');
  const later = { ...document, version: 3 };
  await refusedWith(dmp, { document: later }, 'XDSRegistryDeprecatedDocumentError', /n’est plus Approved/);
});

test('a replacement says the same in the CDA and in XDS', async (t) => {
  const dmp = await openTestDmp(t);
  const first = freshUniqueId();
  await accepted(dmp, { uniqueId: first });
  const [original] = await search(dmp, { uniqueId: first });
  const document = { setId: `${first}.9`, version: 2, replaces: first, target: original?.entryUUID ?? '' };
  const code = 'InvalidDocumentContent';
  await refusedWith(dmp, { document: { ...document, setId: '1.2.3' } }, code, /setId différent/);
  const another = freshUniqueId();
  await accepted(dmp, { uniqueId: another });
  await refusedWith(dmp, { document: { ...document, replaces: another } }, code, /ne désigne pas/);
  await refusedWith(dmp, { document: { setId: `${first}.9`, version: 1 } }, code, /numéro de version existe déjà/);
  const upper = { ...document, target: document.target.toUpperCase().replace('URN:UUID', 'urn:uuid') };
  await accepted(dmp, { document: upper });
});

test('a version that names one that the DMP holds replaces it; one that never got there may be passed over', async (t) => {
  const dmp = await openTestDmp(t);
  const [first, second, third] = [freshUniqueId(), freshUniqueId(), freshUniqueId()];
  const setId = `${first}.9`;
  const nameOnly = (named: string): Recipe => ({
    cda: (xml) =>
      xml.replace(
        '<componentOf>',
        `<relatedDocument typeCode="RPLC"><parentDocument><id root="${named}"/></parentDocument></relatedDocument><componentOf>`,
      ),
  });
  await accepted(dmp, { uniqueId: first, ...nameOnly(freshUniqueId()) });
  await refusedWith(
    dmp,
    { uniqueId: second, document: { setId: `${second}.9`, version: 1 }, ...nameOnly(first) },
    'InvalidDocumentContent',
    /sans association RPLC/,
  );
  const [original] = await search(dmp, { uniqueId: first });
  const target = original?.entryUUID ?? '';
  await accepted(dmp, { uniqueId: third, document: { setId, version: 3, replaces: freshUniqueId(), target } });
  const [newest] = await search(dmp, { uniqueId: third });
  assert.deepEqual(newest?.versionChain, [first, third]);
});

test('a document of another patient cannot be replaced', async (t) => {
  const dmp = await openTestDmp(t);
  const first = freshUniqueId();
  await accepted(dmp, { uniqueId: first });
  const [original] = await search(dmp, { uniqueId: first });
  const toOther = swap(MATRICULE, '180032B02040123');
  await refusedWith(
    dmp,
    {
      assertion: toOther,
      cda: toOther,
      metadata: toOther,
      document: { setId: `${first}.9`, version: 2, replaces: first, target: original?.entryUUID ?? '' },
    },
    'XDSPatientIdDoesNotMatch',
    /autre patient/,
  );
});

test('feeding needs an open DMP that the structure may reach', async (t) => {
  const dmp = await openTestDmp(t);
  const set = (state: string, authorisation = 'VALIDE'): Promise<unknown> =>
    dmp.control('POST /patients', { matricule: MATRICULE, oid: INS_OID, state, authorisation });
  await set('absent');
  await refusedWith(dmp, {}, 'XDSUnknownPatientId', /Aucun DMP/);
  await set('closed');
  await refusedWith(dmp, {}, 'XDSRegistryError', /fermé/);
  await set('open', 'INTERDIT');
  await refusedWith(dmp, {}, 'XDSRegistryError', /bloqué/);
  await set('open', 'NON_EXISTE');
  await accepted(dmp, {});
});

test('everything about a lot is durable before the answer: journal and contents', async (t) => {
  const dmp = await openTestDmp(t);
  await accepted(dmp, {});
  assert.equal((await readdir(join(dmp.directory, 'content'))).length, 2);
  const restarted = await openTestDmp(t, { directory: dmp.directory });
  assert.deepEqual(await search(restarted), await search(dmp));
});

test('what the control API cannot understand is refused', async (t) => {
  const dmp = await openTestDmp(t);
  await assert.rejects(
    dmp.control('POST /patients', { matricule: '1', oid: INS_OID, state: 'open' }),
    /not a matricule/,
  );
  await assert.rejects(dmp.control('POST /documents/search', { matricul: MATRICULE }), /Unrecognized/);
});
