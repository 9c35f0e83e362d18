/** The documents of the bench `pipeline`, never twice the same, for the patients of the crash harness. */
import { DEMO_EG, DEMO_IPP_DOMAIN, DEMO_SENDER } from '../../src/demo/structure.ts';
import { parseDocumentUniqueId, parseIpp } from '../../src/ins/identifiers.ts';
import { parseOid } from '../../src/ins/oids.ts';
import { buildLevelOneCda } from '../../src/wire/cda/build-level-one.ts';
import { levelOneDocument, qualifiedIdentity, valueOfResult } from '../../src/wire/cda/cda.fixture.ts';
import { buildDocumentMessage } from '../../src/wire/hl7v2/sample-messages.ts';
import type { Patient } from '../../test/crash/harness/population.ts';

/** A PDF that we stamp and wrap, or a CDA that its author made around the same PDF. */
export type DocumentKind = 'raw' | 'cda';

export interface SentDocument {
  /** MSH-10. */
  readonly controlId: string;
  readonly bytes: Buffer;
}

const AT = '20261102083000+0100';
const ROOT = '1.2.3.4.567.8.9.78';
const HOSPITAL = { id: `1${DEMO_EG}`, name: 'Hôpital des Essais' };
const TYPE = { code: '11490-0', label: 'Lettre de liaison à la sortie' };

/** The MDM that brings document `number` of the run. */
export function documentMessage(kind: DocumentKind, of: Patient, number: number, pdf: Buffer): SentDocument {
  const uniqueId = `${ROOT}.${number}`;
  const controlId = `D-${number}`;
  const { person } = of;
  const bytes = buildDocumentMessage({
    from: { application: 'ESSAI', facility: 'CH-DEMO' },
    to: { application: 'TRAITDUNION', facility: 'CH-DEMO' },
    controlId,
    sentAt: AT,
    kind: 'create',
    profile: kind === 'raw' ? 'raw' : 'cisis',
    patient: {
      ipp: of.ipp,
      domain: { namespace: 'CH-DEMO', oid: DEMO_IPP_DOMAIN },
      birthName: person.birthName,
      firstGivenName: person.birthGivenNames,
      birthGivenNames: person.birthGivenNames,
      birthDate: person.birthDate.replaceAll('-', ''),
      sex: person.sex,
      birthPlace: person.birthPlace,
      status: 'VALI',
    },
    visit: { patientClass: 'I', number: `S${of.ipp}`, unit: 'MED A', admittedAt: AT, dischargedAt: AT },
    type: TYPE,
    number: uniqueId,
    title: `Document ${number}`,
    writtenAt: AT,
    content: kind === 'raw' ? pdf : authoredCda(of, number, uniqueId, pdf),
    mime: kind === 'raw' ? ['application', 'pdf'] : ['text', 'XML'],
    sender: DEMO_SENDER,
  });
  return { controlId, bytes };
}

/** As the hospital's own software makes it, INS included. */
function authoredCda({ ipp, person }: Patient, number: number, uniqueId: string, pdf: Buffer): Buffer {
  const model = levelOneDocument();
  return buildLevelOneCda({
    ...model,
    uniqueId: valueOfResult(parseDocumentUniqueId(uniqueId)),
    setId: { root: uniqueId },
    title: `Document ${number}`,
    creationTime: AT,
    patient: qualifiedIdentity({ ...person, firstGivenName: person.birthGivenNames }),
    ipp: { value: valueOfResult(parseIpp(ipp)), domain: valueOfResult(parseOid(DEMO_IPP_DOMAIN)) },
    authors: [{ ...model.authors[0], structure: HOSPITAL, time: AT }],
    custodian: HOSPITAL,
    legalAuthenticator: { ...model.legalAuthenticator, structure: HOSPITAL, time: AT },
    act: { ...model.act, start: AT, stop: AT, structure: HOSPITAL },
    encounter: { ...model.encounter, start: AT, stop: AT },
    content: pdf,
  });
}
