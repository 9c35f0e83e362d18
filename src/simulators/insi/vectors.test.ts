import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createIdentityBase } from './identity-base.ts';
import { behaviourOf, type Mode } from './modes.ts';
import { PUBLISHED_IDENTITIES, type PublishedIdentity } from './published.ts';
import { type ReadReply, readReply } from './reply.fixture.ts';
import { IDAM, NOW, received, type Traits, traitsRequest, turning } from './request.fixture.ts';
import { createTeleservice } from './teleservice.ts';

const NIR = '1.2.250.1.213.1.4.8';

/** An outcome: number, key and OID of CR 00, or `01`, `02`, or the code of a fault. */
interface Vector extends Traits {
  readonly spec: string;
  readonly live: string;
  readonly cnda: string;
  readonly list?: string;
  readonly cog?: string;
}

function same(outcome: string): Pick<Vector, 'spec' | 'live' | 'cnda'> {
  return { spec: outcome, live: outcome, cnda: outcome };
}

/** What nobody knows: CR 01, but a technical fault on the test platform (ins.md 0.7). */
const UNKNOWN = { spec: '01', live: 'insi_102', cnda: '01' };
const ECETINSI = 'PIERRE-ALAIN MURIEL FLORIANT';

/** Every line of ins.md 8. */
const VECTORS: readonly Vector[] = [
  {
    name: "D'ARTAGNAN DE L'HERAULT",
    given: 'PIERRE-ALAIN',
    sex: 'M',
    date: '2001-06-17',
    place: '63220',
    ...same(`1010663220754 60 ${NIR}`),
    list: ECETINSI,
    cog: '63220',
  },
  {
    name: "D'ARTAGNAN DE L'HERAULT",
    given: 'PIERRE-ALAIN',
    sex: 'M',
    date: '2001-06-17',
    ...same(`1010663220754 60 ${NIR}`),
    list: ECETINSI,
    cog: '63220',
  },
  {
    name: 'ADRTROIS',
    given: 'TOUSSAINT',
    sex: 'M',
    date: '1960-01-01',
    ...same(`160012B020777 13 ${NIR}`),
    cog: '2B020',
  },
  {
    name: 'ADRTROIS',
    given: 'TOUSSAINT',
    sex: 'M',
    date: '1960-01-01',
    place: '2B020',
    ...same(`160012B020777 13 ${NIR}`),
    cog: '2B020',
  },
  { name: "D'ÆION", given: 'CŒUR', sex: 'M', date: '1987-01-01', place: '2B020', ...same('insi_102') },
  { name: "D'AEION", given: 'COEUR', sex: 'M', date: '1987-01-25', ...same('insi_102') },
  {
    name: 'ECETINSI',
    given: 'PIERRE-ALAIN',
    sex: 'M',
    date: '2009-07-14',
    ...same(`1090763220834 89 ${NIR}`),
    list: ECETINSI,
    cog: '63220',
  },
  {
    name: 'PROVISOIRE',
    given: 'MATRICULE',
    sex: 'M',
    date: '2009-07-01',
    ...same('1090763220888 35 1.2.250.1.213.1.4.9'),
    live: 'insi_102',
    cog: '63220',
  },
  { name: 'DE VINCI', given: 'LEONARDO', sex: 'M', date: '2014-02-01', ...same('02') },
  {
    name: 'DE VINCI',
    given: 'LEONARDO',
    sex: 'M',
    date: '2014-02-01',
    place: '63220',
    ...same(`1140263220991 92 ${NIR}`),
    cog: '63220',
  },
  { name: 'TCHITCHI', given: 'OLA', sex: 'F', date: '1936-06-21', ...UNKNOWN },
  {
    name: 'TCHITCHI',
    given: 'CATARINA',
    sex: 'F',
    date: '1936-06-21',
    ...same(`2360663220836 56 ${NIR}`),
    list: 'CATARINA BELLA',
    cog: '63220',
  },
  {
    name: 'TCHITCHI',
    given: 'BELLA',
    sex: 'F',
    date: '1936-06-21',
    ...same(`2360663220836 56 ${NIR}`),
    list: 'CATARINA BELLA',
    cog: '63220',
  },
  { name: 'TCHITCHI', given: 'OLA CATARINA BELLA', sex: 'F', date: '1936-06-21', ...UNKNOWN },
  { name: 'HOUILLES', given: 'PIERRE', sex: 'M', date: '1993-01-27', ...UNKNOWN },
  { name: 'HOUILLES', given: 'PAUL', sex: 'M', date: '1993-01-27', ...UNKNOWN },
  { name: 'HOUILLES', given: 'JACQUES', sex: 'M', date: '1993-01-27', ...UNKNOWN },
  { name: 'HOUILLES', given: 'PIERRE PAUL JACQUES', sex: 'M', date: '1993-01-27', ...UNKNOWN },
  { name: 'CORSE', given: 'ANTHONY', sex: 'M', date: '1980-03-02', ...same(`180032B020401 23 ${NIR}`), cog: '2B020' },
  { name: 'HERMANN', given: 'GATIEN', sex: 'M', date: '1981-03-24', ...same(`1810363220456 60 ${NIR}`), cog: '63220' },
  {
    name: 'ADRTROIS',
    given: 'DOMINIQUE',
    sex: 'F',
    date: '1997-02-26',
    ...same(`297022A020778 78 ${NIR}`),
    cog: '2A020',
  },
  { name: 'ADRUN', given: 'ZOE', sex: 'F', date: '1975-12-31', ...same(`2751263220749 74 ${NIR}`), cog: '63220' },
  {
    name: 'NESSI',
    given: 'MICHELANGELO',
    sex: 'M',
    date: '2010-08-07',
    ...same(`1100863220830 60 ${NIR}`),
    list: 'MICHELANGELO ANTHONY',
    cog: '63220',
  },
  { name: 'DE VINCI', given: 'RUTH', sex: 'F', date: '1976-07-14', ...same('insi_102') },
  { name: 'ADRDEUX', given: 'LAURENT', sex: 'M', date: '1981-01-01', ...UNKNOWN },
  { name: 'PATB-QUATRE', given: 'LAURENCE', sex: 'F', date: '1907-05-25', ...UNKNOWN },
  {
    name: 'PAT-TROIS',
    given: 'DOMINIQUE',
    sex: 'F',
    date: '1979-03-28',
    ...same('2790351215189 89 1.2.250.1.213.1.4.10'),
    cog: '63220',
  },
];

const LABELS: Readonly<Record<string, string>> = {
  '00': 'OK',
  '01': 'Aucune identite trouvee',
  '02': 'Plusieurs identites trouvees',
};

function ask(traits: Traits, modes: readonly Mode[], random = () => 0): ReadReply {
  const identities = createIdentityBase<PublishedIdentity>();
  for (const identity of PUBLISHED_IDENTITIES) identities.put(identity);
  const teleservice = createTeleservice({
    identities,
    behaviour: () => behaviourOf(modes),
    acceptedIdam: [IDAM],
    now: () => NOW,
    newUuid: () => '11111111-1111-4111-8111-111111111111',
    random,
  });
  const { response } = teleservice.answer(received(traitsRequest(traits, 'uuid:5237f6ac-a5ee-4505-89fb-d25d9180dafd')));
  const reply = readReply(response.body);
  assert.equal(response.status, reply.fault === undefined ? 200 : 500);
  return reply;
}

function outcomeOf(reply: ReadReply): string | undefined {
  if (reply.fault !== undefined) return reply.fault.code;
  return reply.code === '00' ? reply.active : reply.code;
}

for (const mode of ['spec', 'live', 'cnda'] as const) {
  for (const shuffled of [false, true]) {
    test(`every published vector in mode ${mode}${shuffled ? ' with prefix-shuffle' : ''}`, () => {
      const random = turning();
      for (const vector of VECTORS) {
        const reply = ask(vector, shuffled ? [mode, 'prefix-shuffle'] : [mode], random);
        const line = `${vector.name} ${vector.given} ${vector.place ?? ''}`;
        assert.equal(outcomeOf(reply), vector[mode], line);
        if (reply.code !== undefined) assert.equal(reply.label, LABELS[reply.code], line);
        if (reply.code !== '00') continue;
        assert.equal(reply.traits.NomNaissance, vector.name);
        assert.equal(reply.traits.ListePrenom, vector.list ?? vector.given);
        assert.equal(reply.traits.LieuNaissance, vector.cog);
        assert.deepEqual([reply.traits.Sexe, reply.traits.DateNaissance], [vector.sex, vector.date]);
      }
    });
  }
}

test('Prenom comes in the CNDA files only, and not in that of ECETINSI', () => {
  const gatien = { name: 'HERMANN', given: 'GATIEN', sex: 'M', date: '1981-03-24' };
  const ecetinsi = { name: 'ECETINSI', given: 'PIERRE-ALAIN', sex: 'M', date: '2009-07-14' };
  assert.equal(ask(gatien, ['spec']).traits.Prenom, undefined);
  assert.equal(ask(gatien, ['live']).traits.Prenom, undefined);
  assert.equal(ask(gatien, ['cnda']).traits.Prenom, 'GATIEN');
  assert.equal(ask(ecetinsi, ['cnda']).traits.Prenom, undefined);
});

test('INSHISTO of ECETINSI: schema order and one number, but the CNDA file puts dates first and adds a number', () => {
  const ecetinsi = { name: 'ECETINSI', given: 'PIERRE-ALAIN', sex: 'M', date: '2009-07-14' };
  for (const mode of ['spec', 'live'] as const) {
    const reply = ask(ecetinsi, [mode]);
    assert.deepEqual(reply.history, [`2090763220834 39 ${NIR}`]);
    assert.deepEqual(reply.historyOrder, ['IdIndividu OID DateDeb DateFin']);
  }
  const reply = ask(ecetinsi, ['cnda']);
  assert.deepEqual(reply.history, [`2090763220834 39 ${NIR}`, `2090663220123 55 ${NIR}`]);
  assert.deepEqual(reply.historyOrder, ['DateDeb DateFin IdIndividu OID', 'IdIndividu OID']);
});

test('INSHISTO may repeat the active number and hold a wrong key: both are given as published', () => {
  const corse = ask({ name: 'CORSE', given: 'ANTHONY', sex: 'M', date: '1980-03-02' }, ['spec']);
  assert.deepEqual(corse.history, [`180032B020401 23 ${NIR}`]);
  const hermann = ask({ name: 'HERMANN', given: 'GATIEN', sex: 'M', date: '1981-03-24' }, ['spec']);
  assert.deepEqual(hermann.history, [`1810363220456 60 ${NIR}`, `2810363220456 10 ${NIR}`]);
});

test('several given names narrow the search; a part of a compound name is not a name', () => {
  const search = { name: 'ECETINSI', sex: 'M', date: '2009-07-14' };
  assert.equal(ask({ ...search, given: 'PIERRE-ALAIN MURIEL FLORIANT' }, ['spec']).code, '00');
  assert.equal(ask({ ...search, given: 'FLORIANT' }, ['spec']).code, '00');
  for (const given of ['PIERRE', 'PIERRE ALAIN', 'MURIEL JEAN']) {
    assert.equal(ask({ ...search, given }, ['spec']).code, '01', given);
  }
});

test('every trait counts', () => {
  const good = { name: 'ADRTROIS', given: 'DOMINIQUE', sex: 'F', date: '1997-02-26', place: '2A020' };
  assert.equal(ask(good, ['spec']).code, '00');
  const wrongs = [{ name: 'ADRDEUX' }, { given: 'ZOE' }, { sex: 'M' }, { date: '1997-02-27' }, { place: '2B020' }];
  for (const wrong of wrongs) assert.equal(ask({ ...good, ...wrong }, ['spec']).code, '01', JSON.stringify(wrong));
});

test('spec answers carry the reply headers of WS-Addressing, those of the platform none', () => {
  const traits = { name: 'ADRUN', given: 'ZOE', sex: 'F', date: '1975-12-31' };
  const reply = ask(traits, ['spec']);
  assert.equal(reply.replyAction, 'urn:ServiceIdentiteCertifiee:1.0.0:rechercherInsAvecTraitsIdentiteResponse');
  assert.equal(reply.relatesTo, 'uuid:5237f6ac-a5ee-4505-89fb-d25d9180dafd');
  assert.equal(reply.replyMessageId, 'uuid:11111111-1111-4111-8111-111111111111');
  assert.equal(ask(traits, ['live']).replyAction, undefined);
});

test('the fault of an unknown person on the platform is the captured one', () => {
  const { fault } = ask({ name: 'HOUILLES', given: 'PAUL', sex: 'M', date: '1993-01-27' }, ['live']);
  assert.ok(fault);
  assert.deepEqual(
    [fault.role, fault.subcode, fault.code, fault.severity, fault.lang],
    ['Receiver', 'siram_40', 'insi_102', 'fatal', 'en'],
  );
  assert.equal(fault.messageId, undefined);
});
