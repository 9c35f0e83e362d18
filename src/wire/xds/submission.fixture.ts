/** A synthetic submission: PAT-TROIS DOMINIQUE, the published test patient (spec ins.md 8). */
import assert from 'node:assert/strict';
import { parseCivilDate } from '../../ins/civil-date.ts';
import { parseCogCode } from '../../ins/cog.ts';
import { parseDocumentUniqueId } from '../../ins/identifiers.ts';
import { parseMatricule } from '../../ins/matricule.ts';
import { parseOid } from '../../ins/oids.ts';
import { qualify } from '../../ins/qualify.ts';
import { freezeSentIdentity } from '../../ins/sent-identity.ts';
import type { QualifiedIdentity, SentIdentity } from '../../ins/types.ts';
import type { Result } from '../../rules/rule.ts';
import type { Acting } from '../vihf/acting.ts';
import type { Lps } from '../vihf/vihf.ts';
import type { DocumentEntry } from './metadata.ts';
import type { Submission } from './submission.ts';

export const MATRICULE = '279035121518989';

function must<T>(result: Result<T>): T {
  assert.ok(result.ok);
  return result.value;
}

export function qualifiedPatient(matricule = MATRICULE): QualifiedIdentity {
  return must(
    qualify({
      status: 'QUAL',
      attributes: [],
      ins: { matricule: must(parseMatricule(matricule)), oid: must(parseOid('1.2.250.1.213.1.4.10')) },
      traits: {
        birthName: 'PAT-TROIS',
        firstGivenName: 'DOMINIQUE',
        birthGivenNames: 'DOMINIQUE MARIE-LOUISE',
        sex: 'F',
        birthDate: must(parseCivilDate('1979-03-28')),
        birthPlace: must(parseCogCode('51215')),
      },
    }),
  );
}

export function sentPatient(): SentIdentity {
  return freezeSentIdentity(qualifiedPatient());
}

export const acting: Acting = {
  structure: { id: '1120459876', name: 'Laboratoire des charmes' },
  sector: 'SA01',
  responsible: { id: '801234534765', name: 'CAMPARINI Marcel' },
};

export const lps: Lps = {
  name: "Trait d'Union",
  version: '0.1.0',
  homologation: 'NumAutorisation',
  instanceId: '01.01',
  oid: '1.2.250.1.999.1.1',
};

const camparini = {
  id: '801234534765',
  authority: '1.2.250.1.71.4.2.1',
  family: 'CAMPARINI',
  given: 'Marcel',
  kind: 'D',
  idType: 'IDNPS',
} as const;
const specialty = { code: 'G15_10/SM03', label: 'Médecin - Biologie médicale (SM)', system: '1.2.250.1.213.1.1.4.5' };

/** Same metadata as conformance/xds/fr-derived/submit-objects.DOC_NON_STRUCTURE_CDA-R2-N1.xml. */
export const entry: DocumentEntry = {
  uniqueId: must(parseDocumentUniqueId('1.3.6.1.4.1.19376.1.2.20.12345.1.1')),
  patient: qualifiedPatient(),
  sourcePatientId: { value: '1234567890121', domain: '1.2.3.4.567.8.9.10' },
  mimeType: 'text/xml',
  languageCode: 'fr-FR',
  title: "Compte rendu d'examens biologiques",
  creationTime: '20210401124745',
  serviceStartTime: '20210104124700',
  serviceStopTime: '20210104125500',
  authors: [{ person: camparini, institution: acting.structure, specialty }],
  legalAuthenticator: { ...camparini, id: '807505123456', family: 'Camparini' },
  classCode: { code: '10', system: '1.2.250.1.213.1.1.4.1', label: 'Compte rendu' },
  typeCode: { code: '11502-2', system: '2.16.840.1.113883.6.1', label: "CR d'examens biologiques" },
  formatCode: {
    code: 'urn:ihe:iti:xds-sd:pdf:2008',
    system: '1.3.6.1.4.1.19376.1.2.3',
    label: 'urn:ihe:iti:xds-sd:pdf:2008',
  },
  confidentialityCodes: [{ code: 'N', system: '2.16.840.1.113883.5.25', label: 'Normal' }],
  healthcareFacilityTypeCode: { code: 'SA07', system: '1.2.250.1.71.4.2.4', label: 'Cabinet individuel' },
  practiceSettingCode: { code: 'AMBULATOIRE', system: '1.2.250.1.213.1.1.4.9', label: 'Ambulatoire' },
  eventCodes: [{ code: '18723-7', system: '2.16.840.1.113883.6.1', label: 'Hématologie' }],
  referenceIds: [],
};

export const CDA = Buffer.from(
  '<?xml version="1.0" encoding="UTF-8"?>\n<?xml-stylesheet type="text/xsl" href="cda.xsl"?>\n' +
    '<ClinicalDocument xmlns="urn:hl7-org:v3"><!-- à garder --><title>Été &amp; hiver</title></ClinicalDocument>\n',
);

export const submission: Submission = {
  uniqueId: must(parseOid('1.2.250.1.999.1.1.1.42.1')),
  signatureUniqueId: must(parseDocumentUniqueId('1.2.250.1.999.1.1.1.42.2')),
  contentTypeCode: {
    code: '03',
    system: '1.2.250.1.213.2.2',
    label: 'Hospitalisation complète (non compris hospitalisation de semaine)',
  },
  author: { person: camparini, specialty },
  submissionTime: '20261123000000',
  title: "Compte rendu d'examens biologiques",
  documents: [{ entry, bytes: CDA }],
};
