/**
 * When the identity document, INSi and our identity disagree: which side is to be corrected, and by whom. The routes are
 * practice.md 6: only the patient can have a register or a document corrected. Which side is wrong is said by the
 * birth certificate; without it, by the two sources that agree against the third, which a person confirms.
 */

import { parseCogCode, UNKNOWN_PLACE } from './cog.ts';
import { type ComparedTrait, compareTraits, type PlacesMerged } from './coherence.ts';
import type { InsiTraits } from './insi-traits.ts';
import type { StrictTraits } from './types.ts';

/** `identity`: our record. `sender`: an application of the hospital. `registry`: what INSi reads. */
export const CORRECTION_SIDES = ['identity', 'sender', 'document', 'registry'] as const;
export type CorrectionSide = (typeof CORRECTION_SIDES)[number];

/** Who corrects. `issuer`: the authority that made a document which is not a French one of civil status or of stay. */
export const CORRECTION_ADDRESSEES = [
  'identity-cell',
  'application',
  'civil-status',
  'prefecture',
  'issuer',
  'insee',
  'cpam',
] as const;
export type CorrectionAddressee = (typeof CORRECTION_ADDRESSEES)[number];

/** Who may be asked for each side. */
export const ADDRESSEES_OF: Readonly<Record<CorrectionSide, readonly CorrectionAddressee[]>> = {
  identity: ['identity-cell'],
  sender: ['application'],
  document: ['civil-status', 'prefecture', 'issuer'],
  registry: ['insee', 'cpam'],
};

/** Each side is whole: what nobody read differently is as in our identity. */
export interface Sides {
  readonly identity: StrictTraits;
  /** The device that was shown. */
  readonly document?: StrictTraits;
  readonly insi?: InsiTraits;
  /** The certificate of birth (or its extract), which settles. */
  readonly certificate?: StrictTraits;
  /** An application of the hospital; never weighed against the others. */
  readonly sender?: StrictTraits;
}

export interface CorrectionProposal {
  /** Empty: nothing to correct, or nothing can be said. */
  readonly sides: readonly CorrectionSide[];
  /** `certain`: the certificate says so. `likely`: two against one. `open`: they all differ, or one is missing. */
  readonly ground: 'certain' | 'likely' | 'open' | 'agreed';
  /** One French sentence. */
  readonly explanation: string;
}

export function proposeCorrection(sides: Sides, placesMerged?: PlacesMerged): CorrectionProposal {
  const agree = (one: StrictTraits, other: InsiTraits) =>
    compareTraits(one, other, placesMerged).overall === 'coherent';
  return sides.certificate === undefined ? byMajority(sides, agree) : byCertificate(sides, sides.certificate, agree);
}

type Agree = (one: StrictTraits, other: InsiTraits) => boolean;

function byCertificate(
  { identity, document, insi }: Sides,
  certificate: StrictTraits,
  agree: Agree,
): CorrectionProposal {
  const wrong: CorrectionSide[] = [
    ...(agree(identity, asReturned(certificate)) ? [] : ['identity' as const]),
    ...(document === undefined || agree(document, asReturned(certificate)) ? [] : ['document' as const]),
    ...(insi === undefined || agree(certificate, insi) ? [] : ['registry' as const]),
  ];
  return wrong.length === 0
    ? { sides: [], ground: 'agreed', explanation: "Tout s'accorde avec l'acte de naissance : rien n'est à corriger." }
    : {
        sides: wrong,
        ground: 'certain',
        explanation: "L'acte de naissance fait foi : ce qui s'en écarte est à corriger.",
      };
}

function byMajority({ identity, document, insi }: Sides, agree: Agree): CorrectionProposal {
  if (document === undefined)
    return {
      sides: [],
      ground: 'open',
      explanation:
        "Relire d'abord un dispositif d'identité à haut niveau de confiance : sans lui rien ne peut être dit.",
    };
  const asIdentity = agree(identity, asReturned(document));
  const withInsi = insi !== undefined && agree(document, insi);
  if (insi === undefined)
    return asIdentity
      ? { sides: [], ground: 'agreed', explanation: "Le dispositif d'identité et l'identité s'accordent." }
      : likely('identity', "Le dispositif d'identité ne dit pas ce que dit l'identité enregistrée.");
  if (asIdentity && withInsi)
    return { sides: [], ground: 'agreed', explanation: "Dispositif d'identité, INSi et identité s'accordent." };
  if (withInsi)
    return likely('identity', "Le dispositif d'identité et INSi s'accordent contre l'identité enregistrée.");
  if (asIdentity)
    return likely(
      'registry',
      "Le dispositif d'identité et l'identité s'accordent contre INSi ; un acte de naissance le confirme.",
    );
  if (agree(identity, insi))
    return likely(
      'document',
      "INSi et l'identité s'accordent contre le dispositif d'identité ; un acte de naissance le confirme.",
    );
  return {
    sides: [],
    ground: 'open',
    explanation: "Les trois sources se contredisent : marquer l'identité douteuse et demander un acte de naissance.",
  };
}

function likely(side: CorrectionSide, explanation: string): CorrectionProposal {
  return { sides: [side], ground: 'likely', explanation };
}

/** Traits in the place of what INSi would return, so that one tolerance serves everywhere (ins.md 3). */
function asReturned({ birthGivenNames, firstGivenName, ...traits }: StrictTraits): InsiTraits {
  return { ...traits, givenNames: birthGivenNames ?? firstGivenName };
}

/** Devices of French civil status; a card or passport may be of another state: the person at the desk sees it. */
const CIVIL_STATUS = ['CN', 'PA', 'eCN', 'AN', 'LE', 'ANCV', 'LECV'];
const RESIDENCE = ['CS'];

/** Whom to ask (practice.md 6); undefined where it cannot be told: the person at the desk chooses. */
export function addresseeOf(
  side: CorrectionSide,
  facts: { readonly deviceType?: string | undefined; readonly birthPlace?: string | undefined },
): CorrectionAddressee | undefined {
  switch (side) {
    case 'identity':
      return 'identity-cell';
    case 'sender':
      return 'application';
    case 'document':
      if (facts.deviceType === undefined) return undefined;
      if (CIVIL_STATUS.includes(facts.deviceType)) return 'civil-status';
      return RESIDENCE.includes(facts.deviceType) ? 'prefecture' : 'issuer';
    case 'registry':
      return registryAddressee(facts.birthPlace);
  }
}

/** INSEE for people born in France, the CPAM for people born abroad. */
function registryAddressee(birthPlace: string | undefined): CorrectionAddressee | undefined {
  const place = parseCogCode(birthPlace ?? '');
  if (!place.ok || place.value === UNKNOWN_PLACE) return undefined;
  return place.value.startsWith('99') ? 'cpam' : 'insee';
}

/** What each side says of a trait on which they do not all agree to the letter. */
export interface Disagreement {
  readonly trait: ComparedTrait;
  readonly identity?: string;
  readonly document?: string;
  readonly registry?: string;
  readonly certificate?: string;
  readonly sender?: string;
}

export function disagreements({ identity, document, insi, certificate, sender }: Sides): Disagreement[] {
  const traits = ['birthName', 'firstGivenName', 'birthGivenNames', 'sex', 'birthDate', 'birthPlace'] as const;
  return traits.flatMap((trait) => {
    const values = {
      identity: identity[trait],
      document: document?.[trait],
      registry: insi === undefined ? undefined : returnedValue(insi, trait, identity),
      certificate: certificate?.[trait],
      sender: sender?.[trait],
    };
    const known = Object.entries(values).filter(([, value]) => value !== undefined);
    return new Set(known.map(([, value]) => value)).size > 1 ? [{ trait, ...Object.fromEntries(known) }] : [];
  });
}

/** INSi returns no first given name: that of the identity, when its list begins so. */
function returnedValue(insi: InsiTraits, trait: ComparedTrait, { firstGivenName }: StrictTraits): string | undefined {
  const list = insi.givenNames ?? insi.givenName;
  if (trait === 'birthGivenNames') return list;
  if (trait !== 'firstGivenName') return insi[trait];
  const begins = list === firstGivenName || list?.startsWith(`${firstGivenName} `) === true;
  return begins ? firstGivenName : list?.split(' ')[0];
}
