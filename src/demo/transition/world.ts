/** The region of the replay: establishments of one legal entity, each with a product of the catalogue, and its patients. */
import { matriculeKey } from '../../ins/matricule.ts';
import type { ConnectorPatient } from '../../simulators/connector/model.ts';
import { PROFILES, type Profile } from '../../simulators/connector/profiles.ts';
import { DEMO_IPP_DOMAIN } from '../structure.ts';

export const TEST_OID = '1.2.250.1.213.1.4.10';
const ROOT = '1.2.3.4.567.8.9.40';

export interface Hospital {
  readonly index: number;
  /** FINESS in 99: of no French department. */
  readonly eg: string;
  readonly name: string;
  /** MSH-4 of its software. */
  readonly facility: string;
  readonly oid: string;
  readonly profile: Profile;
  /** The person responsible, or the holder of the card. */
  readonly user: { readonly id: string; readonly family: string; readonly given: string };
  /** Common names of its certificates. */
  readonly clientName: string;
  readonly signerName: string;
}

export function hospital(index: number): Hospital {
  const number = String(index + 1).padStart(5, '0');
  const profile = PROFILES[index % PROFILES.length];
  if (profile === undefined) throw new Error('no product to simulate');
  const user = { id: `8990000${number}`, family: `MEDECIN-${letters(index)}`, given: 'CLAUDE' };
  const byCard = profile.mode === 'DIRECTE';
  return {
    index,
    eg: `9902${number}`,
    name: `Hôpital fictif ${index + 1}`,
    facility: `CH-${number}`,
    oid: `${ROOT}.${index + 1}`,
    profile,
    user,
    clientName: byCard ? user.id : `CONNECTEUR ${number} AUTH_CLI`,
    signerName: byCard ? user.id : `CONNECTEUR ${number} SIGN`,
  };
}

export interface ReplayPatient extends ConnectorPatient {
  readonly matricule: string;
}

/** Nobody bears these numbers: the test OID goes with them. */
export function replayPatient(index: number): ReplayPatient {
  const sex = index % 2 === 0 ? 'F' : 'M';
  const year = 20 + (Math.floor(index / 900) % 80);
  const nir = `${sex === 'F' ? 2 : 1}${year}0588154${String((index % 900) + 1).padStart(3, '0')}`;
  return {
    ipp: `R${String(index).padStart(6, '0')}`,
    birthName: `REPRISE-${letters(index)}`,
    firstGivenName: 'CAMILLE',
    sex,
    birthDate: `19${year}-05-30`,
    birthPlace: '88154',
    card: { nir, birthRank: 1 },
    matricule: `${nir}${String(matriculeKey(nir)).padStart(2, '0')}`,
  };
}

/** A name has no digit. */
function letters(index: number): string {
  return [...String(index)].map((digit) => 'ABCDEFGHIJ'[Number(digit)]).join('');
}

export const REPLAY_DOMAIN = DEMO_IPP_DOMAIN;
