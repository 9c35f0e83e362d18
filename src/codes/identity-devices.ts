/**
 * Identification devices (ZFD-7, HL7 table 9004, FHIR validationMode) and the trust that RNIV puts in them. A site may
 * give its own table: the list and the trust are configuration (EXI SI 10, EXI SI 23). Codes of FR Core 3.0.0-ballot.
 */

/**
 * `high`: enough by itself. `under-condition`: a RNIV derogation (RNIV 1 §3.3.3), enough only when an authorised person
 * confirms the condition. `low`: never validates an identity.
 */
export type DeviceTrust = 'high' | 'under-condition' | 'low';

export interface IdentityDevice {
  readonly code: string;
  readonly label: string;
  readonly trust: DeviceTrust;
  /** What makes an `under-condition` device acceptable. */
  readonly condition?: string;
}

const MINOR = "Mineur, avec le dispositif à haut niveau de confiance d'un parent ou du tuteur";
const CARE_HOME = 'Admission directe en EHPAD, carte Vitale avec photographie présentée';

/** Default table, French identity card first. */
export const IDENTITY_DEVICES: readonly IdentityDevice[] = [
  { code: 'CN', label: "Carte nationale d'identité", trust: 'high' },
  { code: 'PA', label: 'Passeport', trust: 'high' },
  { code: 'CS', label: 'Carte ou titre de séjour', trust: 'high' },
  { code: 'eCN', label: "e-carte d'identité (France Identité)", trust: 'high' },
  { code: 'IN', label: 'Identité Numérique La Poste', trust: 'high' },
  { code: 'AV', label: 'Application carte Vitale', trust: 'high' },
  { code: 'IE', label: 'Identification électronique eIDAS substantielle ou élevée', trust: 'high' },
  { code: 'AN', label: "Extrait d'acte de naissance", trust: 'under-condition', condition: MINOR },
  { code: 'LE', label: 'Livret de famille des parents', trust: 'under-condition', condition: MINOR },
  {
    code: 'ANCV',
    label: "Extrait d'acte de naissance et carte Vitale",
    trust: 'under-condition',
    condition: CARE_HOME,
  },
  { code: 'LECV', label: 'Livret de famille et carte Vitale', trust: 'under-condition', condition: CARE_HOME },
  { code: 'CC', label: 'Document de circulation', trust: 'under-condition', condition: 'Étranger mineur' },
  { code: 'CIMS', label: "Carte d'identité professionnelle multiservices", trust: 'low' },
  { code: 'TC', label: 'Tiers de confiance', trust: 'low' },
  { code: 'CM', label: 'Carte militaire', trust: 'low' },
  { code: 'PC', label: 'Permis de conduire', trust: 'low' },
];

/** Of a check that a trusted source declares without naming the device; never offered in a form. */
export const DECLARED_DEVICE_CODE = 'DECL';

/** Codes of earlier tables, still sent by hospital software. */
const FORMER_CODES: Readonly<Record<string, string>> = { CE: 'CN', LEP: 'LE', AC: 'ANCV', DC: 'CC' };

/** Everyday names, in the spelling form of `spelled`; the labels of the table are names as well. */
const NAMES: Readonly<Record<string, string>> = {
  CNI: 'CN',
  CARTEDIDENTITE: 'CN',
  CARTEIDENTITE: 'CN',
  IDCARD: 'CN',
  IDENTITYCARD: 'CN',
  NATIONALIDCARD: 'CN',
  PASSPORT: 'PA',
  CARTEDESEJOUR: 'CS',
  TITREDESEJOUR: 'CS',
  RESIDENCEPERMIT: 'CS',
  FRANCEIDENTITE: 'eCN',
  ACTEDENAISSANCE: 'AN',
  BIRTHCERTIFICATE: 'AN',
  LIVRETDEFAMILLE: 'LE',
  PERMIS: 'PC',
  DRIVINGLICENCE: 'PC',
  DRIVINGLICENSE: 'PC',
};

/** Letters only, without accents or case. */
function spelled(text: string): string {
  return text
    .normalize('NFD')
    .replace(/[^A-Za-z]/g, '')
    .toUpperCase();
}

/** The device of this code or everyday name, or undefined: an unknown device is never trusted. */
export function identityDevice(
  code: string,
  table: readonly IdentityDevice[] = IDENTITY_DEVICES,
): IdentityDevice | undefined {
  const name = spelled(code);
  return (
    table.find((device) => device.code === code) ??
    table.find((device) => device.code === FORMER_CODES[code]) ??
    table.find((device) => device.code === NAMES[name] || [device.code, device.label].map(spelled).includes(name))
  );
}
