/** rechercherInsAvecCarteVitale (WS_INS1): what was read on the card, in the body and in COUVERTURE. Source: ins.md 4.3, 4.4. */
import type { CardReading, CertifiedNir } from './card-reading.ts';
import { ACTION_PREFIX, type InsiOperation, leaf } from './envelope.ts';

/**
 * The own number of the beneficiary where the card holds one, else that of the insured person with the birth date and the
 * birth rank that tell the beneficiaries of one card apart. No Vitale assertion: what it is made of is not published
 * (ins.md 9.2).
 */
export function cardOperation(card: CardReading): InsiOperation {
  const { insured, beneficiary } = card;
  return {
    action: `${ACTION_PREFIX}rechercherInsAvecCarteVitale`,
    coverage: coverageOf(card),
    body: `<r:RECVITALE xmlns:r="http://www.cnamts.fr/INSiRecVit">${[
      beneficiary === undefined ? '' : matricule('r:MatriculeIndividu', beneficiary),
      matricule('r:MatriculeOD', insured),
      leaf('r:NomNaissance', card.birthName),
      leaf('r:DateNaissance', card.birthDate),
      leaf('r:RangNaissance', String(card.birthRank)),
    ].join('')}</r:RECVITALE>`,
  };
}

function matricule(name: string, { number, key }: CertifiedNir): string {
  return `<${name}>${leaf('r:NumIdentifiant', number)}${leaf('r:Cle', key)}</${name}>`;
}

function coverageOf({ regime, fund, centre, insured, beneficiary, birthDate, birthRank, bearer }: CardReading): string {
  const own =
    beneficiary === undefined
      ? ''
      : `<bam:Nir>${leaf('bam:Num', beneficiary.number)}${leaf('bam:Cle', beneficiary.key)}${leaf('bam:DateCertification', beneficiary.certifiedOn)}</bam:Nir>`;
  return [
    leaf('bam:GrandRegime', regime),
    leaf('bam:Organisme', fund),
    leaf('bam:CodeCentre', centre),
    `<bam:ASSURE><bam:Id>${leaf('bam:Num', insured.number)}${leaf('bam:Cle', insured.key)}</bam:Id></bam:ASSURE>`,
    `<bam:BENEFICIAIRE>${own}${leaf('bam:DateNai', birthDate)}${leaf('bam:Rang', String(birthRank))}${leaf('bam:Porteur', bearer)}</bam:BENEFICIAIRE>`,
  ].join('');
}
