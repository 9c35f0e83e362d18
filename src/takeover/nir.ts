/** A NIR of a former repository beside the identity that took its line. It is compared and forgotten (practice 5). */
import { acceptedInsOids } from '../config/lookup.ts';
import type { Config } from '../config/schema.ts';
import { matriculeAlerts, parseMatricule } from '../ins/matricule.ts';
import type { Matricule } from '../ins/types.ts';
import type { Rule } from '../rules/rule.ts';
import { takeoverRules } from '../rules/takeover.ts';
import type { Db } from '../store/db.ts';
import type { IdentityRecord } from '../store/identities.ts';
import { holdersEver } from '../store/known-ins.ts';

export interface NirComparison {
  /** It is the INS that INSi gave for this identity. */
  readonly same: boolean;
  readonly findings: readonly Rule[];
  /** Its last two characters. */
  readonly key: string;
}

export async function compareNir(db: Db, config: Config, record: IdentityRecord, text: string): Promise<NirComparison> {
  const parsed = parseMatricule(text);
  const key = text.replace(/\D/g, '').slice(-2);
  if (!parsed.ok) return { same: false, findings: [takeoverRules.nirMalformed], key };
  const nir = parsed.value;
  if (record.matricule === nir) return { same: true, findings: [], key };
  const holders = [];
  for (const oid of acceptedInsOids(config)) holders.push(...(await holdersEver(db, { matricule: nir, oid })));
  const former = holders.some(({ identityId }) => identityId === record.id);
  const elsewhere = holders.some(({ identityId }) => identityId !== record.id);
  const findings = [
    ...(former ? [takeoverRules.nirFormer] : []),
    ...(!former && record.matricule !== null ? [takeoverRules.nirDiffers] : []),
    ...(elsewhere ? [takeoverRules.nirElsewhere] : []),
    ...(matriculeAlerts(nir).includes('key-mismatch') ? [takeoverRules.nirMalformed] : []),
    ...(contradicts(nir, record) ? [takeoverRules.nirIncoherent] : []),
  ];
  return { same: false, findings, key };
}

/** Only what the number says for certain: months from 20 on are no months, and I is no sex that it could contradict. */
function contradicts(nir: Matricule, { sex, birthDate, birthDateInterpreted }: IdentityRecord): boolean {
  const [year = '', month = ''] = [birthDate.slice(2, 4), birthDate.slice(5, 7)];
  const otherSex = (nir[0] === '1' && sex === 'F') || (nir[0] === '2' && sex === 'M');
  const otherYear = nir.slice(1, 3) !== year;
  const saysMonth = Number(nir.slice(3, 5)) <= 12 && !birthDateInterpreted;
  return otherSex || otherYear || (saysMonth && nir.slice(3, 5) !== month);
}
