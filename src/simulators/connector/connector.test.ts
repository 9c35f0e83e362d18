import assert from 'node:assert/strict';
import { test } from 'node:test';
import { xmlsecAccepts, xmlsecIsAbsent } from '../../wire/xml/xmlsec.fixture.ts';
import { certificates, EG, PERSON } from '../dmp/certificates.fixture.ts';
import { INS_C } from '../dmp/values.ts';
import { connectorOf, dayBefore, documentOf, PATIENT, profileOf } from './bench.fixture.ts';
import { PROFILES } from './profiles.ts';
import { signingKey } from './signing.ts';
import type { Said } from './soap.ts';
import { writeVihf } from './vihf.ts';

function done<T>(said: Said<T>): T {
  if (said.kind !== 'done') assert.fail(`${said.kind} ${said.code} ${said.reason}`);
  return said.value;
}

test('every product of the catalogue, by its own API and habits, feeds the DMP of the day before', async (t) => {
  const bench = await dayBefore(t);
  for (const profile of PROFILES) {
    await t.test(`${profile.name} ${profile.version}`, async (st) => {
      const connector = connectorOf(st, bench, profile);
      const certified = done(await connector.certify(PATIENT));
      const named = connector.name(PATIENT, certified);
      assert.equal(named.id.oid === INS_C, profile.api === 'V1');
      assert.equal(done(await connector.exists(named)), 'open');
      for (const mediaType of profile.formats) {
        const document = documentOf({ ...profile, formats: [mediaType] });
        assert.equal(done(await connector.feed(connector.prepare(document, named))), true);
      }
    });
  }
  const { byCaller } = (await bench.control('GET /stats')) as { byCaller: Record<string, unknown>[] };
  const fed = byCaller.filter(({ transaction, outcome }) => transaction === 'TD2.1' && outcome === 'success');
  assert.deepEqual(
    fed.map(({ product, apiVersion, structure }) => `${product} ${apiVersion} ${structure}`),
    PROFILES.map(({ name, version, api }) => `${name} ${version} ${api} 1${EG}`),
  );
});

test('TD0.0, TD0.2, TD2.1a, TD3.1b, TD2.1b, TD3.3c of API V1', async (t) => {
  const bench = await dayBefore(t);
  const profile = profileOf('DXCARE');
  const connector = connectorOf(t, bench, profile);
  const named = connector.name(PATIENT, done(await connector.certify(PATIENT)));
  const first = documentOf(profile);
  done(await connector.feed(connector.prepare(first, named)));
  const { entryUuid } = done(await connector.find(first.uniqueId, named));
  assert.ok(entryUuid);
  const replaces = { uniqueId: first.uniqueId, entryUuid };
  const second = documentOf(profile, { setId: first.setId, version: 2, replaces });
  done(await connector.feed(connector.prepare(second, named)));
  const held = (await bench.control('POST /documents/search', {})) as { items: Record<string, unknown>[] };
  assert.deepEqual(
    held.items.map(({ uniqueId, status }) => [uniqueId, status]),
    [
      [first.uniqueId, 'Deprecated'],
      [second.uniqueId, 'Approved'],
    ],
  );
  const current = done(await connector.find(second.uniqueId, named)).entryUuid ?? '';
  done(await connector.remove(current, named, `${second.uniqueId}.3`));
  const again = await connector.remove(current, named, `${second.uniqueId}.4`);
  assert.equal(again.kind, 'refused');
  assert.equal(done(await connector.find('1.2.3', named)).entryUuid, undefined);
});

test('a card of V1 lists and reads the record; a structure may not', async (t) => {
  const bench = await dayBefore(t);
  const card = connectorOf(t, bench, profileOf('EFFICIENCE WINDOWS'));
  const named = card.name(PATIENT, done(await card.certify(PATIENT)));
  const submission = card.prepare(documentOf(card.profile), named);
  done(await card.feed(submission));
  const listed = done(await card.list(named)).map(({ uniqueId }) => uniqueId);
  assert.ok(listed.includes(submission.document.uniqueId));
  assert.ok(done(await card.read(submission.document.uniqueId, named)).equals(submission.cda));
  const structure = connectorOf(t, bench, profileOf('DXCARE'));
  assert.equal((await structure.list(named)).kind, 'refused');
});

test('an answer lost, a line cut, a busy DMP and a refusal are told apart', async (t) => {
  const bench = await dayBefore(t);
  const connector = connectorOf(t, bench, profileOf('DXCARE'));
  const named = connector.name(PATIENT, undefined);
  const submission = connector.prepare(documentOf(connector.profile), named);
  const during = async (fault: object): Promise<string> => {
    await bench.control('POST /faults', { rate: 1, ...fault });
    const { kind } = await connector.feed(submission);
    await bench.control('DELETE /faults');
    return kind;
  };
  assert.equal(await during({ fault: 'down' }), 'unreachable');
  assert.equal(await during({ fault: 'reset' }), 'unreachable');
  assert.equal(await during({ fault: 'http-500' }), 'unreachable');
  assert.equal(await during({ fault: 'soap-fault' }), 'busy');
  await bench.control('POST /refusals', { transaction: 'TD2.1', code: 'XDSRepositoryBusy' });
  assert.equal((await connector.feed(submission)).kind, 'busy');
  assert.equal(await during({ fault: 'lost-answer' }), 'unreachable');
  const after = await connector.feed(submission);
  assert.deepEqual([after.kind, 'code' in after ? after.code : ''], ['refused', 'XDSDuplicateUniqueIdInRegistry']);
});

test('what is signed is what xmlsec1 verifies', { skip: xmlsecIsAbsent() && 'xmlsec1 is not installed' }, async (t) => {
  const bench = await dayBefore(t);
  const { authority, sign } = certificates();
  const signer = signingKey({ cert: sign.pem, key: sign.keyPem });
  for (const name of ['DXCARE', 'OSIRIS']) {
    const profile = profileOf(name);
    const connector = connectorOf(t, bench, profile);
    const named = connector.name(PATIENT, undefined);
    const submission = connector.prepare(documentOf(profile), named);
    const lot = submission.signature.toString('utf8');
    const properties = 'Id http://uri.etsi.org/01903/v1.1.1#:SignedProperties';
    const manifest = 'Id http://www.w3.org/2000/09/xmldsig#:Manifest';
    assert.ok(xmlsecAccepts(lot, authority.pem, [properties, manifest]), `${name}: submission`);
    assert.ok(!xmlsecAccepts(lot.replace('AA==', 'AB=='), authority.pem, [properties, manifest]));
    const { site } = connector;
    const user = { id: PERSON, family: 'DAVID', given: 'Charles' };
    const at = new Date('2026-11-23T10:00:00Z');
    const token = writeVihf({ profile, site, user, signer, patient: named.id, id: 'a1', at });
    const assertion = ['ID urn:oasis:names:tc:SAML:2.0:assertion:Assertion'];
    assert.ok(xmlsecAccepts(token, authority.pem, assertion), `${name}: VIHF`);
    assert.ok(!xmlsecAccepts(token.replace('urn:dmp', 'urn:dmq'), authority.pem, assertion));
  }
});
