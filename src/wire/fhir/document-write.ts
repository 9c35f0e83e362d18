/** Writes a document of ours as a DocumentReference (ITI-67, PDSm 3.1): what is known here, not what the DMP holds. */
import type { DocumentReference, Practitioner } from 'fhir/r4.js';
import { documentType } from '../../codes/document-types.ts';
import { PERSON_ID_SYSTEM } from '../../codes/national-ids.ts';

export interface DescribedDocument {
  readonly id: string;
  readonly uniqueId: string;
  /** MSH-10 of its message, or the identifier that its publisher gave it. */
  readonly controlId: string;
  readonly typeCode: string;
  readonly title: string;
  readonly mimeType: string;
  /** Our state, as the REST API says it. */
  readonly state: string;
  readonly patientId: string | null;
  readonly receivedAt: Date;
  readonly updatedAt: Date;
  readonly author: { readonly id: string; readonly family: string; readonly given: string } | undefined;
  /** Codes of TRE_A13 beside N. */
  readonly visibility: readonly string[];
  /** Our identifier of the version that it replaces. */
  readonly replaces: string | null;
}

const LOINC = '2.16.840.1.113883.6.1';
const CONFIDENTIALITY = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
const VISIBILITY = 'urn:oid:1.2.250.1.213.1.1.4.13';
/** How its sender names it. */
const SENDER = 'urn:traitdunion:sender';
const STATE = 'urn:traitdunion:state';

export function writeDocumentReference(document: DescribedDocument, base: string): DocumentReference {
  const type = documentType(document.typeCode);
  const ofClass = type?.documentClass;
  const { author } = document;
  return {
    resourceType: 'DocumentReference',
    id: document.id,
    meta: {
      lastUpdated: document.updatedAt.toISOString(),
      tag: [{ system: STATE, code: document.state }],
    },
    ...(author === undefined ? {} : { contained: [practitioner(author)] }),
    masterIdentifier: { system: 'urn:ietf:rfc:3986', value: `urn:oid:${document.uniqueId}` },
    identifier: [{ system: SENDER, value: document.controlId }],
    status: statusOf(document.state),
    type: {
      coding: [
        {
          system: type === undefined || type.system === LOINC ? 'http://loinc.org' : `urn:oid:${type.system}`,
          code: document.typeCode,
          ...(type === undefined ? {} : { display: type.label }),
        },
      ],
    },
    ...(ofClass === undefined
      ? {}
      : {
          category: [{ coding: [{ system: `urn:oid:${ofClass.system}`, code: ofClass.code, display: ofClass.label }] }],
        }),
    ...(document.patientId === null ? {} : { subject: { reference: `Patient/${document.patientId}` } }),
    date: document.receivedAt.toISOString(),
    ...(author === undefined ? {} : { author: [{ reference: '#auteur' }] }),
    ...(document.replaces === null
      ? {}
      : { relatesTo: [{ code: 'replaces', target: { reference: `DocumentReference/${document.replaces}` } }] }),
    securityLabel: [
      { coding: [{ system: CONFIDENTIALITY, code: 'N' }] },
      ...document.visibility.map((code) => ({ coding: [{ system: VISIBILITY, code }] })),
    ],
    content: [
      {
        attachment: {
          contentType: document.mimeType,
          language: 'fr-FR',
          url: `${base}/Binary/${document.id}`,
          title: document.title,
        },
      },
    ],
  };
}

function practitioner({ id, family, given }: NonNullable<DescribedDocument['author']>): Practitioner {
  return {
    resourceType: 'Practitioner',
    id: 'auteur',
    identifier: [{ system: `urn:oid:${PERSON_ID_SYSTEM}`, value: id }],
    name: [{ family, given: [given] }],
  };
}

/** FHIR knows three: our own state is a tag beside. */
export function statusOf(state: string): 'current' | 'superseded' | 'entered-in-error' {
  if (state === 'replaced') return 'superseded';
  return state === 'deleted' || state === 'withdrawn' ? 'entered-in-error' : 'current';
}
