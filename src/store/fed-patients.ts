/** The patient of a document as the gate needs them: identity, and whether a person suspended the sending, in one reading. */
import { type Db, maybe } from './db.ts';
import type { DocumentRecord } from './documents.ts';
import { IDENTITY_COLUMNS, type IdentityRecord } from './identities.ts';

export interface FedPatient extends IdentityRecord {
  /** The latest end of the suspensions that concern this document; null where none does. */
  readonly suspendedUntil: Date | null;
}

/** What a suspension is compared with. */
export type Suspendable = Pick<DocumentRecord, 'id' | 'eg' | 'notice'>;

/** Nearly always over no row at all: suspensions are few and short, and an index holds only those that are open. */
const SUSPENDED = `(select max(s.until) from feed_suspension s where s.ended_at is null and (
    (s.scope = 'document' and s.subject = $1) or (s.scope = 'patient' and s.subject = identity.id::text and (s.eg is null or s.eg = $2))
    or (s.scope = 'stay' and s.eg = $2 and s.subject = $3) or (s.scope = 'service' and s.eg = $2 and s.subject = $4)))`;
const SELECT = `select ${IDENTITY_COLUMNS}, ${SUSPENDED} as "suspendedUntil" from identity`;

function suspendable({ id, eg, notice }: Suspendable): unknown[] {
  return [id, eg, notice.visitNumber ?? null, notice.unit ?? notice.local?.unit?.code ?? null];
}

export async function fedPatientById(db: Db, document: Suspendable, id: string): Promise<FedPatient | undefined> {
  return maybe<FedPatient>(db, `${SELECT} where identity.id = $5`, [...suspendable(document), id]);
}

export async function fedPatientByIdentifier(
  db: Db,
  document: Suspendable,
  { domain, value }: { readonly domain: string; readonly value: string },
): Promise<FedPatient | undefined> {
  return maybe<FedPatient>(
    db,
    `${SELECT} join identity_identifier i on i.identity_id = identity.id where i.domain = $5 and i.value = $6`,
    [...suspendable(document), domain, value],
  );
}

export async function fedPatientByIns(
  db: Db,
  document: Suspendable,
  { matricule, oid }: { readonly matricule: string; readonly oid: string },
): Promise<FedPatient | undefined> {
  return maybe<FedPatient>(db, `${SELECT} where identity.matricule = $5 and identity.oid = $6 and identity.active`, [
    ...suspendable(document),
    matricule,
    oid,
  ]);
}
