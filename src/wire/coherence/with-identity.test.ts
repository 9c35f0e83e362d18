import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildLevelOneCda } from '../cda/build-level-one.ts';
import { headerOf, levelOneDocument, qualifiedIdentity, type TestTraits } from '../cda/cda.fixture.ts';
import { compareCdaWithIdentity, type MessageFacts } from './with-identity.ts';

const MESSAGE: MessageFacts = {
  ipp: 'IPP0042',
  ippDomain: '1.2.250.1.999.2',
  ins: { matricule: '279035121518989', oid: '1.2.250.1.213.1.4.10' },
  birthName: 'PAT-TROIS',
  firstGivenName: 'DOMINIQUE',
  sex: 'F',
  birthDate: '19790328',
  uniqueId: '1.2.250.1.999.1.1.42',
  typeCode: '11490-0',
  title: 'Lettre de liaison « à la sortie » & suites',
};

interface Case {
  readonly document?: Partial<TestTraits>;
  readonly message?: Partial<MessageFacts>;
  readonly identity?: Partial<TestTraits>;
  readonly edit?: (cda: string) => string;
}

/** Stops and warnings of a comparison where everything agrees but what the case changes. */
function compare({ document = {}, message = {}, identity = {}, edit = (cda) => cda }: Case) {
  const cda = buildLevelOneCda(levelOneDocument({ patient: qualifiedIdentity(document) })).toString('utf8');
  const { refusals, warnings } = compareCdaWithIdentity(headerOf(Buffer.from(edit(cda))), qualifiedIdentity(identity), {
    ...MESSAGE,
    ...message,
  });
  const text = (found: typeof refusals) =>
    found.map(({ rule, location, detail }) => [rule.id, location, ...(detail ? [detail] : [])].join(' '));
  return { refusals: text(refusals), warnings: text(warnings) };
}

const ROLE = '/ClinicalDocument/recordTarget/patientRole';
const NOTHING = { refusals: [], warnings: [] };

test('document, message and identity of one patient agree', () => {
  assert.deepEqual(compare({}), NOTHING);
});

test('the INS of another person stops the document, whatever the traits', () => {
  const stops = [`TDU-DOC-040 ${ROLE}/id`];
  assert.deepEqual(compare({ document: { matricule: '277076322082910' } }).refusals, stops);
  assert.deepEqual(compare({ document: { oid: '1.2.250.1.213.1.4.8' } }).refusals, stops);
  const second = (cda: string) =>
    cda.replace('<patient>', '<id root="1.2.250.1.213.1.4.8" extension="277076322082910"/><patient>');
  assert.deepEqual(compare({ edit: second }).refusals, stops);
});

test('a document without INS is told apart from the document of another', () => {
  const without = (cda: string) => cda.replace('<id root="1.2.250.1.213.1.4.10" extension="279035121518989"/>', '');
  assert.deepEqual(compare({ edit: without }).refusals, [`TDU-DOC-020 ${ROLE}/id`]);
});

test('a message with the INS of another stops, one without INS does not', () => {
  const other = { matricule: '277076322082910', oid: '1.2.250.1.213.1.4.10' };
  assert.deepEqual(compare({ message: { ins: other } }).refusals, ['TDU-DOC-050 PID-3']);
  const { ins: _, ...silent } = MESSAGE;
  const header = headerOf(buildLevelOneCda(levelOneDocument()));
  assert.deepEqual(compareCdaWithIdentity(header, qualifiedIdentity(), silent), NOTHING);
});

test('each trait that differs in the document is named', () => {
  const patient = `${ROLE}/patient`;
  assert.deepEqual(compare({ document: { birthName: 'DURAND' } }).refusals, [
    `TDU-DOC-041 ${patient}/name/family[@qualifier='BR'] document`,
  ]);
  assert.deepEqual(
    compare({ document: { firstGivenName: 'CLAUDE', birthGivenNames: 'CLAUDE MARIE-LOUISE' } }).refusals,
    [`TDU-DOC-042 ${patient}/name/given[@qualifier='BR'] document`],
  );
  assert.deepEqual(compare({ document: { sex: 'M' } }).refusals, [
    `TDU-DOC-043 ${patient}/administrativeGenderCode document`,
  ]);
  assert.deepEqual(compare({ document: { birthDate: '1979-03-29' } }).refusals, [
    `TDU-DOC-044 ${patient}/birthTime document`,
  ]);
});

test('each trait that differs in the message is named', () => {
  assert.deepEqual(compare({ message: { birthName: 'DURAND' } }).refusals, ['TDU-DOC-041 PID-5 message']);
  assert.deepEqual(compare({ message: { firstGivenName: 'MARIE' } }).refusals, ['TDU-DOC-042 PID-5 message']);
  assert.deepEqual(compare({ message: { sex: 'U' } }).refusals, ['TDU-DOC-043 PID-8 message']);
  assert.deepEqual(compare({ message: { birthDate: '19790329' } }).refusals, ['TDU-DOC-044 PID-7 message']);
});

test('silence is not agreement', () => {
  const absent = (cda: string) => cda.replace(/<birthTime[^>]*>/, '');
  assert.deepEqual(compare({ edit: absent }).refusals, [`TDU-DOC-044 ${ROLE}/patient/birthTime document : absent`]);
  assert.deepEqual(compare({ message: { birthName: '' } }).refusals, ['TDU-DOC-041 PID-5 message : absent']);
});

test('case, accents, hyphens and a time after the birth date do not differ', () => {
  assert.deepEqual(
    compare({ message: { birthName: 'Pat Trois', firstGivenName: 'Dominique', birthDate: '197903280000' } }),
    NOTHING,
  );
});

test('the first given name follows the prefix rule of EXI ID 10', () => {
  const list = { firstGivenName: 'JEAN', birthGivenNames: 'JEAN CHRISTOPHE PIERRE', sex: 'M' as const };
  const first = (firstGivenName: string) =>
    compare({ document: list, identity: list, message: { sex: 'M', firstGivenName } }).refusals.length;
  for (const accepted of ['JEAN', 'JEAN CHRISTOPHE', 'JEAN-CHRISTOPHE-PIERRE'])
    assert.equal(first(accepted), 0, accepted);
  for (const refused of ['CHRISTOPHE', 'PIERRE', 'JE', 'JEAN PIERRE']) assert.equal(first(refused), 1, refused);
});

test('a lunar birth date equals its completed form, and no other', () => {
  const identity = { birthDate: '1950-12-31' };
  const born = (birthDate: string) => compare({ document: identity, identity, message: { birthDate } }).refusals.length;
  assert.equal(born('19500000'), 0);
  assert.equal(born('19501231'), 0);
  assert.equal(born('19500100'), 1);
  assert.equal(born('19500101'), 1);
});

test('the IPP is compared in the same domain only', () => {
  assert.deepEqual(compare({ message: { ipp: 'IPP0043' } }).refusals, [`TDU-DOC-045 ${ROLE}/id`]);
  assert.deepEqual(compare({ message: { ipp: 'IPP0043', ippDomain: '1.2.250.1.999.3' } }), NOTHING);
});

test('the message announces the document that it carries', () => {
  assert.deepEqual(compare({ message: { uniqueId: '1.2.250.1.999.1.1.43' } }).refusals, [
    'TDU-DOC-046 TXA-12 identifiant',
  ]);
  assert.deepEqual(compare({ message: { uniqueId: '1.2.250.1.999.1.1.42^^1.2.250.1.999.1.1.42^ISO' } }), NOTHING);
  assert.deepEqual(compare({ message: { typeCode: '34112-3' } }).refusals, ['TDU-DOC-046 OBR-4 type']);
  assert.deepEqual(compare({ message: { title: 'Autre titre' } }), {
    refusals: [],
    warnings: ['TDU-DOC-047 /ClinicalDocument/title'],
  });
});

test('an identifier with extension is compared in its HL7 form', () => {
  const edit = (cda: string) => cda.replace('root="1.2.250.1.999.1.1.42"', 'root="1.2.250.1.999.1.1" extension="42"');
  assert.deepEqual(compare({ edit, message: { uniqueId: '42^^1.2.250.1.999.1.1^ISO' } }).refusals, []);
  assert.deepEqual(compare({ edit, message: { uniqueId: '43^^1.2.250.1.999.1.1^ISO' } }).refusals, [
    'TDU-DOC-046 TXA-12 identifiant',
  ]);
});

test('another geographic entity of the same legal entity is a warning', () => {
  const from = (finess: string, sameLegalEntity: string[]) =>
    compare({ message: { establishment: { finess, sameLegalEntity } } });
  assert.deepEqual(from('750100042', ['750803447', '750100042']), {
    refusals: [],
    warnings: ['TDU-DOC-048 /ClinicalDocument 750803447'],
  });
  assert.deepEqual(from('750803447', ['750803447', '750100042']), NOTHING);
  assert.deepEqual(from('750100042', ['750100042']), NOTHING);
});

test('no refusal repeats the matricule or a name', () => {
  const header = headerOf(buildLevelOneCda(levelOneDocument()));
  const other = qualifiedIdentity({
    matricule: '277076322082910',
    oid: '1.2.250.1.213.1.4.8',
    birthName: 'NESSI',
    firstGivenName: 'RUTH',
    birthGivenNames: 'RUTH',
    birthDate: '1977-07-14',
  });
  const { refusals } = compareCdaWithIdentity(header, other, MESSAGE);
  assert.ok(refusals.length >= 5);
  const shown = JSON.stringify(refusals.map(({ detail, location }) => [detail, location]));
  assert.doesNotMatch(shown, /279035|277076|PAT|NESSI|DOMINIQUE|RUTH/);
});
