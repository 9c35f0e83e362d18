import { formatCivilDate } from '../../ins/civil-date.ts';
import { formatMatricule } from '../../ins/matricule.ts';
import { insNature } from '../../ins/oids.ts';
import type { Ins, QualifiedIdentity, StrictTraits } from '../../ins/types.ts';
import { pdfRules } from '../../rules/pdf.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';

/**
 * What is printed on the first page. Only a qualified identity brings a matricule and a DataMatrix (EXI SI 08); the
 * payload is the one that `src/ins` makes of it.
 */
export type Banner =
  | { readonly kind: 'qualified'; readonly identity: QualifiedIdentity; readonly payload: string }
  | {
      readonly kind: 'traits';
      readonly traits: StrictTraits;
      readonly usedName?: string;
      readonly usedGivenName?: string;
    };

/** A label, its punctuation included, and the value printed after it. */
export interface BannerField {
  readonly label: string;
  readonly value: string;
}

export type BannerLine = readonly BannerField[];

/** Lines of the first page, in the order of ins.md 6.3. The RNIV status is never printed. */
export function bannerLines(banner: Banner): Result<readonly BannerLine[]> {
  const { traits, usedName, usedGivenName } = banner.kind === 'qualified' ? banner.identity : banner;
  const lines: BannerLine[] = [
    [{ label: 'Nom de naissance : ', value: traits.birthName }],
    givenNames(traits),
    [
      ...differing('Nom utilisé : ', usedName, traits.birthName),
      ...differing('Prénom utilisé : ', usedGivenName, traits.firstGivenName),
    ],
    civilStatus(traits),
  ];
  const written = lines.filter((line) => line.length > 0);
  if (banner.kind === 'traits') return ok(written);
  const matricule = matriculeField(banner.identity.ins);
  return matricule === undefined
    ? refuse(pdfRules.bannerNotPrintable, { detail: 'nature du matricule inconnue' })
    : ok([...written, [matricule]]);
}

/** The line of the other pages: traits only (EXI DIF 02). */
export function traitsLine(banner: Banner): BannerLine {
  const traits = banner.kind === 'qualified' ? banner.identity.traits : banner.traits;
  const { birthGivenNames, firstGivenName } = traits;
  return [
    { label: 'Nom de naissance : ', value: traits.birthName },
    { label: 'Prénom(s) de naissance : ', value: birthGivenNames ?? firstGivenName },
    ...civilStatus(traits),
  ];
}

function givenNames({ birthGivenNames, firstGivenName }: StrictTraits): BannerLine {
  const first = { label: 'Premier prénom : ', value: firstGivenName };
  return birthGivenNames === undefined
    ? [first]
    : [{ label: 'Prénom(s) de naissance : ', value: birthGivenNames }, first];
}

function differing(label: string, used: string | undefined, born: string): BannerLine {
  return used === undefined || used === '' || used === born ? [] : [{ label, value: used }];
}

function civilStatus({ birthDate, sex, birthPlace }: StrictTraits): BannerLine {
  const line = [
    { label: 'Né(e) le ', value: formatCivilDate(birthDate, 'JJ/MM/AAAA') },
    { label: 'Sexe : ', value: sex },
  ];
  return birthPlace === undefined ? line : [...line, { label: 'Lieu de naissance (code) : ', value: birthPlace }];
}

function matriculeField({ matricule, oid }: Ins): BannerField | undefined {
  const nature = insNature(oid);
  return nature === undefined ? undefined : { label: `Matricule INS (${nature}) `, value: formatMatricule(matricule) };
}
