/** Reads and checks the body of the two searches (ins.md 4.3 and 4.8, check 5). */
import { isBirthDate, isBirthName, isCog, isGivenNames } from './charset.ts';
import type { Envelope, Violation } from './envelope.ts';
import type { CardSearch, TraitsSearch } from './identity-base.ts';
import { childrenNamed, childText, type Part, sequenceError, type Tree } from './tree.ts';

export type Search =
  | { readonly by: 'traits'; readonly traits: TraitsSearch }
  | { readonly by: 'card'; readonly card: CardSearch }
  /** An INS to verify: its number and OID, with the traits that should be its own. */
  | {
      readonly by: 'ins';
      readonly ins: { readonly matricule: string; readonly oid: string };
      readonly traits: TraitsSearch;
    };

/** More than any civil status has. */
const MAX_GIVEN_NAMES = 50;

const TRAITS_SEQUENCE: readonly Part[] = [
  { name: 'NomNaissance', min: 1 },
  { name: 'Prenom', min: 1, max: MAX_GIVEN_NAMES },
  { name: 'Sexe', min: 1 },
  { name: 'DateNaissance', min: 1 },
  { name: 'LieuNaissance', min: 0 },
];

const CARD_SEQUENCE: readonly Part[] = [
  { name: 'MatriculeIndividu', min: 0 },
  { name: 'MatriculeOD', min: 0 },
  { name: 'NomNaissance', min: 0 },
  { name: 'DateNaissance', min: 0 },
  { name: 'RangNaissance', min: 0 },
];

export function readSearch(envelope: Envelope): Search | Violation {
  const { messageId, operation, payload } = envelope;
  const search = READERS[operation](payload);
  if (typeof search !== 'string') return search;
  return { check: 'body', detail: search, messageId, operation };
}

const VERIFIED_SEQUENCE: readonly Part[] = [
  { name: 'NomNaissance', min: 1 },
  { name: 'ListePrenom', min: 1 },
  { name: 'Sexe', min: 1 },
  { name: 'DateNaissance', min: 1 },
  { name: 'LieuNaissance', min: 0 },
];

function readHeld(payload: Tree): Search | string {
  const held = onlyChild(payload, 'IndividuVerifie');
  const given = held && onlyChild(held, 'INSFourni', 0);
  const traits = held && onlyChild(held, 'TraitsIdentiteIndividu', 1);
  const id = given && onlyChild(given, 'IdIndividu', 0);
  if (given === undefined || traits === undefined || id === undefined)
    return 'IndividuVerifie/INSFourni et IndividuVerifie/TraitsIdentiteIndividu sont attendus.';
  const misplaced = sequenceError(traits, VERIFIED_SEQUENCE);
  if (misplaced !== undefined) return `TraitsIdentiteIndividu/${misplaced} est absent, de trop ou mal placé.`;
  const matricule = (childText(id, 'NumIdentifiant') ?? '') + (childText(id, 'Cle') ?? '');
  if (!/^\d{6}[0-9AB]\d{8}$/.test(matricule)) return 'INSFourni/IdIndividu est mal formé.';
  const birthPlace = childText(traits, 'LieuNaissance');
  return {
    by: 'ins',
    ins: { matricule, oid: childText(given, 'OID') ?? '' },
    traits: {
      birthName: childText(traits, 'NomNaissance') ?? '',
      givenNames: [childText(traits, 'ListePrenom') ?? ''],
      sex: childText(traits, 'Sexe') ?? '',
      birthDate: childText(traits, 'DateNaissance') ?? '',
      ...(birthPlace === undefined ? {} : { birthPlace }),
    },
  };
}

function onlyChild(parent: Tree, name: string, at = 0): Tree | undefined {
  const child = parent.children[at];
  return child?.name === name && child.namespace === parent.namespace ? child : undefined;
}

const READERS: Readonly<Record<Envelope['operation'], (payload: Tree) => Search | string>> = {
  rechercherInsAvecTraitsIdentite: readTraits,
  rechercherInsAvecCarteVitale: readCard,
  verifierInsAvecTraitsIdentite: readHeld,
};

/** A string says what is wrong. */
function readTraits(payload: Tree): Search | string {
  const misplaced = sequenceError(payload, TRAITS_SEQUENCE);
  if (misplaced !== undefined) return `RECSANSVITALE/${misplaced} est absent, de trop ou mal placé.`;
  const birthName = childText(payload, 'NomNaissance') ?? '';
  const givenNames = childrenNamed(payload, payload.namespace, 'Prenom').map((each) => each.text ?? '');
  const sex = childText(payload, 'Sexe') ?? '';
  const birthDate = childText(payload, 'DateNaissance') ?? '';
  const [place] = childrenNamed(payload, payload.namespace, 'LieuNaissance');
  if (!isBirthName(birthName)) return 'RECSANSVITALE/NomNaissance contient un caractère ou une suite interdits.';
  if (!givenNames.every(isGivenNames)) return 'RECSANSVITALE/Prenom contient un caractère ou une suite interdits.';
  if (sex !== 'M' && sex !== 'F') return 'RECSANSVITALE/Sexe doit être M ou F.';
  if (!isBirthDate(birthDate)) return 'RECSANSVITALE/DateNaissance doit être AAAA-MM-JJ.';
  if (place === undefined) return { by: 'traits', traits: { birthName, givenNames, sex, birthDate } };
  const birthPlace = place.text ?? '';
  if (!isCog(birthPlace)) return 'RECSANSVITALE/LieuNaissance doit être un code officiel géographique.';
  return { by: 'traits', traits: { birthName, givenNames, sex, birthDate, birthPlace } };
}

function readCard(payload: Tree): Search | string {
  const misplaced = sequenceError(payload, CARD_SEQUENCE);
  if (misplaced !== undefined) return `RECVITALE/${misplaced} est de trop ou mal placé.`;
  const matricules = ['MatriculeIndividu', 'MatriculeOD'].flatMap((name) =>
    childrenNamed(payload, payload.namespace, name),
  );
  for (const matricule of matricules) {
    if (
      sequenceError(matricule, [
        { name: 'NumIdentifiant', min: 1 },
        { name: 'Cle', min: 0 },
        { name: 'TypeMatricule', min: 0 },
      ]) !== undefined
    ) {
      return `RECVITALE/${matricule.name} est mal formé.`;
    }
    if (!/^\d{6}[0-9AB]\d{6}$/.test(childText(matricule, 'NumIdentifiant') ?? '')) {
      return `RECVITALE/${matricule.name}/NumIdentifiant doit avoir 13 caractères.`;
    }
  }
  // The person's own number when the card gives it, else that of the insured person.
  const [searched] = matricules;
  const rank = childText(payload, 'RangNaissance');
  if (rank !== undefined && !/^\d$/.test(rank)) return 'RECVITALE/RangNaissance doit être un chiffre.';
  if (searched === undefined) return 'RECVITALE doit porter MatriculeIndividu ou MatriculeOD.';
  const birthName = childText(payload, 'NomNaissance');
  const birthDate = childText(payload, 'DateNaissance');
  if (birthName !== undefined && !isBirthName(birthName))
    return 'RECVITALE/NomNaissance contient un caractère ou une suite interdits.';
  if (birthDate !== undefined && !isBirthDate(birthDate)) return 'RECVITALE/DateNaissance doit être AAAA-MM-JJ.';
  return {
    by: 'card',
    card: {
      number: childText(searched, 'NumIdentifiant') ?? '',
      of: searched.name === 'MatriculeIndividu' ? 'person' : 'insured',
      ...(rank === undefined ? {} : { birthRank: Number(rank) }),
      ...(birthName === undefined ? {} : { birthName }),
      ...(birthDate === undefined ? {} : { birthDate }),
    },
  };
}
