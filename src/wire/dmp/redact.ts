/** Texts of the DMP are shown verbatim, but may quote the patient identifier that we sent: a matricule never shows. */
import { withoutMatricule } from '../../ins/redact.ts';

const MAX_LENGTH = 2000;

/** The text without anything shaped like a matricule, cut at 2 000 characters. */
export function shownText(text: string): string {
  return withoutMatricule(text).slice(0, MAX_LENGTH);
}
