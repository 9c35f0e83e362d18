/** `xds metadata`: the XDS metadata that a CDA gives. It shows the mapping; nothing is sent. */
import { basename } from 'node:path';
import { declaredIdentity } from '../../identity/index.ts';
import { formatCivilDate, parseCivilDate } from '../../ins/civil-date.ts';
import { documentRules } from '../../rules/document.ts';
import type { Refusal } from '../../rules/rule.ts';
import { levelOneContent } from '../../wire/cda/content.ts';
import { type CdaHeader, type CdaPatient, readCdaHeader } from '../../wire/cda/header.ts';
import type { QualifiedName } from '../../wire/cda/nodes.ts';
import { isInsRoot } from '../../wire/cda/oids.ts';
import { describeCda } from '../../wire/xds/describe-cda.ts';
import { type Outcome, readInput, refusalLines, refusalView, refused } from '../outcome.ts';
import { table } from '../table.ts';

export async function xdsMetadata(file: string): Promise<Outcome> {
  const bytes = await readInput(file);
  const header = readCdaHeader(bytes);
  if (!header.ok) return refused(header.refusal);
  const { metadata, obstacles } = describeCda(header.value, bytes, levelOneContent(bytes)?.bytes);
  const faults = [...obstacles, ...patientFaults(header.value)];
  return {
    // Without its patient a document has no metadata; anything else missing is shown as missing.
    code: isOfSomebody(faults) ? 0 : 1,
    lines: [
      ...table(['Métadonnée XDS', 'Valeur'], rowsOf(metadata)),
      ...faults.flatMap((fault) => ['', 'Empêche l’envoi :', ...refusalLines(fault)]),
      'Rien n’est envoyé.',
    ],
    result: {
      file: basename(file),
      ...metadata,
      ...(faults.length === 0 ? {} : { obstacles: faults.map(refusalView) }),
    },
  };
}

/** The patient as a submission would need it. */
function patientFaults(header: CdaHeader): Refusal[] {
  const patient = declaredIdentity(patientOf(header));
  const hasIns = header.patient.ids.some((id) => isInsRoot(id.root));
  return patient.ok || !hasIns ? [] : [patient.refusal];
}

function isOfSomebody(faults: readonly Refusal[]): boolean {
  return !faults.some(({ rule }) => rule === documentRules.cdaInsMissing);
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

/** One row per value; a list has a row for each of its members. */
function rowsOf(metadata: Readonly<Record<string, unknown>>): string[][] {
  return Object.entries(metadata).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((each) => [name, shown(each)]),
  );
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'object') return String(value);
  return Object.values(value)
    .map(shown)
    .filter((text) => text !== '')
    .join(' · ');
}
