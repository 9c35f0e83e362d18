/**
 * The INS under which a document went out, frozen at delivery. Qualification may be lost afterwards; the recall still
 * has to name what was sent (TD3.1b, TD3.3c).
 */
import { ok, type Result } from '../rules/rule.ts';
import { parseMatricule } from './matricule.ts';
import { parseOid } from './oids.ts';
import type { QualifiedIdentity, SentIdentity } from './types.ts';

/** Called once, when the document is delivered. */
export function freezeSentIdentity(identity: QualifiedIdentity): SentIdentity {
  return { ins: { ...identity.ins } } as SentIdentity;
}

/** Reads back what `freezeSentIdentity` recorded with the delivery; refused when the record is damaged. */
export function sentIdentityFromRecord(record: { matricule: string; oid: string }): Result<SentIdentity> {
  const matricule = parseMatricule(record.matricule);
  if (!matricule.ok) return matricule;
  const oid = parseOid(record.oid);
  if (!oid.ok) return oid;
  return ok({ ins: { matricule: matricule.value, oid: oid.value } } as SentIdentity);
}
