/** What a VIHF must say to be accepted. Source: dmp.md 1.3, 1.5, 2.3 and 9 (checks 2). */
import { isOid } from '../../ins/oids.ts';
import { isSignatureCertificate, isTrusted } from './certificate.ts';
import { names } from './distinguished-name.ts';
import type { ApiVersion, Policy } from './options.ts';
import type { Fault } from './problem.ts';
import { INS_C, isInsCId, isMatricule, type PatientId, readInsCx } from './values.ts';
import { CONFIDENTIALITY, PURPOSE, ROLE, type Vihf } from './vihf.ts';

export type Mode = 'DIRECTE' | 'INDIRECTE' | 'INDIRECTE_RENFORCEE';

/** What the transactions need to know of an accepted VIHF. */
export interface Caller {
  /** By which door: the two know a patient by different identifiers. */
  readonly api: ApiVersion;
  readonly mode: Mode;
  /** First role is a health professional (TRE_G15), or one in training (TRE_G16). */
  readonly professional: boolean;
  /** Identifiant_Structure, `1` + FINESS EG. */
  readonly structure: string;
  readonly nameId: string;
  /** NO_PATIENT where the transaction may have none. */
  readonly patient: PatientId;
  /** Profession and speciality, for example `G15_10/SM26`; none for who is no professional. */
  readonly specialities: readonly string[];
  readonly purpose: string;
  /** Secret connection of a minor: hidden from the legal representatives. */
  readonly secret: boolean;
  /** LPS_Nom and LPS_Version. */
  readonly software: string;
  readonly signerDer: Buffer;
  /** The VIHF uses SHA-1: admitted, flagged (dmp.md 2.3). */
  readonly sha1: boolean;
}

/** TD0.4 and TD0.5 may target nobody (dmp.md 2.3). No identifier read from a message equals it. */
const NO_PATIENT: PatientId = { value: '', oid: '' };

const SUBJECT_FORMAT = 'urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName';
const SUBJECT_ID = 'urn:oasis:names:tc:xspa:1.0:subject:subject-id';
export const RESOURCE_ID = 'urn:oasis:names:tc:xacml:2.0:resource:resource-id';
const SECRET = 'INVISIBLE_REPRESENTANTS_LEGAUX';
const REASON = 'Mode_Acces_Raison';
const MODES = ['Authentification_mode', 'Authentification_Mode'];
const PURPOSES = ['normal', 'bris_de_glace', 'centre_15'];
const PURPOSE_SYSTEM = '1.2.250.1.213.1.1.4.248';
const PROFESSION = '1.2.250.1.71.1.2.7';
/** Professions, and those in training, by the table that codes them. */
const PROFESSIONALS: Readonly<Record<string, string>> = { [PROFESSION]: 'G15', '1.2.250.1.71.1.2.8': 'G16' };
/** Professions whose speciality is mandatory: physician and pharmacist. */
const SPECIALITY_OF: Readonly<Record<string, string>> = { 10: '1.2.250.1.71.4.2.5', 21: '1.2.250.1.71.4.2.6' };

interface Context {
  readonly policy: Policy;
  readonly api: ApiVersion;
  /** The transaction is about one patient, which the VIHF then names. */
  readonly patientNeeded: boolean;
  /** Of the TLS client certificate. */
  readonly tls: { readonly commonName: string; readonly organizationalUnits: readonly string[] };
}

type Rule = (vihf: Vihf, context: Context) => string | undefined;

function one(vihf: Vihf, name: string): string {
  const values = vihf.attributes.get(name) ?? [];
  return values.length === 1 ? (values[0] ?? '') : '';
}

function modeOf(vihf: Vihf): Mode | undefined {
  const found = MODES.filter((name) => vihf.attributes.has(name));
  const mode = found.length === 1 ? one(vihf, found[0] ?? '') : '';
  return mode === 'DIRECTE' || mode === 'INDIRECTE' || mode === 'INDIRECTE_RENFORCEE' ? mode : undefined;
}

const required =
  (...attributes: string[]) =>
  (vihf: Vihf): string | undefined => {
    const missing = attributes.find((name) => one(vihf, name) === '');
    return missing === undefined ? undefined : `Attribut ${missing} absent, vide ou multiple.`;
  };

const RULES: readonly Rule[] = [
  (vihf) => (vihf.version === '2.0' ? undefined : 'Assertion SAML de version autre que 2.0.'),
  (vihf) => (vihf.issuer.format === SUBJECT_FORMAT ? undefined : 'Format de Issuer ≠ X509SubjectName.'),
  (vihf) =>
    names(vihf.issuer.name, vihf.signer.subject) ? undefined : 'Issuer ne porte pas le DN du certificat de signature.',
  (vihf, { policy }) =>
    policy.vihfHashes.includes(vihf.sha1 ? 'sha1' : 'sha256')
      ? undefined
      : `Algorithme de signature du jeton : ${policy.vihfHashes.join(' ou ')} attendu.`,
  windowRule,
  (vihf) => (vihf.audienceRestrictions === 0 ? undefined : 'AudienceRestriction ne doit pas être présent.'),
  (vihf) => (vihf.nameId !== '' && vihf.nameIdFormat === '' ? undefined : 'Subject/NameID absent ou avec un Format.'),
  authnRule,
  (vihf) => (vihf.repeated.length === 0 ? undefined : `Attribut répété : ${vihf.repeated.join(', ')}.`),
  required('VIHF_Version'),
  (vihf, { policy, api }) =>
    policy.vihfVersions[api].includes(one(vihf, 'VIHF_Version')) ? undefined : 'VIHF_Version non admise.',
  (vihf) => (modeOf(vihf) === undefined ? 'Authentification_mode absent, double ou inconnu.' : undefined),
  (vihf, { policy }) =>
    MODES.every((name) => !vihf.attributes.has(name) || policy.modeSpellings.includes(name))
      ? undefined
      : `Attribut du mode d’authentification : ${policy.modeSpellings.join(' ou ')} attendu.`,
  required('Identifiant_Structure', 'Secteur_Activite', 'LPS_Nom', 'LPS_Version', 'LPS_ID_HOMOLOGATION_DMP'),
  (vihf) =>
    /^SA\d\d\^1\.2\.250\.1\.71\.4\.2\.4$/.test(one(vihf, 'Secteur_Activite'))
      ? undefined
      : 'Secteur_Activite hors de JDV_J61.',
  (vihf) => (modeOf(vihf) === 'DIRECTE' ? undefined : required(SUBJECT_ID)(vihf)),
  roleRule,
  (vihf) => (one(vihf, 'Ressource_URN') === 'urn:dmp' ? undefined : 'Ressource_URN ≠ urn:dmp.'),
  (vihf) => {
    const [purpose, other] = vihf.purposes;
    const known = purpose !== undefined && PURPOSES.includes(purpose.code) && purpose.system === PURPOSE_SYSTEM;
    return known && other === undefined ? undefined : `${PURPOSE} absent ou inconnu.`;
  },
  (vihf, { policy }) => {
    const emergency = vihf.purposes[0]?.code === 'bris_de_glace';
    return emergency && policy.accessReason && one(vihf, REASON) === ''
      ? `${REASON} absent en bris de glace.`
      : undefined;
  },
  (vihf) =>
    vihf.attributes.has(CONFIDENTIALITY) && !isSecret(vihf)
      ? `${CONFIDENTIALITY} : seul ${SECRET} (connexion secrète) est admis.`
      : undefined,
  patientRule,
  structureRule,
  cardRule,
];

/** As a text or as a coded value: no source shows the form. */
function isSecret(vihf: Vihf): boolean {
  return one(vihf, CONFIDENTIALITY) === SECRET || vihf.confidentialities.some(({ code }) => code === SECRET);
}

function windowRule(vihf: Vihf, { policy }: Context): string | undefined {
  const now = policy.now().getTime();
  const issued = utc(vihf.issueInstant);
  if (issued === undefined) return 'IssueInstant absent ou non exprimé en UTC (Z).';
  if (Math.abs(now - issued) > policy.clockSkewMs) return 'IssueInstant hors de la fenêtre admise.';
  const from = vihf.notBefore === undefined ? now : utc(vihf.notBefore);
  const until = vihf.notOnOrAfter === undefined ? Number.POSITIVE_INFINITY : utc(vihf.notOnOrAfter);
  const inside = from !== undefined && until !== undefined && from - policy.clockSkewMs <= now && now < until;
  return inside ? undefined : 'Conditions NotBefore ou NotOnOrAfter non respectées.';
}

function utc(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

function authnRule(vihf: Vihf, { policy }: Context): string | undefined {
  const instant = vihf.authnInstants.length === 1 ? utc(vihf.authnInstants[0] ?? '') : undefined;
  if (instant === undefined || instant > policy.now().getTime() + policy.clockSkewMs) {
    return 'AuthnStatement absent, multiple, ou AuthnInstant invalide ou futur.';
  }
  if (!vihf.classRef) return 'AuthnContextClassRef absent.';
  const reinforced = modeOf(vihf) === 'INDIRECTE_RENFORCEE';
  if (reinforced !== (vihf.contextDecl !== undefined)) return 'AuthnContextDecl : obligatoire en AIR, absent sinon.';
  if (!reinforced) return undefined;
  const admitted = policy.authnContextDecls;
  const declared = vihf.contextDecl ?? '';
  const valid = admitted === undefined ? declared !== '' : admitted.includes(declared);
  return valid ? undefined : 'AuthnContextDecl vide ou non admis.';
}

function roleRule(vihf: Vihf): string | undefined {
  const [profession, ...others] = vihf.roles;
  const valid = vihf.roles.every(({ code, system }) => code !== '' && isOid(system));
  if (profession === undefined || !valid) return `${ROLE} absent ou incomplet.`;
  if (profession.system !== PROFESSION) return undefined;
  const system = SPECIALITY_OF[profession.code];
  if (system === undefined || others.some((role) => role.system === system)) return undefined;
  return 'Spécialité absente pour un médecin ou un pharmacien.';
}

function patientRule(vihf: Vihf, { policy, patientNeeded, api }: Context): string | undefined {
  if (!patientNeeded && !vihf.attributes.has(RESOURCE_ID)) return undefined;
  const patient = readInsCx(one(vihf, RESOURCE_ID));
  if (api === 'V1') {
    const valid = patient !== undefined && isInsCId(patient);
    return valid ? undefined : `resource-id absent ou qui n’est pas un INS-C (INS-C^^^&${INS_C}&ISO^INS-C).`;
  }
  if (patient === undefined || !isMatricule(patient.value)) {
    return 'resource-id absent ou qui n’est pas un INS (MATRICULE^^^&OID&ISO^NH).';
  }
  return policy.insOids.has(patient.oid) ? undefined : `OID ${patient.oid} non admis dans cet environnement.`;
}

/** Certificates stand at the legal entity, the declared structure at a site of it (dmp.md 1.5). */
function structureRule(vihf: Vihf, { policy, tls }: Context): string | undefined {
  const declared = one(vihf, 'Identifiant_Structure');
  const entity = policy.structures.find(({ egs }) => egs.some((eg) => `1${eg}` === declared));
  const direct = modeOf(vihf) === 'DIRECTE';
  const practice = direct ? policy.practices.find(({ structure }) => structure === declared) : undefined;
  if (practice !== undefined) {
    return practice.persons.includes(vihf.nameId) ? undefined : 'PS et structure non liés.';
  }
  if (entity === undefined) return 'Structure introuvable ou inactive (Identifiant_Structure).';
  if (direct) return undefined;
  const unit = `1${entity.ej}`;
  const agreed = tls.organizationalUnits.includes(unit) && vihf.signer.organizationalUnits.includes(unit);
  return agreed ? undefined : 'Erreur d’authentification de la personne morale : structure du jeton et certificat.';
}

/** A card signs for its holder: the CN of a CPx certificate is the identifier of the person. */
function cardRule(vihf: Vihf, { policy, tls }: Context): string | undefined {
  if (modeOf(vihf) !== 'DIRECTE' || !policy.cardHolder) return undefined;
  const signed = vihf.signer.subject.some(({ name, value }) => name === 'CN' && value === vihf.nameId);
  if (!signed) return 'NameID n’est pas le titulaire de la carte qui signe.';
  return tls.commonName === vihf.nameId ? undefined : 'La carte de la connexion n’est pas celle qui signe.';
}

/** The product that speaks. */
export function softwareOf(vihf: Vihf): string {
  return `${one(vihf, 'LPS_Nom')} ${one(vihf, 'LPS_Version')}`.trim();
}

function specialitiesOf({ roles }: Vihf): string[] {
  const [profession, ...others] = roles;
  const table = profession === undefined ? undefined : PROFESSIONALS[profession.system];
  if (profession === undefined || table === undefined) return [];
  const codes = others.map(({ code }) => `${table}_${profession.code}/${code}`);
  return codes.length === 0 ? [`${table}_${profession.code}`] : codes;
}

/** The caller, or the first fault found. */
export function judgeVihf(vihf: Vihf, context: Context): { caller: Caller } | { fault: Fault } {
  const { policy } = context;
  // A card has two keys; only the one of the signature has non-repudiation (dmp.md 1.5).
  const wrongCardKey = modeOf(vihf) === 'DIRECTE' && vihf.signer.keyUsage?.nonRepudiation !== true;
  if (wrongCardKey || !isSignatureCertificate(vihf.signer)) {
    return {
      fault: { code: 'Sender', subcode: 'DMPInvalidCertificate', reason: 'Not a valid signature certificate' },
    };
  }
  if (!isTrusted(vihf.signer, policy.authorities, policy.now())) {
    return {
      fault: { code: 'Sender', reason: 'Certificat de signature du VIHF non reconnu, expiré ou pas encore valide.' },
    };
  }
  for (const rule of RULES) {
    const reason = rule(vihf, context);
    if (reason !== undefined) return { fault: { code: 'Sender', reason: `VIHF refusé : ${reason}` } };
  }
  const mode = modeOf(vihf);
  if (mode === undefined) throw new Error('VIHF accepted without mode');
  return {
    caller: {
      api: context.api,
      mode,
      patient: readInsCx(one(vihf, RESOURCE_ID)) ?? NO_PATIENT,
      specialities: specialitiesOf(vihf),
      professional: Object.hasOwn(PROFESSIONALS, vihf.roles[0]?.system ?? ''),
      structure: one(vihf, 'Identifiant_Structure'),
      nameId: vihf.nameId,
      purpose: vihf.purposes[0]?.code ?? '',
      secret: isSecret(vihf),
      software: softwareOf(vihf),
      signerDer: vihf.signer.der,
      sha1: vihf.sha1,
    },
  };
}
