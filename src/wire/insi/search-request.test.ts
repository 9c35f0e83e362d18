import assert from 'node:assert/strict';
import { test } from 'node:test';
import { children, element, text, withXml } from '../xml/xml.ts';
import { insiEnvelope } from './envelope.ts';
import { insiQuery } from './query.ts';
import { searchOperation } from './search-request.ts';

const NS = {
  s: 'http://www.w3.org/2003/05/soap-envelope',
  a: 'http://www.w3.org/2005/08/addressing',
  bam: 'urn:siram:bam:ctxbam',
  lps: 'urn:siram:lps:ctxlps',
  r: 'http://www.cnamts.fr/INSiRecSans',
};

const TRAITS = { birthName: 'd’Artagnan de l’Hérault', givenName: 'Pierre-Alain', sex: 'M', birthDate: '2001-06-17' };

function envelope(traits: Parameters<typeof insiQuery>[0]): Buffer {
  const query = insiQuery(traits);
  assert.ok(query.ok);
  const xml = insiEnvelope(searchOperation(query.value), {
    lps: { idam: 'AB&12', version: '0.1.0', name: 'traitdunion', instance: '7a2b3c4d-0000-4000-8000-000000000001' },
    emitter: '10B0152872',
    security: '',
    requestId: '7a2b3c4d-0000-4000-8000-000000000002',
    messageId: '7a2b3c4d-0000-4000-8000-000000000003',
    at: new Date('2026-11-23T14:05:06.789Z'),
  });
  return Buffer.from(xml, 'utf8');
}

test('the envelope holds the contexts, the addressing and the traits in schema order', () => {
  withXml(envelope({ ...TRAITS, birthPlace: '63220' }), (root) => {
    const at = (xpath: string) => text(root, xpath, NS);
    const header = '/s:Envelope/s:Header';
    assert.equal(at(`${header}/a:Action`), 'urn:ServiceIdentiteCertifiee:1.0.0:rechercherInsAvecTraitsIdentite');
    assert.equal(at(`${header}/a:MessageID`), 'uuid:7a2b3c4d-0000-4000-8000-000000000003');
    assert.equal(at(`${header}/bam:ContexteBAM/@Version`), '01_02');
    assert.equal(at(`${header}/bam:ContexteBAM/bam:Id`), '7a2b3c4d-0000-4000-8000-000000000002');
    assert.equal(at(`${header}/bam:ContexteBAM/bam:Temps`), '2026-11-23T14:05:06.789Z');
    assert.equal(at(`${header}/bam:ContexteBAM/bam:Emetteur`), '10B0152872');
    assert.equal(at(`${header}/bam:ContexteBAM/bam:COUVERTURE`), '');
    assert.equal(at(`${header}/lps:ContexteLPS/@Version`), '01_00');
    assert.equal(at(`${header}/lps:ContexteLPS/lps:LPS/lps:IDAM`), 'AB&12');
    assert.equal(at(`${header}/lps:ContexteLPS/lps:LPS/lps:IDAM/@R`), '4');
    assert.equal(at(`${header}/lps:ContexteLPS/lps:LPS/lps:Nom`), 'urn:lps:traitdunion:0.1.0');
    const request = element(root, '/s:Envelope/s:Body/r:RECSANSVITALE', NS);
    assert.ok(request);
    const sent = children(request).map((node) => [node.name, node.content]);
    assert.deepEqual(sent, [
      ['NomNaissance', "D'ARTAGNAN DE L'HERAULT"],
      ['Prenom', 'PIERRE-ALAIN'],
      ['Sexe', 'M'],
      ['DateNaissance', '2001-06-17'],
      ['LieuNaissance', '63220'],
    ]);
  });
});

test('the place is left out when it is not asked', () => {
  assert.ok(!envelope(TRAITS).includes('LieuNaissance'));
});

test('traits that INSi must not receive are refused before any call, with the trait at fault', () => {
  const cases: readonly [object, string, string][] = [
    [{ birthName: '' }, 'TDU-ID-010', 'birthName'],
    [{ birthName: 'DUPONT1' }, 'TDU-ID-011', 'birthName'],
    [{ givenName: 'JEAN--PAUL' }, 'TDU-ID-012', 'givenName'],
    [{ sex: 'I' }, 'TDU-ID-015', 'sex'],
    [{ birthDate: '17/06/2001' }, 'TDU-ID-007', 'birthDate'],
    [{ birthPlace: 'PARIS' }, 'TDU-ID-009', 'birthPlace'],
  ];
  for (const [change, rule, location] of cases) {
    const query = insiQuery({ ...TRAITS, ...change });
    assert.ok(!query.ok, JSON.stringify(change));
    assert.deepEqual([query.refusal.rule.id, query.refusal.location], [rule, location]);
  }
  assert.equal(insiQuery({ ...TRAITS, birthDate: '1950-00-00' }).ok, true, 'a lunar date is sent as printed');
});
