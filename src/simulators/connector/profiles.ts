/**
 * The products of October 2022 that have to be replaced or moved, each as a manner of sending. Names, versions, API and kind of
 * identity are those of the regional catalogue. Everything else (mode, VIHF version, hash, formats, CDA without set, local
 * numbers, patience) is INVENTED for the simulation: no public source says how these products send, and nothing here
 * describes the real ones.
 */
import type { ApiVersion } from '../dmp/options.ts';

export interface Profile {
  /** LPS_Nom and LPS_Version. */
  readonly name: string;
  readonly version: string;
  readonly api: ApiVersion;
  readonly mode: 'INDIRECTE' | 'DIRECTE';
  readonly vihfVersion: '1.0' | '2.0' | '3.0';
  readonly modeSpelling: 'Authentification_mode' | 'Authentification_Mode';
  readonly hash: 'sha1' | 'sha256';
  /** Media types of the level-1 documents that it sends. */
  readonly formats: readonly string[];
  /** setId and versionNumber in its CDA: the products of before 2020 have none. */
  readonly versioned: boolean;
  /** sourcePatientId: the local number, or the national one again. */
  readonly localNumber: 'ipp' | 'national';
  /** Milliseconds before the first retry, doubled up to the last. */
  readonly patience: { readonly firstMs: number; readonly maxMs: number };
  /** Asks TD0.2 before every submission. */
  readonly asksExistence: boolean;
}

const PDF = 'application/pdf';
const RTF = 'text/rtf';
const TEXT = 'text/plain';

const V1: Omit<Profile, 'name' | 'version'> = {
  api: 'V1',
  mode: 'INDIRECTE',
  vihfVersion: '2.0',
  modeSpelling: 'Authentification_mode',
  hash: 'sha1',
  formats: [PDF],
  versioned: true,
  localNumber: 'ipp',
  patience: { firstMs: 60_000, maxMs: 900_000 },
  asksExistence: false,
};

const NIR: Omit<Profile, 'name' | 'version'> = {
  ...V1,
  api: 'V2',
  vihfVersion: '3.0',
  modeSpelling: 'Authentification_Mode',
  hash: 'sha256',
};

const v1 = (name: string, version: string, habits: Partial<Profile> = {}): Profile => ({
  ...V1,
  name,
  version,
  ...habits,
});
const nir = (name: string, version: string, habits: Partial<Profile> = {}): Profile => ({
  ...NIR,
  name,
  version,
  ...habits,
});

const SLOW = { firstMs: 600_000, maxMs: 3_600_000 };
const EAGER = { firstMs: 15_000, maxMs: 120_000 };

export const PROFILES: readonly Profile[] = [
  v1('DMPCONNECT', '1', { asksExistence: true }),
  v1('HOPITAL MANAGER', '1.17', { vihfVersion: '1.0' }),
  v1('DXCARE', '7.7.7', { patience: SLOW }),
  v1('EFFICIENCE WINDOWS', '1', { mode: 'DIRECTE' }),
  v1('MCKESSON ENTREPOT DMP', '7', { formats: [PDF, RTF], vihfVersion: '1.0' }),
  v1('JEEBOP SANTE', '4.7', { localNumber: 'national' }),
  v1('CLOVERLEAF', '6', { patience: EAGER }),
  v1('LOGHOS FIRST', '7.1', { formats: [TEXT] }),
  v1('MIDDLEC@RE', '5.2.6.0', { asksExistence: true }),
  nir('NETSOINS DMP', '1.2', { hash: 'sha1' }),
  nir('LIFEN DMP', '1.0', { asksExistence: true }),
  nir('OSIRIS', '3.4', { formats: [PDF, RTF] }),
  nir('DOPATIENT', '2.1706', { patience: SLOW }),
  nir('CORTEXTE V7 WEB', '2.6.02', { formats: [TEXT] }),
  nir('ANTHADINE.NET', '1.84.13', { hash: 'sha1' }),
  nir('ANTARES-DMP', '2.0', { hash: 'sha1', modeSpelling: 'Authentification_mode' }),
  nir('ANTARES-DMP', '2.47', { asksExistence: true }),
  nir('OX MEDIBOARD', '0.5.18.10', { modeSpelling: 'Authentification_mode' }),
  nir('SILLAGE', '19', { patience: EAGER }),
  nir('EFFICIENCE WEB', '2', {}),
];
