/** Texts of the DMP are shown verbatim, but may quote the patient identifier that we sent: a matricule never shows. */

/** 13 or 15 characters shaped like a NIR or NIA (Corsican letter included), not part of a longer number. */
const MATRICULE = /(?<!\d)\d{5}\d[\dAB]\d{6}(?:\d{2})?(?!\d)/gi;
const MAX_LENGTH = 2000;

/** The text without anything shaped like a matricule, cut at 2 000 characters. */
export function withoutMatricule(text: string): string {
  return text.slice(0, MAX_LENGTH).replace(MATRICULE, '[matricule]');
}
