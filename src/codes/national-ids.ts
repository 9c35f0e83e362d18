/**
 * National identifiers of professionals (PS_IdNat) and structures (Struct_IdNat): one prefix digit, then the number.
 * Sources: dmp.md 3.4, cda-cisis.md 3.
 */

/** Authority of a PS_IdNat. */
export const PERSON_ID_SYSTEM = '1.2.250.1.71.4.2.1';
/** Authority of a Struct_IdNat. */
export const STRUCTURE_ID_SYSTEM = '1.2.250.1.71.4.2.2';

/** PS_IdNat of a professional of the RPPS (`8`, then 11 digits); undefined when the RPPS number has another shape. */
export function personIdOfRpps(rpps: string): string | undefined {
  return /^\d{11}$/.test(rpps) ? `8${rpps}` : undefined;
}

/** Struct_IdNat of a FINESS (`1`, then 9 characters), legal or geographic; undefined for another shape. */
export function structureIdOfFiness(finess: string): string | undefined {
  return /^\d[\dA-Z]\d{7}$/.test(finess) ? `1${finess}` : undefined;
}

/** FINESS of a Struct_IdNat; undefined for a SIREN, SIRET or ADELI identifier. */
export function finessOfStructureId(structureId: string): string | undefined {
  return /^1(?<finess>\d[\dA-Z]\d{7})$/.exec(structureId)?.groups?.finess;
}
