/** Texts of a mail of MSSanté: its subject, the names of its files, its words. Source: cda-cisis.md 6. */
import { formatCivilDate } from '../../ins/civil-date.ts';
import type { StrictTraits } from '../../ins/types.ts';

/** Without accents nor ligatures; what is left outside ASCII becomes a hyphen. */
export function asciiText(text: string): string {
  return text
    .replace(/œ/g, 'oe')
    .replace(/Œ/g, 'OE')
    .replace(/æ/g, 'ae')
    .replace(/Æ/g, 'AE')
    .replace(/[’‘]/g, "'")
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\x20-\x7e]/g, '-');
}

/** Characters of the label of a document in a subject. */
const LABEL_LENGTH = 40;

/** As much of it as a subject holds. */
export function subjectLabel(label: string): string {
  return label.slice(0, LABEL_LENGTH).trim().replace(/\s+/g, ' ');
}

/** `<label> <NOM> <prénom> <JJ/MM/AAAA>`: on one line, without accents, never a number. */
export function subjectOf(label: string, traits: StrictTraits): string {
  const [year, month, day] = formatCivilDate(traits.birthDate, 'AAAA-MM-JJ').split('-');
  const name = asciiText(traits.birthName).toUpperCase();
  const words = [subjectLabel(label), name, asciiText(traits.firstGivenName), `${day}/${month}/${year}`];
  return words.join(' ').replace(/\s+/g, ' ');
}

/** Subject of a mail that carries an XDM package. */
export function xdmSubject(label: string, traits: StrictTraits): string {
  return `XDM/1.0/DDM+${subjectOf(label, traits)}`;
}

/** `<date acte>_<type>_<NOM>_<prenom>[_<dossier>].pdf`, of letters, digits and hyphens. */
export function copyName(parts: {
  readonly serviceDate: string;
  readonly label: string;
  readonly traits: StrictTraits;
  readonly visitNumber?: string | undefined;
}): string {
  const { serviceDate, label, traits, visitNumber } = parts;
  const words = [
    serviceDate.slice(0, 8),
    label.slice(0, LABEL_LENGTH),
    traits.birthName,
    traits.firstGivenName,
    visitNumber,
  ];
  const safe = words.flatMap((word) => (word === undefined || word === '' ? [] : [fileWord(word)]));
  return `${safe.join('_')}.pdf`;
}

function fileWord(text: string): string {
  return asciiText(text)
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
}
