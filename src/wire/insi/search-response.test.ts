import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../ins/seeded-random.fixture.ts';
import type { InsiOutcome } from './outcome.ts';
import { readSearchResponse } from './search-response.ts';

const SOAP = 'http://www.w3.org/2003/05/soap-envelope';

function read(xml: string): InsiOutcome {
  const outcome = readSearchResponse(Buffer.from(xml, 'utf8'));
  assert.ok(outcome, 'not a SOAP envelope');
  return outcome;
}

/** Envelope as the live platform writes it: prefixes declared and not used, two prefixes for one namespace. */
function live(content: string): string {
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<soap:Envelope xmlns:soap="${SOAP}">` +
    `<env:Body xmlns:S="${SOAP}" xmlns:env="${SOAP}">${content}</env:Body></soap:Envelope>`
  );
}

function result(content: string, prefix = ''): string {
  const [open, xmlns] = prefix === '' ? ['', 'xmlns'] : [`${prefix}:`, `xmlns:${prefix}`];
  return `<${open}RESULTAT ${xmlns}="http://www.cnamts.fr/INSiResultat">${content}</${open}RESULTAT>`;
}

const OK = '<CR><CodeCR>00</CodeCR><LibelleCR>OK</LibelleCR></CR>';
const ACTIVE =
  '<INSACTIF><IdIndividu><NumIdentifiant>1090763220834</NumIdentifiant><Cle>89</Cle></IdIndividu>' +
  '<OID>1.2.250.1.213.1.4.8</OID></INSACTIF>';
const TIQ =
  '<TIQ><NomNaissance>ECETINSI</NomNaissance><ListePrenom>PIERRE-ALAIN MURIEL FLORIANT</ListePrenom><Sexe>M</Sexe>' +
  '<DateNaissance>2009-07-14</DateNaissance><LieuNaissance>63220</LieuNaissance></TIQ>';
/** CNDA vector 2.04: dates before the number, and an end before its beginning (trap 9). */
const HISTORY =
  '<INSHISTO><DateDeb>2019-03-01</DateDeb><DateFin>2019-02-28</DateFin><OID>1.2.250.1.213.1.4.8</OID><IdIndividu>' +
  '<Cle>39</Cle><NumIdentifiant>2090763220834</NumIdentifiant><TypeMatricule>NIR</TypeMatricule></IdIndividu></INSHISTO>';

test('answer 00: the INS, its history in any order, and the raw traits', () => {
  const outcome = read(live(result(`${OK}<INDIVIDU>${ACTIVE}${HISTORY}${TIQ}</INDIVIDU>`)));
  assert.deepEqual(outcome, {
    kind: 'found',
    cr: { code: '00', label: 'OK' },
    identity: {
      ins: { matricule: '109076322083489', oid: '1.2.250.1.213.1.4.8' },
      returned: { number: '1090763220834', key: '89', oid: '1.2.250.1.213.1.4.8' },
      history: [
        {
          number: '2090763220834',
          key: '39',
          type: 'NIR',
          oid: '1.2.250.1.213.1.4.8',
          from: '2019-03-01',
          until: '2019-02-28',
        },
      ],
      traits: {
        birthName: 'ECETINSI',
        givenNames: 'PIERRE-ALAIN MURIEL FLORIANT',
        sex: 'M',
        birthDate: '2009-07-14',
        birthPlace: '63220',
      },
      alerts: [],
    },
  });
});

test('prefixes do not matter, namespaces do', () => {
  const body = `${OK}<INDIVIDU>${ACTIVE}${TIQ}</INDIVIDU>`;
  const prefixed = result(body.replaceAll(/<(\/?)(?=[A-Z])/g, '<$1ns2:'), 'ns2');
  assert.equal(read(live(prefixed)).kind, 'found');
  assert.equal(read(live(`<RESULTAT>${body}</RESULTAT>`)).kind, 'unreadable');
});

test('trap 1: a wrong key is kept with an alert, an absent one is computed with an alert', () => {
  const identity = (active: string) => {
    const outcome = read(live(result(`${OK}<INDIVIDU>${active}${TIQ}</INDIVIDU>`)));
    assert.equal(outcome.kind, 'found');
    return outcome.kind === 'found' ? outcome.identity : undefined;
  };
  const gatien = identity(ACTIVE.replace('1090763220834', '1810363220456').replace('>89<', '>60<'));
  assert.deepEqual([gatien?.ins.matricule, gatien?.alerts], ['181036322045660', ['key-mismatch']]);
  const keyless = identity(ACTIVE.replace('<Cle>89</Cle>', ''));
  assert.deepEqual([keyless?.ins.matricule, keyless?.alerts], ['109076322083489', ['key-absent']]);
  assert.equal(keyless?.returned.key, undefined);
});

test('a lunar date and a lower-case Corsican number stay as returned in the raw part', () => {
  const active = ACTIVE.replace('1090763220834', '297022a020778').replace('>89<', '>78<');
  const outcome = read(live(result(`${OK}<INDIVIDU>${active}${TIQ.replace('2009-07-14', '1950-00-00')}</INDIVIDU>`)));
  assert.equal(outcome.kind, 'found');
  if (outcome.kind !== 'found') return;
  assert.equal(outcome.identity.returned.number, '297022a020778');
  assert.equal(outcome.identity.ins.matricule, '297022A02077878');
  assert.equal(outcome.identity.traits.birthDate, '1950-00-00');
});

test('answers 01, 02 and others', () => {
  const cr = (code: string, label: string) => `<CR><CodeCR>${code}</CodeCR><LibelleCR>${label}</LibelleCR></CR>`;
  const cases: readonly [string, string, string][] = [
    [cr('01', 'Aucune identite trouvee'), 'none', 'TDU-INSI-001'],
    [cr('02', 'Plusieurs identites trouvees'), 'several', 'TDU-INSI-002'],
    [cr('43', '?'), 'unreadable', 'TDU-INSI-003'],
    ['', 'unreadable', 'TDU-INSI-020'],
    [OK, 'unreadable', 'TDU-INSI-020'],
    [`${OK}<INDIVIDU>${ACTIVE}</INDIVIDU>`, 'unreadable', 'TDU-INSI-020'],
    [`${OK}<INDIVIDU>${ACTIVE.replace('1090763220834', '109')}${TIQ}</INDIVIDU>`, 'unreadable', 'TDU-INSI-020'],
    [`${OK}<INDIVIDU>${ACTIVE.replace('1.2.250.1.213.1.4.8', '')}${TIQ}</INDIVIDU>`, 'unreadable', 'TDU-INSI-020'],
  ];
  for (const [content, kind, rule] of cases) {
    const outcome = read(live(result(content)));
    assert.equal(outcome.kind, kind, content);
    assert.equal(outcome.kind === 'found' ? '' : outcome.refusal.rule.id, rule, content);
  }
});

function fault(party: string, siram: string, code: string, prefix = 'S'): string {
  const p = (name: string) => `${prefix}:${name}`;
  const erreur =
    code === ''
      ? ''
      : `<siram:Erreur severite="fatal" code="${code}" messageID="uuid:1" xmlns:siram="urn:siram">t</siram:Erreur>`;
  return (
    `<${p('Envelope')} xmlns:${prefix}="${SOAP}"><${p('Body')}><${p('Fault')}><${p('Code')}><${p('Value')}>${p(party)}</${p('Value')}>` +
    `<${p('Subcode')}><${p('Value')}>${prefix}:${siram}</${p('Value')}></${p('Subcode')}></${p('Code')}>` +
    `<${p('Reason')}><${p('Text')} xml:lang="fr">Service inaccessible.</${p('Text')}></${p('Reason')}>` +
    `<${p('Detail')}>${erreur}</${p('Detail')}></${p('Fault')}></${p('Body')}></${p('Envelope')}>`
  );
}

test('faults are classed by the catalogue, whatever the prefix', () => {
  const cases: readonly [string, string, string, string, string][] = [
    ['Receiver', 'siram_40', 'insi_102', 'transient', 'TDU-INSI-010'],
    ['Sender', 'siram_40', 'desir_1020', 'transient', 'TDU-INSI-011'],
    ['Sender', 'siram_100', 'desir_550', 'permanent', 'TDU-INSI-012'],
    ['Sender', 'siram_100', 'desir_560', 'permanent', 'TDU-INSI-013'],
    ['Receiver', 'siram_40', 'insi_999', 'transient', 'TDU-INSI-011'],
    ['Sender', 'siram_100', '', 'permanent', 'TDU-INSI-012'],
    ['Sender', 'siram_7', 'desir_7', 'permanent', 'TDU-INSI-014'],
    ['Receiver', 'siram_7', 'desir_7', 'transient', 'TDU-INSI-015'],
  ];
  for (const [party, siram, code, kind, rule] of cases)
    for (const prefix of ['S', 'env']) {
      const outcome = read(fault(party, siram, code, prefix));
      assert.equal(outcome.kind, kind, `${siram} ${code}`);
      assert.equal(outcome.kind === 'found' ? '' : outcome.refusal.rule.id, rule, `${siram} ${code}`);
    }
  const outcome = read(fault('Receiver', 'siram_40', 'insi_102'));
  assert.deepEqual(outcome.kind === 'transient' && outcome.fault, {
    siram: 'siram_40',
    code: 'insi_102',
    severity: 'fatal',
    userText: 'Service inaccessible.',
    technicalText: 't',
    messageId: 'uuid:1',
    party: 'Receiver',
  });
  assert.equal(outcome.kind === 'transient' && outcome.refusal.detail, 'siram_40/insi_102');
});

test('what is not a SOAP 1.2 envelope is left to the HTTP status; a DOCTYPE never passes', () => {
  for (const body of [
    '',
    '<html><body>503</body></html>',
    'not xml',
    '<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"/>',
  ])
    assert.equal(readSearchResponse(Buffer.from(body)), undefined, body);
  const doctype = read(`<!DOCTYPE x [<!ENTITY e "v">]>${live(result(OK)).replace(/^<\?xml[^>]*>\n/, '')}`);
  assert.equal(doctype.kind, 'unreadable');
  assert.equal(read(live('')).kind, 'unreadable');
});

test('property: a damaged answer never throws and never gives a malformed INS', () => {
  const good = live(result(`${OK}<INDIVIDU>${ACTIVE}${HISTORY}${TIQ}</INDIVIDU>`));
  for (let seed = 1; seed <= 300; seed += 1) {
    const random = seededRandom(seed);
    const bytes = Buffer.from(good, 'utf8');
    const cut = random.below(4) === 0 ? random.below(bytes.length) : bytes.length;
    for (let i = random.below(3); i >= 0; i -= 1) bytes[random.below(bytes.length)] = random.below(256);
    const outcome = readSearchResponse(bytes.subarray(0, cut));
    if (outcome?.kind === 'found') assert.match(outcome.identity.ins.matricule, /^[\dAB]{15}$/, `seed ${seed}`);
    else assert.ok(outcome === undefined || outcome.kind !== 'transient', `seed ${seed}`);
  }
});
