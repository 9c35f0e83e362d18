/** Waiting for what a journey leads to; a document that ends elsewhere fails at once, with its reason. */
import { type Demonstration, type Document, type Patient, until } from '../support/demonstration.ts';

const ENDINGS = ['accepted', 'refused', 'unreadable', 'withdrawn'];

/** The document that this message brought, once it is in this state (and for this rule, when given). */
export function documentIn(
  demonstration: Demonstration,
  controlId: string,
  state: string,
  rule?: string,
): Promise<Document> {
  return until(`document ${controlId} ${state} ${rule ?? ''}`, async () => {
    const [document] = await demonstration.documents(controlId);
    if (document === undefined) return undefined;
    if (document.state === state && (rule === undefined || document.reason?.rule === rule)) return document;
    if (ENDINGS.includes(document.state)) {
      const { rule: found, detail } = document.reason ?? {};
      throw new Error(`document ${controlId} ended ${document.state} ${found ?? ''} ${detail ?? ''}, not ${state}`);
    }
    return undefined;
  });
}

/** The patient of this IPP, once `fits`. */
export function patientWhere(
  demonstration: Demonstration,
  ipp: string,
  what: string,
  fits: (patient: Patient) => boolean,
): Promise<Patient> {
  return until(`patient ${ipp} ${what}`, async () => {
    const patient = await demonstration.patient(ipp);
    return patient !== undefined && fits(patient) ? patient : undefined;
  });
}

export function qualified(demonstration: Demonstration, ipp: string): Promise<Patient> {
  return patientWhere(demonstration, ipp, 'qualified', ({ status }) => status === 'QUAL');
}

/** What a refused message must leave as it was: identities, and what the DMP holds. */
export async function untouchable(demonstration: Demonstration): Promise<object> {
  const { rows } = await demonstration.pool.query<{ identity: string }>(
    `select concat_ws('|', id, status, birth_name, birth_given_names, sex, birth_date, birth_place, matricule, oid,
       device_checked_at, homonyme, douteuse, fictive, feed_opposition, active) as identity from identity order by id`,
  );
  return {
    identities: rows,
    held: (await demonstration.held()).map(({ uniqueId, status }) => `${uniqueId} ${status}`),
  };
}
