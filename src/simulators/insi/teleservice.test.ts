import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SimRequest } from '../common/service.ts';
import type { Check } from './envelope.ts';
import { createIdentityBase } from './identity-base.ts';
import { PUBLISHED_IDENTITIES, type PublishedIdentity } from './published.ts';
import { readReply } from './reply.fixture.ts';
import { cardRequest, DOMINIQUE, IDAM, mutate, NOW, received, traitsRequest } from './request.fixture.ts';
import { createTeleservice, type Teleservice, type TeleserviceOptions } from './teleservice.ts';

function service(options: Partial<TeleserviceOptions> = {}): Teleservice {
  const identities = createIdentityBase<PublishedIdentity>();
  for (const identity of PUBLISHED_IDENTITIES) identities.put(identity);
  return createTeleservice({
    identities,
    behaviour: () => ({ base: 'spec', shuffle: false }),
    acceptedIdam: [IDAM],
    now: () => NOW,
    ...options,
  });
}

function code(teleservice: Teleservice, body: string | Buffer, changes: Partial<SimRequest> = {}): string {
  const reply = readReply(teleservice.answer(received(body, changes)).response.body);
  return reply.fault?.code ?? reply.code ?? '';
}

type Mutation = readonly [check: Check, from: string | RegExp, to: string];

/** One fault at a time in a request that is answered 00 without it. */
const MUTATIONS: readonly Mutation[] = [
  ['envelope', '</e:Body>', ''],
  ['envelope', '<?xml version="1.0" encoding="UTF-8"?>', '<!DOCTYPE x>'],
  ['envelope', 'http://www.w3.org/2003/05/soap-envelope', 'http://schemas.xmlsoap.org/soap/envelope/'],
  ['envelope', '</i:RECSANSVITALE>', '</i:RECSANSVITALE><i:RECSANSVITALE xmlns:i="http://www.cnamts.fr/INSiRecSans"/>'],
  ['envelope', /<i:RECSANSVITALE.*<\/i:RECSANSVITALE>/s, ''],
  ['envelope', '<e:Body>', '<e:Header/><e:Body>'],
  ['action', /<a:Action>.*<\/a:Action>/, ''],
  ['action', /<a:Action>.*<\/a:Action>/, '$&$&'],
  ['action', ':1.0.0:', ':1.0.1:'],
  ['action', 'rechercherInsAvecTraitsIdentite', 'verifierInsAvecTraitsIdentite'],
  ['action', 'rechercherInsAvecTraitsIdentite', 'rechercherInsAvecCarteVitale'],
  ['action', 'http://www.cnamts.fr/INSiRecSans', 'http://www.cnamts.fr/INSiRecVit'],
  ['action', '<a:Action>', '<a:Action><!-- c -->'],
  ['message-id', /<a:MessageID>.*<\/a:MessageID>/, ''],
  ['message-id', /<a:MessageID>.*<\/a:MessageID>/, '$&$&'],
  ['message-id', '<a:MessageID>uuid:', '<a:MessageID>'],
  ['message-id', '<a:MessageID>uuid:', '<a:MessageID>urn:uuid:'],
  ['message-id', /(<a:MessageID>uuid:)[^<]*/, '$100000000-0000-0000-0000-000000000000'],
  [
    'security',
    '</e:Header>',
    '<w:Security xmlns:w="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"><Assertion/></w:Security></e:Header>',
  ],
  ['bam-context', /<b:ContexteBAM.*<\/b:ContexteBAM>/s, ''],
  ['bam-context', /<b:ContexteBAM.*<\/b:ContexteBAM>/s, '$&$&'],
  ['bam-context', 'urn:siram:bam:ctxbam', 'urn:siram:bam'],
  ['bam-context', 'Version="01_02"', 'Version="01_00"'],
  ['bam-context', ' Version="01_02"', ''],
  ['bam-context', 'CTXBAM', 'CTXLPS'],
  ['bam-context', /<b:Id>[^<]*/, '<b:Id>1'],
  ['bam-context', /<b:Id>.*<\/b:Id>/, ''],
  ['bam-context', /<b:Temps>.*<\/b:Temps>/, ''],
  ['bam-context', /(<b:Temps>.*<\/b:Temps>)\s*(<b:Emetteur>.*<\/b:Emetteur>)/, '$2$1'],
  ['bam-context', '<b:COUVERTURE></b:COUVERTURE>', ''],
  ['bam-context', '<b:COUVERTURE></b:COUVERTURE>', '<b:COUVERTURE/><b:COUVERTURE/>'],
  ['bam-context', '<b:COUVERTURE></b:COUVERTURE>', '<b:COUVERTURE><b:GrandRegime>01</b:GrandRegime></b:COUVERTURE>'],
  ['bam-context', '<b:COUVERTURE></b:COUVERTURE>', '<b:COUVERTURE/><b:Autre/>'],
  ['lps-context', /<l:ContexteLPS.*<\/l:ContexteLPS>/s, ''],
  ['lps-context', 'Version="01_00"', 'Version="01_02"'],
  ['lps-context', 'CTXLPS', 'CTXBAM'],
  ['lps-context', /<l:Id>[^<]*/, '<l:Id>'],
  ['lps-context', /<l:LPS>.*<\/l:LPS>/s, ''],
  ['lps-context', /<l:IDAM.*<\/l:IDAM>/, ''],
  ['lps-context', /<l:Instance>.*<\/l:Instance>/, ''],
  ['lps-context', /<l:Instance>[^<]*/, '<l:Instance>poste-12'],
  ['lps-context', /(<l:IDAM.*<\/l:IDAM>)\s*(<l:Version>.*<\/l:Version>)/, '$2$1'],
  ['lps-context', 'urn:lps:traitdunion:1.0', 'traitdunion'],
  ['clock', '<b:Temps>2026-11-23T10:00:00.000Z', '<b:Temps>2026-11-23T10:05:00.001Z'],
  ['clock', '<l:Temps>2026-11-23T10:00:00.000Z', '<l:Temps>2026-11-23T09:54:59.999Z'],
  ['clock', '<b:Temps>2026-11-23T10:00:00.000Z', '<b:Temps>2026-11-23T10:00:00.000'],
  ['clock', '<b:Temps>2026-11-23T10:00:00.000Z', '<b:Temps>2026-13-23T10:00:00.000Z'],
  ['issuer', '<b:Emetteur>10B0152872', '<b:Emetteur>10B0000000'],
  ['issuer', '<l:Emetteur>10B0152872', '<l:Emetteur>'],
  ['idam', IDAM, 'PDP17INCONNU'],
  ['idam', 'R="4"', 'R="3"'],
  ['idam', ' R="4"', ''],
  ['body', /<i:NomNaissance>.*<\/i:NomNaissance>/, ''],
  ['body', /<i:Prenom>.*<\/i:Prenom>/, ''],
  ['body', /<i:Sexe>.*<\/i:Sexe>/, ''],
  ['body', /<i:DateNaissance>.*<\/i:DateNaissance>/, ''],
  ['body', /(<i:Prenom>.*<\/i:Prenom>)\s*(<i:Sexe>.*<\/i:Sexe>)/, '$2$1'],
  ['body', /<i:Sexe>.*<\/i:Sexe>/, '$&$&'],
  ['body', '</i:RECSANSVITALE>', '<i:RangNaissance>1</i:RangNaissance></i:RECSANSVITALE>'],
  ['body', /<i:Sexe>.*<\/i:Sexe>/, '<Sexe>F</Sexe>'],
  ['body', 'ADRTROIS', 'Adrtrois'],
  ['body', 'ADRTROIS', ''],
  ['body', 'ADRTROIS', 'ADR<!-- c -->TROIS'],
  ['body', 'ADRTROIS', '<![CDATA[ADRTROIS]]>'],
  ['body', 'DOMINIQUE', 'DOMINIQUÉ'],
  ['body', 'DOMINIQUE', 'DOMINIQUE '],
  ['body', '<i:Sexe>F', '<i:Sexe>I'],
  ['body', '1997-02-26', '26-02-1997'],
  ['body', '</i:DateNaissance>', '</i:DateNaissance><i:LieuNaissance>AJACCIO</i:LieuNaissance>'],
  ['body', '</i:DateNaissance>', '</i:DateNaissance><i:LieuNaissance/>'],
  ['body', '</i:DateNaissance>', '</i:DateNaissance><LieuNaissance>2A020</LieuNaissance>'],
];

const PUBLISHED_CODES: Partial<Record<Check, string>> = { idam: 'desir_550' };

test('the request of the fixture is answered 00', () => {
  assert.equal(code(service(), traitsRequest(DOMINIQUE)), '00');
});

for (const [check, from, to] of MUTATIONS) {
  test(`check ${check}: ${from} becomes « ${to.slice(0, 60)} »`, () => {
    const body = mutate(traitsRequest(DOMINIQUE), from, to);
    const { refusedBy, response, counted } = service().answer(received(body));
    assert.equal(refusedBy, check);
    const reply = readReply(response.body);
    assert.equal(response.status, 500);
    assert.equal(reply.fault?.code, PUBLISHED_CODES[check] ?? 'insi_102');
    assert.notEqual(reply.fault?.detail, '');
    if (reply.fault?.code === 'insi_102') assert.equal(reply.fault.messageId, undefined);
    assert.doesNotMatch(String(response.body), /ADRTROIS|DOMINIQUE|1997-02-26/, 'a fault quotes no trait');
    assert.equal(counted.outcome, reply.fault?.code);
  });
}

test('a certificate whose CN is neither INSI-AUTO nor INSI-MANU gets desir_560, before anything is parsed', () => {
  const { peer } = received('');
  for (const commonName of ['INSI-MANU', 'INSI-AUTO']) {
    assert.equal(code(service(), traitsRequest(DOMINIQUE), { peer: { ...peer, commonName } }), '00');
  }
  for (const commonName of ['INSI_AUTO', 'insi-auto', 'ORG AUTH_CLI', '']) {
    assert.equal(code(service(), traitsRequest(DOMINIQUE), { peer: { ...peer, commonName } }), 'desir_560');
  }
  assert.equal(code(service(), 'not XML', { peer: { ...peer, commonName: 'OTHER' } }), 'desir_560');
});

test('an unknown IDAM is refused as captured, with the MessageID of the request', () => {
  const body = mutate(traitsRequest(DOMINIQUE, 'uuid:b3549edd-4ae9-472a-b26f-fd2fb4ef397f'), IDAM, 'AUTRE');
  const { fault } = readReply(service().answer(received(body)).response.body);
  assert.ok(fault);
  assert.deepEqual(
    [fault.role, fault.subcode, fault.code, fault.severity, fault.lang],
    ['Sender', 'siram_100', 'desir_550', 'erreur', 'fr'],
  );
  assert.equal(fault.messageId, 'uuid:b3549edd-4ae9-472a-b26f-fd2fb4ef397f');
});

test('the content type is that of SOAP 1.2 and its action, when given, is wsa:Action', () => {
  const action = 'urn:ServiceIdentiteCertifiee:1.0.0:rechercherInsAvecTraitsIdentite';
  const typed = (type: string): string =>
    code(service(), traitsRequest(DOMINIQUE), { headers: { 'content-type': type } });
  assert.equal(typed(`application/soap+xml; charset=utf-8; action="${action}"`), '00');
  assert.equal(typed('Application/SOAP+XML'), '00');
  assert.equal(typed(`application/soap+xml; action="${action}2"`), 'insi_102');
  assert.equal(typed('text/xml'), 'insi_102');
  assert.equal(code(service(), traitsRequest(DOMINIQUE), { headers: {} }), 'insi_102');
});

test('a MessageID serves once, whatever its case, and again after a day', () => {
  let now = NOW;
  const teleservice = service({ now: () => now, clockSkewMs: 7 * 86_400_000 });
  const id = 'uuid:5237f6ac-a5ee-4505-89fb-d25d9180dafd';
  assert.equal(code(teleservice, traitsRequest(DOMINIQUE, id)), '00');
  assert.equal(teleservice.answer(received(traitsRequest(DOMINIQUE, id))).refusedBy, 'replay');
  assert.equal(
    teleservice.answer(received(traitsRequest(DOMINIQUE, `uuid:${id.slice(5).toUpperCase()}`))).refusedBy,
    'replay',
  );
  now = new Date(NOW.getTime() + 86_400_001);
  assert.equal(code(teleservice, traitsRequest(DOMINIQUE, id)), '00');
});

test('Temps may be five minutes away, in any time zone, and the distance is an option', () => {
  const at = (time: string): string =>
    mutate(traitsRequest(DOMINIQUE), '<b:Temps>2026-11-23T10:00:00.000Z', `<b:Temps>${time}`);
  assert.equal(code(service(), at('2026-11-23T10:05:00.000Z')), '00');
  assert.equal(code(service(), at('2026-11-23T11:00:00+01:00')), '00');
  assert.equal(code(service({ clockSkewMs: 1000 }), at('2026-11-23T10:00:01.001Z')), 'insi_102');
});

test('what the schema leaves free is free: order of headers, optional parts, an empty Security', () => {
  const good: readonly (readonly [from: RegExp | string, to: string])[] = [
    [/(<b:ContexteBAM.*<\/b:ContexteBAM>)(.*)(<\/e:Header>)/s, '$2$1$3'],
    [/<b:Emetteur>.*<\/b:Emetteur>/, ''],
    [/<b:Emetteur>.*<\/b:Emetteur>/, '$&<b:DateRef>2026-11-23T10:00:00Z</b:DateRef>'],
    [/<l:Version>.*<\/l:Version>/, ''],
    [' Nature="CTXBAM"', ''],
    ['<b:COUVERTURE></b:COUVERTURE>', '<b:COUVERTURE/>'],
    [
      '</e:Header>',
      '<w:Security xmlns:w="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"/></e:Header>',
    ],
    ['</e:Header>', '<a:To>https://insi/lps</a:To></e:Header>'],
    [/xmlns:i="[^"]*"/, '$& xmlns="urn:other"'],
    ['ADRTROIS', '&#65;DRTROIS'],
  ];
  for (const [from, to] of good) assert.equal(code(service(), mutate(traitsRequest(DOMINIQUE), from, to)), '00', to);
});

test('the answer of each check is a parameter, and a check can be left out', () => {
  const body = mutate(traitsRequest(DOMINIQUE), 'Version="01_02"', 'Version="01_03"');
  assert.equal(code(service({ checkAnswers: { 'bam-context': 'desir_1020' } }), body), 'desir_1020');
  assert.equal(code(service({ checkAnswers: { 'bam-context': 'ignore' } }), body), '00');
  assert.equal(
    code(
      service({ checkAnswers: { body: 'ignore' } }),
      mutate(body, 'Version="01_03"', 'Version="01_02"').replace('ADRTROIS', '?'),
    ),
    'insi_102',
  );
});

test('a person without place of birth is found without it only, and the answer has none', () => {
  const identities = createIdentityBase<PublishedIdentity>();
  identities.put({
    birthName: 'SANSLIEU',
    birthGivenNames: 'ALIX',
    sex: 'F',
    birthDate: '1950-00-00',
    matricule: '250209935199178',
    oid: '1.2.250.1.213.1.4.9',
  });
  const teleservice = service({ identities });
  const alix = { name: 'SANSLIEU', given: 'ALIX', sex: 'F', date: '1950-00-00' };
  const { traits } = readReply(teleservice.answer(received(traitsRequest(alix))).response.body);
  assert.deepEqual(traits, { NomNaissance: 'SANSLIEU', ListePrenom: 'ALIX', Sexe: 'F', DateNaissance: '1950-00-00' });
  assert.equal(code(teleservice, traitsRequest({ ...alix, place: '63220' })), '01');
});

test('only POST /lps is served', () => {
  const teleservice = service();
  assert.equal(teleservice.answer(received('', { path: '/' })).response.status, 404);
  assert.equal(teleservice.answer(received('', { method: 'GET' })).response.status, 405);
});

test('each answer is counted by operation, kind of identity and outcome', () => {
  const { counted } = service().answer(received(traitsRequest(DOMINIQUE)));
  assert.deepEqual(counted, {
    transaction: 'rechercherInsAvecTraitsIdentite',
    apiVersion: '1.0.0',
    identityKind: 'INS-NIR',
    outcome: '00',
  });
  const unknown = service().answer(received(traitsRequest({ ...DOMINIQUE, given: 'ZOE' }))).counted;
  assert.deepEqual([unknown.identityKind, unknown.outcome], ['none', '01']);
});

test('by Vitale card: the own number first, an old number too, and the traits must agree', () => {
  const matricule = (element: string, number: string): string =>
    `<v:${element}><v:NumIdentifiant>${number}</v:NumIdentifiant></v:${element}>`;
  const own = matricule('MatriculeIndividu', '1810363220456');
  const insured = matricule('MatriculeOD', '2360663220836');
  const born = '<v:DateNaissance>1981-03-24</v:DateNaissance>';
  const cases: readonly (readonly [content: string, expected: string])[] = [
    [own, '00'],
    [matricule('MatriculeIndividu', '2810363220456'), '00'],
    [`${own + insured}<v:NomNaissance>HERMANN</v:NomNaissance>${born}<v:RangNaissance>1</v:RangNaissance>`, '00'],
    [insured, '00'],
    [insured + born, '01'],
    [`${own}<v:NomNaissance>AUTRE</v:NomNaissance>`, '01'],
    [matricule('MatriculeIndividu', '1810363220457'), '01'],
    ['', 'insi_102'],
    [insured + own, 'insi_102'],
    [matricule('MatriculeIndividu', '18103632204566'), 'insi_102'],
    [`${own}<v:NomNaissance>hermann</v:NomNaissance>`, 'insi_102'],
    [`${own}<v:DateNaissance>24/03/1981</v:DateNaissance>`, 'insi_102'],
  ];
  for (const [content, expected] of cases) assert.equal(code(service(), cardRequest(content)), expected, content);
  const withoutCard = mutate(cardRequest(own), /<b:ASSURE>.*<\/b:ASSURE>/, '');
  assert.equal(service().answer(received(withoutCard)).refusedBy, 'bam-context');
});
