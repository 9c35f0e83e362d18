/** What a sender declares of a document, brought to one shape whatever the door. */
import { personIdOfRpps } from '../codes/national-ids.ts';
import type { Source } from '../config/schema.ts';
import { feedRules } from '../rules/feed.ts';
import type { Refusal } from '../rules/rule.ts';
import type { DocumentDeclaration } from '../store/documents.ts';
import type { DocumentNotice } from '../wire/hl7v2/document-notice.ts';
import type { NamedPerson } from '../wire/hl7v2/participation.ts';
import { hl7Timestamp } from '../wire/hl7v2/timestamp.ts';
import { hl7Time } from './times.ts';

export function declarationOf(notice: DocumentNotice, source: Source, receivedAt: Date): DocumentDeclaration {
  const { patient, visit, document, flags, sender, header } = notice;
  const createdAt =
    hl7Time(document?.originatedAt) ??
    hl7Time(document?.activityAt) ??
    hl7Time(header.sentAt) ??
    hl7Timestamp(receivedAt);
  const author = authorOf(document?.author ?? sender?.person, source);
  const serviceStop = hl7Time(visit?.dischargedAt);
  return {
    patient: {
      birthName: patient.birthName ?? '',
      firstGivenName: patient.firstGivenName ?? '',
      sex: patient.sex ?? '',
      birthDate: patient.birthDate ?? '',
      ...(patient.ins === undefined ? {} : { matricule: patient.ins.matricule, oid: patient.ins.oid }),
    },
    ...(author === undefined ? {} : { author }),
    createdAt,
    serviceStart: hl7Time(document?.activityAt) ?? hl7Time(visit?.admittedAt) ?? createdAt,
    ...(serviceStop === undefined ? {} : { serviceStop }),
    ...(visit?.patientClass === undefined ? {} : { patientClass: visit.patientClass }),
    ...(visit?.number === undefined ? {} : { visitNumber: visit.number.value }),
    ...(sender?.organisation?.id === undefined ? {} : { declaredEg: sender.organisation.id }),
    visibility: {
      maskedFromProfessionals: flags.MASQUE_PS ?? false,
      invisibleToPatient: flags.INVISIBLE_PATIENT ?? false,
      invisibleToRepresentatives: flags.INVISIBLE_REP_LEGAUX ?? false,
    },
    toDmp: flags.DESTDMP ?? true,
  };
}

/** The person named by the message, else the one that the site declared for this application (practice 14). */
function authorOf(person: NamedPerson | undefined, source: Source): DocumentDeclaration['author'] {
  const fallback = source.defaultAuthor;
  if (person?.id === undefined || person.family === undefined) return fallback;
  return {
    id: personIdOfRpps(person.id) ?? person.id,
    family: person.family,
    given: person.given ?? '',
    ...(fallback === undefined ? {} : { specialty: fallback.specialty, specialtyLabel: fallback.specialtyLabel }),
  };
}

/** Choices of visibility that no automated feed may send (practice 10). */
export function visibilityFault(declaration: DocumentDeclaration): Refusal | undefined {
  const { maskedFromProfessionals, invisibleToPatient, invisibleToRepresentatives } = declaration.visibility;
  if (maskedFromProfessionals && invisibleToPatient) return { rule: feedRules.masksCombined };
  if (invisibleToRepresentatives) return { rule: feedRules.secretConnectionNeeded };
  return undefined;
}
