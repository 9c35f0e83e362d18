/** Header checks of a CDA, and its agreement with its XDS metadata. Source: dmp.md 5 and 9 (check 9), cda-cisis.md 3-4. */
import { levelOneFormat } from '../../codes/format-codes.ts';
import { isOid } from '../../ins/oids.ts';
import { type CdaBody, type CdaHeader, readCda } from './cda.ts';
import type { RegistryObject } from './ebxml.ts';
import type { LotDocument } from './lot.ts';
import { authorsOf, codeOf, codesOf, slotOf } from './metadata.ts';
import type { ApiVersion } from './options.ts';
import { type RegistryError, type Report, reporter } from './problem.ts';
import { INS_OIDS, readCx, readHl7Time, readXcn, readXdsTime, samePatient } from './values.ts';
import type { Caller } from './vihf-rules.ts';
import { CONFIDENTIALITY, ENTRY } from './xds-vocabulary.ts';

const LEVEL_1 = '1.3.6.1.4.1.19376.1.2.20';
const DAY_MS = 86_400_000;
/** Mandatory since CI-SIS 1.16 only: the samples of before have neither (dmp.md 5). */
const V2_ONLY: readonly string[] = ['setId', 'versionNumber'];

/** The header, for the checks on versions; undefined when the document is no CDA. */
export function checkCda(
  { entry, uniqueId, bytes }: LotDocument,
  caller: Caller,
  errors: RegistryError[],
): CdaHeader | undefined {
  const report = reporter(errors, 'InvalidDocumentContent', entry.id);
  const cda = readCda(bytes);
  if (cda === undefined) {
    report('Le document n’est pas un CDA lisible.');
    return undefined;
  }
  const due = caller.api === 'V1' ? cda.missing.filter((label) => !V2_ONLY.includes(label)) : cda.missing;
  for (const label of due) report(`CDA : ${label} absent, incomplet ou nul.`);
  checkIdentification(cda, uniqueId, caller.api, report);
  checkPatient(cda, entry, caller, report);
  checkBody(cda, entry, report);
  checkTimes(cda, entry, report);
  checkAgreement(cda, entry, report);
  return cda;
}

function checkIdentification(cda: CdaHeader, uniqueId: string, api: ApiVersion, report: Report): void {
  if (cda.id.extension !== '' || !isOid(cda.id.root)) report('CDA : id doit être un OID dans @root, sans @extension.');
  if (cda.id.root !== uniqueId) report('uniqueId ≠ id du CDA.');
  const unversioned = api === 'V1' && cda.versionNumber === '';
  if (!unversioned && !/^[1-9]\d*$/.test(cda.versionNumber)) report('CDA : versionNumber doit être un entier ≥ 1.');
  if (!/^[a-z]{2}-[A-Z]{2}$/.test(cda.language)) report('CDA : languageCode doit être de la forme fr-FR.');
  if (cda.replaced.length > 1) report('CDA : plusieurs documents remplacés.');
}

function checkPatient(cda: CdaHeader, entry: RegistryObject, caller: Caller, report: Report): void {
  const ins = cda.patientIds.filter(({ root }) => root in INS_OIDS);
  const [first] = ins;
  const id = first === undefined ? undefined : { value: first.extension, oid: first.root };
  if (ins.length !== 1 || cda.patientIds[0] !== first || !samePatient(id, caller.patient)) {
    report(
      'CDA : le premier identifiant du patient doit être son INS, le même que patientId.',
      'XDSPatientIdDoesNotMatch',
    );
  }
  const source = readCx(slotOf(entry, 'sourcePatientId') ?? '');
  if (
    source !== undefined &&
    !cda.patientIds.some((own) => own.extension === source.value && own.root === source.oid)
  ) {
    report('sourcePatientId absent des identifiants du patient dans le CDA.');
  }
  if (caller.api === 'V1') checkOldNames(cda, report);
  else checkNames(cda, report);
  // INSi only delivers M and F, so an identity with an INS has one of them.
  if (!/^[MF]$/.test(cda.gender)) report('CDA : sexe M ou F attendu pour un patient porteur d’un INS.');
  checkSourceInfo(cda, entry, report);
}

/** Before the INS of INSi: names as captured, the used one under the old qualifier (dmp.md 5). */
function checkOldNames({ families, givens }: CdaHeader, report: Report): void {
  const named = families.some(({ value }) => value !== '') && givens.some(({ value }) => value !== '');
  if (!named) report('CDA : un nom et un prénom du patient attendus.');
  if (![...families, ...givens].every(({ qualifier }) => ['BR', 'SP', 'CL', ''].includes(qualifier))) {
    report('CDA : qualificatifs de nom admis : BR, SP et CL.');
  }
}

function checkNames(cda: CdaHeader, report: Report): void {
  const birth = { family: cda.families.filter(isBirth), given: cda.givens.filter(isBirth) };
  if (birth.family.length !== 1) report('CDA : un nom de naissance (family BR) attendu.');
  if (birth.given.length !== 1) report('CDA : un premier prénom de naissance (given BR) attendu.');
  const lists = cda.givens.filter(({ qualifier }) => qualifier === '');
  if (lists.length !== 1 || lists[0]?.value === '') report('CDA : la liste des prénoms de naissance est attendue.');
  const qualifiers = [...cda.families, ...cda.givens].map(({ qualifier }) => qualifier);
  if (!qualifiers.every((q) => ['BR', 'CL', ''].includes(q)) || cda.families.some((f) => f.qualifier === '')) {
    report('CDA : qualificatifs de nom admis : BR (naissance) et CL (utilisé).');
  }
  if (!/^(\d{2}|2A|2B)\d{3}$/.test(cda.birthPlace))
    report('CDA : code lieu de naissance (county) absent ou mal formé.');
}

function isBirth({ qualifier, value }: { qualifier: string; value: string }): boolean {
  return qualifier === 'BR' && value !== '';
}

/** sourcePatientInfo is optional; when present it says the same as the CDA. */
function checkSourceInfo(cda: CdaHeader, entry: RegistryObject, report: Report): void {
  const info = entry.slots.sourcePatientInfo ?? [];
  const of = (field: string): string[] =>
    info.filter((line) => line.startsWith(`${field}|`)).map((line) => line.slice(field.length + 1));
  const legal = of('PID-5').find((name) => name.split('^')[6] === 'L');
  const birthName = cda.families.find(isBirth)?.value;
  if (legal !== undefined && legal.split('^')[0] !== birthName) report('sourcePatientInfo : nom de naissance ≠ CDA.');
  const [birth, sex] = [of('PID-7')[0], of('PID-8')[0]];
  if (birth !== undefined && birth !== cda.birthTime.slice(0, 8))
    report('sourcePatientInfo : date de naissance ≠ CDA.');
  if (sex !== undefined && sex !== cda.gender) report('sourcePatientInfo : sexe ≠ CDA.');
}

function checkBody(cda: CdaHeader, entry: RegistryObject, report: Report): void {
  const { body } = cda;
  if (body.kind === 'none') report('CDA : ni nonXMLBody ni structuredBody.');
  if ((body.kind === 'level-1') !== cda.templateIds.includes(LEVEL_1)) {
    report('CDA : templateId de niveau 1 et corps non structuré vont ensemble.');
  }
  if (body.kind !== 'level-1') return;
  if (cda.templateIds.length !== 3) report('CDA de niveau 1 : trois templateId, et eux seuls.');
  const format = levelOneFormat(body.mediaType)?.code;
  if (format === undefined || body.representation !== 'B64') {
    report('CDA de niveau 1 : mediaType ou representation non admis.');
  } else if (codesOf(entry, ENTRY.format)[0]?.code !== format) {
    report(`formatCode ≠ ${format}, celui d’un corps ${body.mediaType}.`);
  }
  if (!decodes(body)) report('CDA de niveau 1 : le corps n’est pas du Base64 complet du type annoncé.');
}

function decodes({ base64, mediaType }: Extract<CdaBody, { kind: 'level-1' }>): boolean {
  if (base64 === '' || base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return false;
  const bytes = Buffer.from(base64, 'base64');
  return mediaType !== 'application/pdf' || bytes.subarray(0, 5).toString('latin1') === '%PDF-';
}

function checkTimes(cda: CdaHeader, entry: RegistryObject, report: Report): void {
  const created = readHl7Time(cda.effectiveTime);
  if (created === undefined || !created.exact)
    report('CDA : effectiveTime à la seconde avec décalage horaire attendu.');
  const pairs = [
    ['creationTime', cda.effectiveTime],
    ['serviceStartTime', cda.serviceStart],
    ['serviceStopTime', cda.serviceStop],
  ] as const;
  for (const [name, local] of pairs) {
    const slot = slotOf(entry, name);
    if ((slot === undefined) !== (local === '')) report(`${name} : présent d’un côté seulement (CDA, XDS).`);
    else if (slot !== undefined && !sameInstant(local, slot)) report(`${name} ≠ heure du CDA convertie en UTC.`);
  }
}

/** Exact when the CDA is; a shorter CDA time or one without offset leaves its own imprecision. */
function sameInstant(local: string, utc: string): boolean {
  const time = readHl7Time(local);
  const instant = readXdsTime(utc);
  if (time === undefined || instant === undefined) return false;
  if (time.exact) return time.utc === instant;
  const span = time.digits >= 8 ? DAY_MS : 366 * DAY_MS;
  return instant >= time.utc - DAY_MS && instant <= time.utc + span + DAY_MS;
}

function checkAgreement(cda: CdaHeader, entry: RegistryObject, report: Report): void {
  const [confidentiality] = codesOf(entry, ENTRY.confidentiality);
  const pairs: readonly (readonly [name: string, xds: string | undefined, cda: string])[] = [
    ['typeCode', codeOf(entry, ENTRY.type), `${cda.code.code} ${cda.code.system}`],
    ['Titre', entry.name, cda.title],
    ['languageCode', slotOf(entry, 'languageCode'), cda.language],
    ['healthcareFacilityTypeCode', codesOf(entry, ENTRY.facility)[0]?.code, cda.facility],
    ['practiceSettingCode', codesOf(entry, ENTRY.practice)[0]?.code, cda.practice],
    ['legalAuthenticator', readXcn(slotOf(entry, 'legalAuthenticator') ?? '')?.id, cda.legalAuthenticatorId],
    ['confidentialityCode', confidentiality?.code, cda.confidentiality.code],
  ];
  for (const [name, ours, theirs] of pairs) if (ours !== theirs) report(`${name} ≠ CDA.`);
  if (cda.confidentiality.system !== CONFIDENTIALITY) report('CDA : système de confidentialityCode inattendu.');
  const authors = authorsOf(entry, ENTRY.author);
  const persons = authors.map(({ personId }) => personId ?? '');
  if (!sameSet(persons, cda.authorIds)) report('Auteurs ≠ CDA.');
  const institutions = authors.flatMap((author) => author.institutions);
  if (!institutions.every((id) => cda.authorStructures.includes(id)))
    report('authorInstitution ≠ structure d’un auteur du CDA.');
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return new Set(a).size === new Set(b).size && a.every((value) => b.includes(value));
}
