/** Who acts on the DMP, and how that person was authenticated: what a VIHF says of its holder. Source: dmp.md 1.5 and 2.3. */
import type { Code, Institution } from '../xds/metadata.ts';

/**
 * `INDIRECTE`: only the structure is authenticated, by its certificate. `INDIRECTE_RENFORCEE` (AIR): the structure vouches
 * for a person who proved who they are by two factors. `DIRECTE`: the person, by their card, which then signs the VIHF.
 */
export type AuthenticationMode = 'INDIRECTE' | 'INDIRECTE_RENFORCEE' | 'DIRECTE';

/** Last part of the SAML class by which the person logged in to the source system. */
export type LoginMeans =
  /** A CPx card. */
  | 'SmartcardPKI'
  /** e-CPS. */
  | 'MobileTwoFactorUnregistered'
  | 'Password'
  | 'TLSClient'
  | 'unspecified';

export interface Session {
  readonly mode: AuthenticationMode;
  readonly means: LoginMeans;
  /** Absent: the moment of the VIHF, where there is no log-in (a card that stays in its reader). */
  readonly loggedInAt?: Date;
}

/** Why the record is opened (TRE_R248). */
export type Purpose =
  | { readonly code: 'normal' }
  /** The patient cannot speak: the reason is the professional's own words. */
  | { readonly code: 'bris_de_glace'; readonly reason: string }
  /** Medical regulation (SAMU). */
  | { readonly code: 'centre_15' };

/** Who acts, for which structure. */
export interface Acting {
  /** The geographic entity: `1` + FINESS EG. Also the author institution of what is submitted. */
  readonly structure: Institution;
  /** Activity sector of JDV_J61, for example `SA01`. */
  readonly sector: string;
  /** The person who acts, or who is responsible for the processing (practice.md 14): national identifier, or `structure/internal id`. */
  readonly responsible: { readonly id: string; readonly name: string };
  /** Roles of JDV_J65, profession first. Absent: an automated feed, role AUTOMATE, presented under the software's name. */
  readonly roles?: readonly [Code, ...Code[]];
  /** Absent: `INDIRECTE`, nobody logged in. */
  readonly session?: Session;
  /** Absent: `normal`. */
  readonly purpose?: Purpose;
  /** Documents that legal representatives must not see are read and fed by a secret connection (practice.md 10). */
  readonly secretConnection?: true;
}

export function modeOf(acting: Acting): AuthenticationMode {
  return acting.session?.mode ?? 'INDIRECTE';
}
