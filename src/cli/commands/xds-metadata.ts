/** `xds metadata`: the XDS metadata that a CDA gives. It shows the mapping; nothing is sent. */
import { declaredIdentity } from '../../identity/index.ts';
import { formatCivilDate, parseCivilDate } from '../../ins/civil-date.ts';
import { formatMatricule } from '../../ins/matricule.ts';
import { documentRules } from '../../rules/document.ts';
import { type CdaHeader, type CdaPatient, readCdaHeader } from '../../wire/cda/header.ts';
import type { QualifiedName } from '../../wire/cda/nodes.ts';
import { isInsRoot } from '../../wire/cda/oids.ts';
import { documentEntryFromCda } from '../../wire/xds/from-cda.ts';
import type { Author, Code, DocumentEntry, Person } from '../../wire/xds/metadata.ts';
import { type Outcome, readInput, refused } from '../outcome.ts';
import { table } from '../table.ts';

export async function xdsMetadata(file: string): Promise<Outcome> {
  const header = readCdaHeader(await readInput(file));
  if (!header.ok) return refused(header.refusal);
  const patient = declaredIdentity(patientOf(header.value));
  if (!patient.ok) {
    const hasIns = header.value.patient.ids.some((id) => isInsRoot(id.root));
    return refused(hasIns ? patient.refusal : { rule: documentRules.cdaInsMissing });
  }
  const entry = documentEntryFromCda(header.value, patient.value, []);
  if (!entry.ok) return refused(entry.refusal);
  return {
    code: 0,
    lines: [...table(['Métadonnée XDS', 'Valeur'], rowsOf(entry.value)), 'Rien n’est envoyé.'],
    result: { documentEntry: entry.value },
  };
}

/** The patient of the CDA as its own word: the command takes the document as its author declares it. */
function patientOf({ patient }: CdaHeader): object {
  const ins = patient.ids.find((id) => isInsRoot(id.root));
  return {
    status: 'QUAL',
    matricule: ins?.extension,
    oid: ins?.root,
    birthName: birthName(patient.families),
    ...givenNames(patient),
    sex: patient.gender?.code,
    birthDate: isoDate(patient.birthTime),
    birthPlace: patient.birthPlace,
  };
}

function birthName(names: readonly QualifiedName[]): string | undefined {
  return names.find((name) => name.qualifier === 'BR')?.value;
}

/** The names without qualifier are the list; an older document has only the first given name. */
function givenNames({ givens }: CdaPatient): {
  firstGivenName: string | undefined;
  birthGivenNames: string | undefined;
} {
  const list = givens.flatMap((name) => (name.qualifier === undefined ? name.value : [])).join(' ');
  const first = birthName(givens) ?? list.split(' ')[0];
  return { firstGivenName: first, birthGivenNames: list === '' ? first : list };
}

function isoDate(birthTime: string | undefined): string | undefined {
  const date = parseCivilDate(birthTime ?? '', 'AAAAMMJJ');
  return date.ok ? formatCivilDate(date.value, 'AAAA-MM-JJ') : birthTime;
}

function rowsOf(entry: DocumentEntry): string[][] {
  const { ins } = entry.patient;
  return [
    ['uniqueId', entry.uniqueId],
    ['patientId', `${formatMatricule(ins.matricule)} (${ins.oid})`],
    [
      'sourcePatientId',
      entry.sourcePatientId === undefined ? '' : `${entry.sourcePatientId.value} (${entry.sourcePatientId.domain})`,
    ],
    ['mimeType', entry.mimeType],
    ['languageCode', entry.languageCode],
    ['title', entry.title],
    ['creationTime (UTC)', entry.creationTime],
    ['serviceStartTime (UTC)', entry.serviceStartTime],
    ['serviceStopTime (UTC)', entry.serviceStopTime ?? ''],
    ...entry.authors.map((author) => ['author', authorText(author)]),
    ['legalAuthenticator', personText(entry.legalAuthenticator)],
    ['classCode', codeText(entry.classCode)],
    ['typeCode', codeText(entry.typeCode)],
    ['formatCode', codeText(entry.formatCode)],
    ['confidentialityCode', entry.confidentialityCodes.map(codeText).join(' ; ')],
    ['healthcareFacilityTypeCode', codeText(entry.healthcareFacilityTypeCode)],
    ['practiceSettingCode', codeText(entry.practiceSettingCode)],
    ...entry.eventCodes.map((code) => ['eventCode', codeText(code)]),
    ...entry.referenceIds.map((id) => ['referenceId', id]),
  ];
}

function codeText({ code, label, system }: Code): string {
  return `${code} ${label} (${system})`;
}

function personText({ id, family, given }: Person): string {
  return `${family} ${given} (${id})`;
}

function authorText({ person, institution, role, specialty }: Author): string {
  const parts = [institution?.name, role, specialty?.label].filter((text) => text !== undefined && text !== '');
  return [personText(person), ...parts].join(', ');
}
