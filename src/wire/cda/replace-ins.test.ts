import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { INS_OIDS } from '../../ins/oids.ts';
import { normaliseName } from '../../ins/traits.ts';
import { reissueRules } from '../../rules/reissue.ts';
import { compareCdaWithIdentity } from '../coherence/with-identity.ts';
import { buildLevelOneCda } from './build-level-one.ts';
import {
  cdaConformance,
  headerOf,
  levelOneDocument,
  NO_CONFORMANCE,
  qualifiedIdentity,
  type TestTraits,
  valueOfResult,
  xmlFiles,
} from './cda.fixture.ts';
import { checkCdaHeader } from './check.ts';
import { type Reissued, replaceIns } from './replace-ins.ts';

const INS_C = '1541187387477485562488';
const PATIENT = qualifiedIdentity();
const V2 = buildLevelOneCda(levelOneDocument()).toString('utf8');
const ID = `<id root="${PATIENT.ins.oid}" extension="${PATIENT.ins.matricule}"/>`;
const OLD_ID = `<id root="${INS_OIDS.insC}" extension="${INS_C}"/>`;
/** The same document as an old connector submits it. */
const V1 = V2.replace(ID, OLD_ID);

function reissued(cda: string | Buffer, patient = PATIENT): Reissued {
  const result = replaceIns(Buffer.from(cda), patient);
  assert.ok(result.ok, result.ok ? '' : `${result.refusal.rule.id} ${result.refusal.location}`);
  return result.value;
}

function refused(cda: string | Buffer, patient = PATIENT): string {
  const result = replaceIns(Buffer.from(cda), patient);
  assert.ok(!result.ok, 'it was changed');
  return result.refusal.rule.id;
}

/** What stands between the places that changed, before and after. */
function apart(original: Buffer, { bytes, changes }: Reissued, width = 1): [Buffer[], Buffer[]] {
  const sides: [Buffer[], Buffer[]] = [[], []];
  let [from, to] = [0, 0];
  for (const { at, before, after } of changes.toSorted((a, b) => a.at - b.at)) {
    sides[0].push(original.subarray(from, at));
    sides[1].push(bytes.subarray(to, to + at - from));
    to += at - from + after.length * width;
    from = at + before.length * width;
  }
  sides[0].push(original.subarray(from));
  sides[1].push(bytes.subarray(to));
  return sides;
}

test('the INS-C of the header gives place to the qualified INS, and every other byte stays', () => {
  const { bytes, changes, alsoInText } = reissued(V1);
  assert.equal(bytes.toString('utf8'), V2);
  assert.deepEqual(
    changes.map(({ place, before, after }) => [place.split('/').at(-1), before, after]),
    [
      ['@root', INS_OIDS.insC, PATIENT.ins.oid],
      ['@extension', INS_C, PATIENT.ins.matricule],
    ],
  );
  assert.equal(alsoInText, false);
});

test('a NIR of TD0.0 gives place to the qualified INS; the qualified INS itself is left as it is, the very same bytes', () => {
  const other = V2.replace(PATIENT.ins.matricule, '277076322082910');
  assert.equal(reissued(other).bytes.toString('utf8'), V2);
  assert.deepEqual(
    reissued(other).changes.map(({ place }) => place.split('/').at(-1)),
    ['@extension'],
  );
  const same = Buffer.from(V2);
  const kept = replaceIns(same, PATIENT);
  assert.ok(kept.ok && kept.value.bytes === same && kept.value.changes.length === 0);
});

test('no number is written where there was none', () => {
  const without = V2.replace(ID, '');
  const result = reissued(without);
  assert.equal(result.bytes.toString('utf8'), without);
  assert.deepEqual(result.changes, []);
});

test('whatever the writing of the document, only the two values change', () => {
  const space = fc.constantFrom('', ' ', '\n\t', '  ');
  const quote = fc.constantFrom('"', "'");
  const prefix = fc.constantFrom('', 'v3', 'cda-1');
  const aside = fc.constantFrom(
    '',
    `<!-- <patientRole>${OLD_ID}</patientRole> -->`,
    `<?old ${INS_C}?>`,
    '<!-- l’été -->',
  );
  const encoding = fc.constantFrom('UTF-8', 'ISO-8859-1', 'UTF-16LE', 'UTF-16BE');
  fc.assert(
    fc.property(
      fc.record({ space, inner: space, quote, prefix, aside, encoding, swapped: fc.boolean(), bom: fc.boolean() }),
      ({ space, inner, quote, prefix, aside, encoding, swapped, bom }) => {
        const attributes = [
          `root${inner}=${inner}${quote}${INS_OIDS.insC}${quote}`,
          `extension=${quote}${INS_C}${quote}`,
        ];
        const id = `<id ${(swapped ? attributes.toReversed() : attributes).join(` ${space}`)}${space}/>`;
        const name = prefix === '' ? V1.replace(OLD_ID, id) : prefixed(V1.replace(OLD_ID, id), prefix);
        const text = name.replace(/<([^<>]*)recordTarget>/, `${aside}<$1recordTarget>${aside}`);
        const original = encoded(text, encoding, bom);
        const result = reissued(original);
        assert.equal(result.changes.length, 2);
        const width = encoding.startsWith('UTF-16') ? 2 : 1;
        const [before, after] = apart(original, result, width);
        assert.deepEqual(before.map(String), after.map(String));
        assert.ok(Buffer.concat(before).equals(Buffer.concat(after)));
        const { patient } = headerOf(result.bytes);
        assert.deepEqual(
          patient.ids.map((each) => each.extension),
          [PATIENT.ins.matricule, 'IPP0042'],
        );
        assert.equal(result.alsoInText, aside.includes(INS_C));
      },
    ),
    { numRuns: 150, seed: 20261123 },
  );
});

/** All elements of HL7 under a prefix. */
function prefixed(xml: string, prefix: string): string {
  return xml
    .replace(/<(\/?)([A-Za-z])/g, `<$1${prefix}:$2`)
    .replaceAll(`<${prefix}:!`, '<!')
    .replace('xmlns="urn:hl7-org:v3"', `xmlns:${prefix}="urn:hl7-org:v3"`);
}

function encoded(xml: string, encoding: string, bom: boolean): Buffer {
  const declared = xml.replace(
    /^<\?xml[^>]*\?>/,
    `<?xml version="1.0" encoding="${encoding.replace(/(LE|BE)$/, '')}"?>`,
  );
  switch (encoding) {
    case 'ISO-8859-1':
      return Buffer.from(declared.replaceAll('’', "'").replaceAll('œ', 'oe'), 'latin1');
    case 'UTF-16LE':
      return Buffer.from(`\ufeff${declared}`, 'utf16le');
    case 'UTF-16BE':
      return Buffer.from(`\ufeff${declared}`, 'utf16le').swap16();
    default:
      return Buffer.from(`${bom ? '\ufeff' : ''}${declared}`, 'utf8');
  }
}

test('character references are read, and an id of another namespace is none of ours', () => {
  const references = V1.replace(INS_OIDS.insC, '1.2.250.1.213.1&#46;4&#x2E;2');
  assert.equal(reissued(references).bytes.toString('utf8'), V2);
  const foreign = V1.replace(OLD_ID, `<x:id xmlns:x="urn:x" root="1.2" extension="${INS_C}"/>${OLD_ID}`);
  assert.equal(reissued(foreign).bytes.toString('utf8'), foreign.replace(OLD_ID, ID));
});

test('a number that stands in the text stays there, and is told', () => {
  const narrative = V1.replace('<title>', `<title>Dossier ${INS_C} `);
  const { bytes, alsoInText } = reissued(narrative);
  assert.equal(bytes.toString('utf8'), narrative.replace(OLD_ID, ID));
  assert.equal(alsoInText, true);
});

test('it stops where more than that one id would have to change', () => {
  const author = V1.replace('<assignedAuthor>', `<assignedAuthor>${OLD_ID}`);
  assert.equal(refused(author), reissueRules.codedElsewhere.id);
  const labelled = V1.replace(OLD_ID, OLD_ID.replace('/>', ' assigningAuthorityName="INS-C"/>'));
  assert.equal(refused(labelled), reissueRules.codedElsewhere.id);
  for (const second of [ID, OLD_ID, OLD_ID.replace('154', '155')])
    assert.equal(refused(V1.replace(OLD_ID, OLD_ID + second)), reissueRules.severalNumbers.id);
  const target = /<recordTarget>.*<\/recordTarget>/s.exec(V1)?.[0] ?? '';
  assert.ok(!replaceIns(Buffer.from(V1.replace(target, target + target)), PATIENT).ok, 'two recordTargets');
});

test('a signed document is not touched', () => {
  const signature = '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo/></Signature>';
  assert.equal(
    refused(V1.replace('</ClinicalDocument>', `${signature}</ClinicalDocument>`)),
    reissueRules.signedDocument.id,
  );
  const text = '<sdtc:signatureText xmlns:sdtc="urn:hl7-org:sdtc">MII=</sdtc:signatureText>';
  assert.equal(
    refused(V1.replace('<legalAuthenticator>', `<legalAuthenticator>${text}`)),
    reissueRules.signedDocument.id,
  );
});

test('what is not XML is refused as it always is', () => {
  assert.equal(refused('<ClinicalDocument'), 'TDU-DOC-001');
  assert.equal(refused(`<!DOCTYPE x>${V1}`.replace(/<\?xml[^>]*\?>/, '')), 'TDU-DOC-002');
});

test('a document of 40 MB is re-issued like a small one', () => {
  const large = V1.replace(/(<text [^>]*>)[^<]*/, (_, open: string) => `${open}${'QUJD'.repeat(10_000_000)}`);
  assert.ok(large.length > 40_000_000);
  const { bytes, changes } = reissued(large);
  assert.equal(changes.length, 2);
  assert.ok(bytes.equals(Buffer.from(large.replace(OLD_ID, ID))));
});

test('the official examples, given an INS-C, come back as they were and pass our checks', (t) => {
  const folder = cdaConformance();
  if (folder === undefined) return t.skip(NO_CONFORMANCE);
  let count = 0;
  for (const { name, bytes } of xmlFiles(join(folder, 'examples'))) {
    const header = headerOf(bytes);
    const ins = header.patient.ids.find(({ root = '' }) => root === INS_OIDS.nirTest || root === INS_OIDS.nir);
    if (ins?.root === undefined || ins.extension === undefined) continue;
    count += 1;
    const patient = qualifiedIdentity(traitsOf(header, ins.extension, ins.root));
    const [before, role = '', after] = bytes
      .toString('latin1')
      .split(/(<(?:c:)?patientRole[\s\S]*?<(?:c:)?patient[\s>])/);
    const old = role.replace(`"${ins.root}"`, `"${INS_OIDS.insC}"`).replace(ins.extension, INS_C);
    const v1 = Buffer.from([before, old, after].join(''), 'latin1');
    assert.equal(
      headerOf(v1).patient.ids.some(({ root }) => root === INS_OIDS.insC),
      true,
      name,
    );
    const { bytes: v2 } = reissued(v1, patient);
    assert.ok(v2.equals(bytes), name);
    const differs = (found: readonly { rule: { id: string } }[]) => found.map(({ rule }) => rule.id);
    assert.deepEqual(differs(checkCdaHeader(headerOf(v2))), differs(checkCdaHeader(header)), name);
    const facts = {
      birthName: patient.traits.birthName,
      firstGivenName: patient.traits.firstGivenName,
      sex: patient.traits.sex,
      birthDate: patient.traits.birthDate.replaceAll('-', ''),
    };
    assert.deepEqual(differs(compareCdaWithIdentity(headerOf(v2), patient, facts).refusals), [], name);
  }
  assert.ok(count >= 10, `${count} examples`);
});

function traitsOf({ patient }: ReturnType<typeof headerOf>, matricule: string, oid: string): TestTraits {
  const named = (list: typeof patient.givens, qualifier: string | undefined) =>
    valueOfResult(normaliseName(list.find((each) => each.qualifier === qualifier)?.value ?? '', 'given'));
  const birth = patient.birthTime ?? '';
  return {
    matricule,
    oid,
    birthName: named(patient.families, 'BR'),
    firstGivenName: named(patient.givens, 'BR'),
    birthGivenNames: named(patient.givens, undefined),
    sex: patient.gender?.code === 'M' ? 'M' : 'F',
    birthDate: `${birth.slice(0, 4)}-${birth.slice(4, 6)}-${birth.slice(6, 8)}`,
    birthPlace: patient.birthPlace ?? '',
  };
}
