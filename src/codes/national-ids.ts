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

/** PS_IdNat of a number written as an RPPS number or as the identifier made of it; undefined for another shape. */
function rppsPersonId(id: string): string | undefined {
  return /^8\d{11}$/.test(id) ? id : personIdOfRpps(id);
}

/** Whether a PS_IdNat of the RPPS holds its key: the 11th digit of the number is that of Luhn. */
export function hasRppsKey(personId: string): boolean {
  const number = /^8(?<rpps>\d{11})$/.exec(personId)?.groups?.rpps;
  if (number === undefined) return false;
  const sum = [...number].reverse().reduce((total, char, index) => {
    const digit = Number(char) * (index % 2 === 0 ? 1 : 2);
    return total + (digit > 9 ? digit - 9 : digit);
  }, 0);
  return sum % 10 === 0;
}

/**
 * PS_IdNat that a sender gives for a professional; undefined for a number of its own. `declared`: it says that the number
 * is national (XCN-9, XCN-13); without its word only an RPPS number with a right key is taken for one.
 */
export function nationalPersonId(id: string, declared: boolean): string | undefined {
  const ofRpps = rppsPersonId(id);
  if (ofRpps !== undefined) return declared || hasRppsKey(ofRpps) ? ofRpps : undefined;
  return declared && /^[013-6][\dA-Z]{6,20}(?:\/[\dA-Z]{1,20})?$/i.test(id) ? id : undefined;
}

/** Struct_IdNat of a FINESS (`1`, then 9 characters), legal or geographic; undefined for another shape. */
export function structureIdOfFiness(finess: string): string | undefined {
  return /^\d[\dA-Z]\d{7}$/.test(finess) ? `1${finess}` : undefined;
}

/** FINESS of a Struct_IdNat; undefined for a SIREN, SIRET or ADELI identifier. */
export function finessOfStructureId(structureId: string): string | undefined {
  return /^1(?<finess>\d[\dA-Z]\d{7})$/.exec(structureId)?.groups?.finess;
}
