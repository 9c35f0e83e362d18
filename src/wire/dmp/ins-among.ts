/** The INS among the identifiers that the DMP gives of a patient: some answers carry the obsolete INS-C too (dmp.md 1.3). */
import { parseMatricule } from '../../ins/matricule.ts';
import { insNature, parseOid } from '../../ins/oids.ts';
import type { Ins } from '../../ins/types.ts';

export function insAmong(ids: readonly { readonly value: string; readonly oid: string }[]): Ins | undefined {
  for (const id of ids) {
    const [matricule, oid] = [parseMatricule(id.value), parseOid(id.oid)];
    if (matricule.ok && oid.ok && insNature(oid.value) !== undefined)
      return { matricule: matricule.value, oid: oid.value };
  }
  return undefined;
}
