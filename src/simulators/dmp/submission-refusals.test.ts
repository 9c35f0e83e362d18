import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestDmp } from './bench.fixture.ts';
import { MATRICULE } from './cda.fixture.ts';
import { certificates } from './certificates.fixture.ts';
import { feedRequest, type Recipe, swap } from './message.fixture.ts';
import type { Edit } from './signatures.fixture.ts';

interface Case {
  readonly what: string;
  readonly recipe: Recipe;
  readonly code: string;
  readonly context: RegExp;
}

const OTHER = '180032B02040123';
const METADATA = 'XDSRegistryMetadataError';
const CONTENT = 'InvalidDocumentContent';
const MISMATCH = 'XDSPatientIdDoesNotMatch';

/** Edits one ExtrinsicObject or the package, by its id. */
const inside =
  (id: string, from: string | RegExp, to: string): Edit =>
  (xml) => {
    const block = new RegExp(`<(ExtrinsicObject|RegistryPackage) id="${id}".*?</\\1>`, 's').exec(xml)?.[0] ?? '';
    return xml.replace(block, () => swap(from, to)(block));
  };
const slot = (name: string): RegExp => new RegExp(`<Slot name="${name}">.*?</Slot>`, 's');
const inDocument = (from: string | RegExp, to: string): Recipe => ({ metadata: inside('Document01', from, to) });
const inSet = (from: string | RegExp, to: string): Recipe => ({ metadata: inside('SubmissionSet01', from, to) });
const inSignature = (from: string | RegExp, to: string): Recipe => ({ metadata: inside('Signature01', from, to) });
const inCda = (from: string | RegExp, to: string): Recipe => ({ cda: swap(from, to) });
const refuse =
  (code: string) =>
  (what: string, recipe: Recipe, context: RegExp): Case => ({ what, recipe, code, context });
const metadata = refuse(METADATA);
const content = refuse(CONTENT);

const CASES: readonly Case[] = [
  metadata('no submission set', inSet(/<Classification id="node"[^>]*>/, ''), /un seul SubmissionSet/),
  metadata('no submissionTime', inSet(slot('submissionTime'), ''), /submissionTime/),
  metadata('submissionTime without seconds', inSet('20261123100000', '202611231000'), /submissionTime/),
  metadata('sourceId', inSet('1.2.250.1.999.2"', 'urn:x"'), /sourceId/),
  metadata(
    'two authors of the set',
    inSet(/(<Classification id="aSubmissionSet01".*?<\/Classification>)/s, '$1$1'),
    /un seul auteur/,
  ),
  metadata('author without person', inSet(slot('authorPerson'), ''), /authorPerson du lot/),
  metadata('institution other than the VIHF', inSet('1750000019', '1130000015'), /structure du VIHF/),
  metadata('contentTypeCode out of J59', inSet('nodeRepresentation="03"', 'nodeRepresentation="02"'), /J59/),
  refuse(MISMATCH)('patient of the set', inSet(MATRICULE, OTHER), /patientId du lot/),
  refuse(MISMATCH)('patient of the entry', inDocument(MATRICULE, OTHER), /patientId de l’entrée/),
  refuse(MISMATCH)('patient of the CDA', inCda(MATRICULE, OTHER), /CDA : le premier identifiant/),
  refuse(MISMATCH)(
    'CDA without INS',
    inCda(/<id root="1.2.250.1.213.1.4.10"[^>]*>/, ''),
    /CDA : le premier identifiant/,
  ),
  metadata(
    'classifiedObject of another',
    inDocument(
      'classifiedObject="Document01" nodeRepresentation="34112-3"',
      'classifiedObject="Signature01" nodeRepresentation="34112-3"',
    ),
    /classifiedObject/,
  ),
  metadata('slot twice', inDocument(/(<Slot name="languageCode">.*?<\/Slot>)/s, '$1$1'), /répété/),
  metadata('objectType', inDocument('7edca82f', '34268e47'), /objectType/),
  metadata('mimeType', inDocument('mimeType="text/xml"', 'mimeType="application/pdf"'), /mimeType/),
  metadata('creationTime with offset', inDocument('20261120091500', '20261120101500+0100'), /creationTime absent/),
  metadata('creationTime in the future', inDocument('20261120091500', '20261123110000'), /futur/),
  metadata('31 November', inDocument('20261120091500', '20261131091500'), /creationTime absent/),
  metadata('no serviceStartTime', inDocument(slot('serviceStartTime'), ''), /serviceStartTime absent/),
  metadata('long title', inDocument(/value="Compte rendu d’hospitalisation"/, `value="${'x'.repeat(129)}"`), /128/),
  metadata('no legalAuthenticator', inDocument(slot('legalAuthenticator'), ''), /legalAuthenticator absent/),
  metadata(
    'legalAuthenticator without name',
    inDocument(/(legalAuthenticator"><ValueList><Value>801234567897)\^DAVID\^Charles/, '$1^^'),
    /legalAuthenticator/,
  ),
  metadata('sourcePatientId', inDocument('ISO^PI', 'ISO^XX'), /sourcePatientId/),
  metadata('no author', inDocument(/<Classification id="aDocument01".*?<\/Classification>/s, ''), /Auteur absent/),
  metadata('institution without authority', inDocument('&amp;1.2.250.1.71.4.2.2&amp;ISO', ''), /XON/),
  metadata('facility', inDocument('nodeRepresentation="SA01"', 'nodeRepresentation="SA00"'), /J61/),
  metadata(
    'practice setting outside J62',
    inDocument('nodeRepresentation="ETABLISSEMENT"', 'nodeRepresentation="AMO"'),
    /J62/,
  ),
  metadata(
    'code without label',
    inDocument(/(nodeRepresentation="34112-3">.*?<\/Slot>)<Name>.*?<\/Name>/s, '$1'),
    /sans libellé/,
  ),
  metadata(
    'typeCode the DMP does not take',
    inDocument('nodeRepresentation="34112-3"', 'nodeRepresentation="99999-9"'),
    /J66/,
  ),
  metadata('typeCode in the wrong system', inDocument('2.16.840.1.113883.6.1<', '1.2.250.1.213.1.1.4.12<'), /J66/),
  metadata('classCode of another type', inDocument('nodeRepresentation="10"', 'nodeRepresentation="11"'), /classe 10/),
  metadata('unknown classCode', inDocument('nodeRepresentation="10"', 'nodeRepresentation="12"'), /J57/),
  metadata('formatCode', inDocument('1.3.6.1.4.1.19376.1.2.3<', '1.2.3<'), /J60/),
  metadata(
    'confidentiality starts with a visibility code',
    inDocument(
      /nodeRepresentation="N">(.*?)2\.16\.840\.1\.113883\.5\.25/s,
      'nodeRepresentation="MASQUE_PS">$11.2.250.1.213.1.1.4.13',
    ),
    /N, R ou V d’abord/,
  ),
  metadata('uniqueId with extension', inDocument(/(2e82c1f6[^>]*value="[0-9.]*)"/, '$1^1"'), /OID seul/),
  metadata(
    'no signature entry',
    inSignature('nodeRepresentation="E1762"', 'nodeRepresentation="E1763"'),
    /une et une seule signature/,
  ),
  metadata(
    'signature class',
    inSignature('nodeRepresentation="urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1"', 'nodeRepresentation="10"'),
    /classCode de la signature/,
  ),
  metadata(
    'signature visible to the patient',
    inSignature(/<Classification [^>]*nodeRepresentation="INVISIBLE_PATIENT".*?<\/Classification>/s, ''),
    /INVISIBLE_PATIENT/,
  ),
  metadata('signature language', inSignature('>art<', '>fr-FR<'), /languageCode de la signature/),
  metadata('no signs association', { metadata: swap(/<Association id="s1"[^>]*>/, '') }, /signs/),
  metadata(
    'entry outside the set',
    { metadata: swap(/<Association id="mDocument01".*?<\/Association>/s, '') },
    /HasMember/,
  ),
  metadata('member by reference', { metadata: swap('Original', 'Reference') }, /HasMember/),
  metadata(
    'unknown association',
    {
      metadata: swap(
        '</RegistryObjectList>',
        '<Association id="z" associationType="urn:ihe:iti:2007:AssociationType:APND" sourceObject="Document01" targetObject="Signature01"/></RegistryObjectList>',
      ),
    },
    /non admis/,
  ),
  metadata(
    'RPLC to a uniqueId',
    { document: { setId: '1.2.3.1', version: 2, replaces: '1.2.3', target: '1.2.3' } },
    /entryUUID \(urn:uuid\)/,
  ),
  metadata(
    'RPLC to an unknown document',
    {
      document: {
        setId: '1.2.3.1',
        version: 2,
        replaces: '1.2.3',
        target: 'urn:uuid:00000000-0000-4000-8000-000000000000',
      },
    },
    /inconnu/,
  ),
  refuse('XDSRepositoryMetadataError')(
    'false hash',
    inDocument(
      /(<Slot name="creationTime">)/,
      '<Slot name="hash"><ValueList><Value>da39a3ee5e6b4b0d3255bfef95601890afd80709</Value></ValueList></Slot>$1',
    ),
    /hash faux/,
  ),
  refuse('XDSRepositoryMetadataError')(
    'false size',
    inDocument(/(<Slot name="creationTime">)/, '<Slot name="size"><ValueList><Value>1</Value></ValueList></Slot>$1'),
    /size faux/,
  ),
  refuse('XDSRepositoryDuplicateUniqueIdInMessage')(
    'uniqueId twice in the message',
    { uniqueId: '1.2.250.1.999.9', metadata: inside('Signature01', '1.2.250.1.999.9.2', '1.2.250.1.999.9') },
    /répété/,
  ),
  refuse('XDSMissingDocument')(
    'no part',
    { mime: swap('Content-ID: <Document01@test>', 'Content-ID: <other@test>') },
    /absente/,
  ),
  refuse('XDSMissingDocumentMetadata')(
    'a part too many',
    { mime: swap('--frontiere_42--', '--frontiere_42\r\nContent-ID: <more@test>\r\n\r\nx\r\n--frontiere_42--') },
    /rien ne référence/,
  ),
  refuse('XDSMissingDocumentMetadata')(
    'document id in another case',
    { envelope: swap('<xdsb:Document id="Document01"', '<xdsb:Document id="document01"') },
    /sans ExtrinsicObject/,
  ),
  refuse('XDSMissingDocument')(
    'inline content',
    { envelope: swap(/<xop:Include[^>]*Document01@test"\/>/, 'PGE+') },
    /xop:Include/,
  ),
  content('not a CDA', inCda(/urn:hl7-org:v3/g, 'urn:x'), /pas un CDA/),
  content('CDA with a DOCTYPE', { mime: swap('<!-- fiction -->', '<!DOCTYPE ClinicalDocument>') }, /pas un CDA/),
  content(
    'CDA id of another document',
    inCda(/<id root="1\.2\.250\.1\.999\.1\.\d+"\/>/, '<id root="1.2.3.4"/>'),
    /uniqueId ≠ id du CDA/,
  ),
  content(
    'CDA id with extension',
    inCda(/<id root="(1\.2\.250\.1\.999\.1\.\d+)"\/>/, '<id root="$1" extension="1"/>'),
    /@extension/,
  ),
  content('CDA type', inCda('code="34112-3"', 'code="11488-4"'), /typeCode ≠ CDA/),
  content('CDA title', inCda('hospitalisation</title>', 'visite</title>'), /Titre ≠ CDA/),
  content(
    'CDA time',
    inCda('<effectiveTime value="20261120101500+0100"/>', '<effectiveTime value="20261120101500+0000"/>'),
    /creationTime ≠/,
  ),
  content(
    'CDA time without offset',
    inCda('<effectiveTime value="20261120101500+0100"/>', '<effectiveTime value="20261120101500"/>'),
    /décalage/,
  ),
  content('service time', inDocument('20261118070000', '20261118080000'), /serviceStartTime ≠/),
  content(
    'service stop only in XDS',
    inDocument(
      /(<Slot name="sourcePatientId">)/,
      '<Slot name="serviceStopTime"><ValueList><Value>20261119070000</Value></ValueList></Slot>$1',
    ),
    /serviceStopTime/,
  ),
  content('language', inCda('languageCode code="fr-FR"', 'languageCode code="en-GB"'), /languageCode ≠ CDA/),
  content(
    'confidentiality',
    inCda('confidentialityCode code="N"', 'confidentialityCode code="R"'),
    /confidentialityCode ≠ CDA/,
  ),
  content('facility', inCda('code="SA01"', 'code="SA07"'), /healthcareFacilityTypeCode ≠/),
  content(
    'author',
    inCda(/(<assignedAuthor><id root="1\.2\.250\.1\.71\.4\.2\.1" extension=")801234567897/, '$1801234567898'),
    /Auteurs ≠ CDA/,
  ),
  content(
    'legal authenticator',
    inCda(
      /(<assignedEntity><id root="1\.2\.250\.1\.71\.4\.2\.1" extension=")801234567897("\/><code)/,
      '$1801234567898$2',
    ),
    /legalAuthenticator ≠/,
  ),
  content('IPP of another domain', inCda('1.2.250.1.999.7', '1.2.250.1.999.8'), /sourcePatientId absent/),
  content('no birth name', inCda('family qualifier="BR"', 'family qualifier="CL"'), /nom de naissance/),
  content('qualifier SP', inCda('family qualifier="BR"', 'family qualifier="SP"'), /qualificatifs/),
  content(
    'sex unknown',
    inCda('administrativeGenderCode code="F"', 'administrativeGenderCode code="U"'),
    /sexe M ou F/,
  ),
  content('no birth place', inCda('51215', ''), /lieu de naissance/),
  content(
    'sex of sourcePatientInfo',
    inDocument(
      /(<Slot name="sourcePatientId">)/,
      '<Slot name="sourcePatientInfo"><ValueList><Value>PID-8|M</Value></ValueList></Slot>$1',
    ),
    /sexe ≠ CDA/,
  ),
  content('no setId', inCda(/<setId[^>]*>/, ''), /setId absent/),
  content('versionNumber 0', inCda('versionNumber value="1"', 'versionNumber value="0"'), /versionNumber/),
  content(
    'no legalAuthenticator in the CDA',
    inCda(/<legalAuthenticator>.*?<\/legalAuthenticator>/s, ''),
    /legalAuthenticator\/time/,
  ),
  content(
    'null custodian',
    inCda(
      '<representedCustodianOrganization><id root="1.2.250.1.71.4.2.2"',
      '<representedCustodianOrganization><id nullFlavor="UNK" root="1.2.250.1.71.4.2.2"',
    ),
    /custodian/,
  ),
  content(
    'fourth templateId at level 1',
    inCda(
      '<templateId root="1.3.6.1.4.1.19376.1.2.20"/>',
      '<templateId root="1.3.6.1.4.1.19376.1.2.20"/><templateId root="1.2.3"/>',
    ),
    /trois templateId/,
  ),
  content('truncated Base64', inCda(/=*<\/text>/, 'A</text>'), /Base64/),
  content('body that is no PDF', inCda(/B64">[^<]*/, 'B64">YWJj'), /Base64/),
  content('media type', inCda('mediaType="application/pdf"', 'mediaType="text/html"'), /mediaType/),
  content('format of another body', inCda('mediaType="application/pdf"', 'mediaType="text/plain"'), /formatCode ≠/),
  content('lot signed by another certificate', { lotSigner: certificates().otherSign }, /certificat qui signe le VIHF/),
  content('signature unreadable', { signedXades: (xml) => xml.slice(9) }, /illisible/),
  content(
    'signature value',
    { signedXades: swap(/<ds:SignatureValue>..../, '<ds:SignatureValue>AAAA') },
    /Valeur de signature fausse/,
  ),
  content('manifest changed after signature', { signedXades: swap('AA==', 'AQ==') }, /Empreinte de Manifest fausse/),
  content(
    'properties changed after signature',
    { signedXades: swap('2026-11-23T10:00:00Z', '2026-11-23T10:00:01Z') },
    /Empreinte de SignedProperties/,
  ),
  content('document changed after signature', { mime: swap('DAVID', 'DUPON') }, /empreinte de Document01 fausse/),
  content(
    'manifest of another set',
    { xades: swap(/urn:oid:(1\.2\.250\.1\.999\.1\.\d+)\.1"/, 'urn:oid:$1.7"') },
    /première référence/,
  ),
  content('set digest not AA==', { xades: swap('>AA==<', '>AAA=<') }, /AA==/),
  content(
    'document missing from the manifest',
    { xades: swap(/(AA==<\/ds:DigestValue><\/ds:Reference>)<ds:Reference.*?<\/ds:Reference>/s, '$1') },
    /doit y figurer/,
  ),
  content(
    'foreign reference in the manifest',
    {
      xades: swap(
        '</ds:Manifest>',
        '<ds:Reference URI="urn:oid:1.2.3"><ds:DigestMethod Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"/><ds:DigestValue>AA==</ds:DigestValue></ds:Reference></ds:Manifest>',
      ),
    },
    /étrangère/,
  ),
  content(
    'document digested without canonicalisation',
    { xades: swap(/<ds:Transforms>.*?<\/ds:Transforms>/s, '') },
    /empreinte de Document01/,
  ),
  content(
    'XAdES of another version',
    { xades: swap('http://uri.etsi.org/01903/v1.1.1#"', 'http://uri.etsi.org/01903/v1.3.2#"') },
    /SignedProperties absent|QualifyingProperties/,
  ),
  content('no purpose', { xades: swap('1.2.840.10065.1.12.1.14', '1.2.840.10065.1.12.1.5') }, /purposeOfSignature/),
  content('certificate digest', { xades: swap(/<x:DigestValue>..../, '<x:DigestValue>AAAA') }, /empreinte SHA-1/),
  content('hexadecimal serial', { xades: swap(/<ds:X509SerialNumber>/, '<ds:X509SerialNumber>0x') }, /numéro de série/),
  content('comment in the signature', { xades: swap('<ds:Object>', '<!-- x --><ds:Object>') }, /Commentaire/),
];

test('every wrong submission is a registry failure that says why, and nothing is held', async (t) => {
  const dmp = await openTestDmp(t);
  for (const { what, recipe, code, context } of CASES) {
    await t.test(what, async () => {
      const { status, body } = await dmp.send(feedRequest(recipe));
      assert.equal(status, 200, body);
      assert.match(body, /ResponseStatusType:Failure"/);
      const errors = [...body.matchAll(/errorCode="(\w+)" codeContext="([^"]*)"/g)];
      const found = errors.some(
        ([, errorCode, errorContext]) => errorCode === code && context.test(errorContext ?? ''),
      );
      assert.ok(found, `${code} ${context} not in ${errors.map(([text]) => text).join('\n')}`);
      assert.equal(dmp.holdings.documents().length, 0);
    });
  }
});

test('a document larger than the limit of the operator is refused', async (t) => {
  const dmp = await openTestDmp(t, { maxDocumentBytes: 1000 });
  assert.match(
    (await dmp.send(feedRequest())).body,
    /errorCode="XDSRepositoryError" codeContext="Document de plus de 1000/,
  );
});
