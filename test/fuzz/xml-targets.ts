/** XML from outside: received CDAs, XDM metadata, answers of INSi and of the DMP. Read or refused, never an exception. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { buildLevelOneCda } from '../../src/wire/cda/build-level-one.ts';
import { levelOneDocument, qualifiedIdentity } from '../../src/wire/cda/cda.fixture.ts';
import { checkCdaHeader } from '../../src/wire/cda/check.ts';
import { readCdaHeader } from '../../src/wire/cda/header.ts';
import { changesBetween, replaceIns } from '../../src/wire/cda/replace-ins.ts';
import { judgeAdministrativeData, readAdministrativeData } from '../../src/wire/dmp/administrative-data.ts';
import { readAuthorizations, readPatientList } from '../../src/wire/dmp/authorizations.ts';
import { judgeExistence, readExistence } from '../../src/wire/dmp/existence.ts';
import { judgeProposals, readProposals } from '../../src/wire/dmp/regulation-search.ts';
import { readSearchResponse } from '../../src/wire/insi/search-response.ts';
import { readSoap } from '../../src/wire/soap/envelope.ts';
import { readMultipart } from '../../src/wire/soap/mtom.ts';
import { readXdmMetadata } from '../../src/wire/xdm/metadata.ts';
import { readListing, readQueryResponse, readRecords } from '../../src/wire/xds/query.ts';
import { readRegistryResponse } from '../../src/wire/xds/registry-response.ts';
import { readRetrieved } from '../../src/wire/xds/retrieve.ts';
import { mutated } from './mutations.ts';
import type { FuzzTarget } from './target.ts';

const SOAP = 'http://www.w3.org/2003/05/soap-envelope';
const RIM = 'urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0';
const TOKENS = [
  '<',
  '>',
  '"',
  "'",
  '&',
  '&amp;',
  '&#0;',
  '&#x10FFFF;',
  ']]>',
  '<!--',
  '-->',
  '<![CDATA[',
  '<?x ?>',
].concat([
  '<!DOCTYPE a>',
  ' xmlns="urn:x"',
  ' xmlns:a="urn:hl7-org:v3"',
  '/>',
  '</a>',
  '<a>',
  ' nullFlavor="UNK"',
  '\0',
  'é',
  '\ufeff',
  '﷐',
]);

const envelope = (body: string): Buffer =>
  Buffer.from(`<s:Envelope xmlns:s="${SOAP}"><s:Header/><s:Body>${body}</s:Body></s:Envelope>`);

const CDA = buildLevelOneCda(levelOneDocument());
const OLD_CDA = Buffer.from(
  CDA.toString('utf8').replace(
    'root="1.2.250.1.213.1.4.10" extension="279035121518989"',
    'root="1.2.250.1.213.1.4.2" extension="1541187387477485562488"',
  ),
);
const OBJECT =
  `<ExtrinsicObject xmlns="${RIM}" id="urn:uuid:1" mimeType="text/xml" status="urn:x:Approved"><Slot name="hash"><ValueList>` +
  '<Value>aa</Value></ValueList></Slot><Slot name="size"><ValueList><Value>12</Value></ValueList></Slot><Slot name="URI">' +
  '<ValueList><Value>A.XML</Value></ValueList></Slot></ExtrinsicObject>';
const LIST = `<RegistryObjectList xmlns="${RIM}">${OBJECT}</RegistryObjectList>`;
const ERROR =
  '<rs:RegistryErrorList><rs:RegistryError errorCode="XDSRegistryError" codeContext="x" severity="urn:x:Error"/></rs:RegistryErrorList>';
const REGISTRY = (inside: string): string =>
  `<rs:RegistryResponse xmlns:rs="urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0" status="urn:x:Success">${inside}</rs:RegistryResponse>`;
const EXISTENCE =
  '<PRPA_IN201308UV02 xmlns="urn:hl7-org:v3"><acknowledgement><typeCode code="AA"/></acknowledgement><controlActProcess>' +
  '<queryAck><queryResponseCode code="OK"/></queryAck></controlActProcess></PRPA_IN201308UV02>';
const PATIENT =
  '<subject><registrationEvent><subject1><patient><id extension="279035121518989" root="1.2.250.1.213.1.4.10"/><statusCode code="active"/>' +
  '<patientPerson><name><family qualifier="BR">A</family></name><birthTime value="19790328"/></patientPerson></patient></subject1>' +
  '</registrationEvent></subject>';
const SERVICES = [
  EXISTENCE.replace('<queryAck>', `${PATIENT}<queryAck>`),
  EXISTENCE.replace('<queryAck>', `${PATIENT}<queryAck>`).replaceAll('201308', '201306'),
  '<n:patientListResponse xmlns:n="urn:si-dmp-patients"><n:output><n:patientlistData><n:patientIdentifier><n:nationalId>279035121518989' +
    '</n:nationalId><n:nationalIdType>1.2.250.1.213.1.4.10</n:nationalIdType></n:patientIdentifier></n:patientlistData>' +
    '<n:status>DMPOk</n:status></n:output></n:patientListResponse>',
  '<n:listAuthorizationByPatientResponse xmlns:n="urn:si-dmp-habilitations"><n:output><n:listOfAuthorizationByPatient>' +
    '<n:nationalId>8</n:nationalId></n:listOfAuthorizationByPatient><n:status>DMPOk</n:status></n:output>' +
    '</n:listAuthorizationByPatientResponse>',
  `<x:RetrieveDocumentSetResponse xmlns:x="urn:ihe:iti:xds-b:2007">${REGISTRY('')}<x:DocumentResponse><x:DocumentUniqueId>1.2` +
    '</x:DocumentUniqueId><x:Document><i:Include xmlns:i="http://www.w3.org/2004/08/xop/include" href="cid:a"/></x:Document>' +
    '</x:DocumentResponse></x:RetrieveDocumentSetResponse>',
];
const INSI =
  '<RESULTAT xmlns="http://www.cnamts.fr/INSiResultat"><CR><CodeCR>00</CodeCR><LibelleCR>x</LibelleCR></CR><INDIVIDU><INSACTIF>' +
  '<IdIndividu><NumIdentifiant>2790351215189</NumIdentifiant><Cle>89</Cle></IdIndividu><OID>1.2.250.1.213.1.4.10</OID></INSACTIF>' +
  '<TIQ><NomNaissance>A</NomNaissance><ListePrenom>B</ListePrenom><Sexe>F</Sexe><DateNaissance>1979-03-28</DateNaissance>' +
  '<LieuNaissance>63220</LieuNaissance></TIQ></INDIVIDU></RESULTAT>';

function xmlTarget(name: string, runs: number, seeds: readonly Buffer[], read: (bytes: Buffer) => unknown): FuzzTarget {
  return { name, runs, property: () => fc.property(mutated(seeds, TOKENS), (bytes) => void read(bytes)) };
}

const multipart: FuzzTarget = {
  name: 'mtom',
  runs: 1_000,
  property: () => {
    const whole = Buffer.from('--b\r\ncontent-id: <r>\r\n\r\n<a/>\r\n--b\r\ncontent-id: <d>\r\n\r\nbytes\r\n--b--\r\n');
    const tokens = ['--b', '--b--', '\r\n', '\r\n\r\n', 'content-id: <r>'];
    return fc.property(mutated([whole], tokens), (bytes) => {
      const read = readMultipart('multipart/related; boundary=b; start="<r>"', bytes);
      if (read === undefined) return;
      const total = [...read.attachments.values()].reduce((sum, part) => sum + part.length, read.root.length);
      assert.ok(total <= bytes.length, 'no byte stands in two parts');
    });
  },
};

export const XML_TARGETS: readonly FuzzTarget[] = [
  xmlTarget('cda', 1_500, [CDA], (bytes) => {
    const header = readCdaHeader(bytes);
    if (header.ok) checkCdaHeader(header.value);
  }),
  xmlTarget(
    'xdm-metadata',
    1_000,
    [Buffer.from(`<SubmitObjectsRequest>${LIST}</SubmitObjectsRequest>`)],
    readXdmMetadata,
  ),
  xmlTarget('insi', 1_500, [envelope(INSI)], readSearchResponse),
  xmlTarget('dmp', 2_000, [REGISTRY(''), REGISTRY(ERROR), EXISTENCE].map(envelope), (bytes) => {
    readSoap(bytes, readRegistryResponse);
    const existence = readSoap(bytes, readExistence);
    if (existence.kind === 'body') judgeExistence(existence.value);
  }),
  xmlTarget(
    'dmp-query',
    1_000,
    [
      envelope(
        `<q:AdhocQueryResponse xmlns:q="urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0" status="urn:x:Success">${LIST}</q:AdhocQueryResponse>`,
      ),
    ],
    (bytes) => {
      readSoap(bytes, readQueryResponse);
      readSoap(bytes, readListing);
      readSoap(bytes, readRecords);
    },
  ),
  xmlTarget('dmp-services', 1_500, SERVICES.map(envelope), (bytes) => {
    readSoap(bytes, (root) => readRetrieved(root, new Map([['a', Buffer.from('x')]])));
    readSoap(bytes, readPatientList);
    readSoap(bytes, readAuthorizations);
    const data = readSoap(bytes, readAdministrativeData);
    if (data.kind === 'body') judgeAdministrativeData(data.value);
    const proposals = readSoap(bytes, readProposals);
    if (proposals.kind === 'body') judgeProposals(proposals.value);
  }),
  multipart,
  xmlTarget('cda-reissue', 1_500, [OLD_CDA], (bytes) => {
    const original = Buffer.from(bytes);
    const result = replaceIns(original, qualifiedIdentity());
    if (!result.ok || result.value.changes.length === 0) return;
    const { bytes: made, changes } = result.value;
    // Before the first value and from the quote that ends the last one, all bytes are those of the original.
    const places = changes.map(({ at }) => at);
    const [first, last] = [Math.min(...places), Math.max(...places)];
    const rest = original.length - original.indexOf(original[last - 1] ?? 0, last);
    assert.ok(made.subarray(0, first).equals(original.subarray(0, first)));
    assert.ok(made.subarray(made.length - rest).equals(original.subarray(original.length - rest)));
    assert.deepEqual(changesBetween(original, made), changes);
  }),
];
