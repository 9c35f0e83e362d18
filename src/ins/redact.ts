/** What must never show a matricule (log lines, texts of others, audit reasons) goes through here. */

/** 13 or 15 characters shaped like a NIR or NIA (Corsican letter included), not part of a longer number. */
const MATRICULE = /(?<!\d)\d{5}\d[\dAB]\d{6}(?:\d{2})?(?!\d)/gi;

/** The text without anything shaped like a matricule. */
export function withoutMatricule(text: string): string {
  return text.replace(MATRICULE, '[matricule]');
}
