/** The fictitious hospital of the demonstration. FINESS numbers in 99 belong to no French department. */
import type { ConfigInput } from '../config/schema.ts';
import { DEMO_CONNECTOR, DEMO_CONNECTOR_SIGN } from './pki.ts';

export const DEMO_EJ = '990000010';
export const DEMO_EG = '990000028';
export const DEMO_SECOND_EG = '990000036';
/** Legal entity of the certificates that must be refused. */
export const DEMO_OTHER_EJ = '990000093';
/** Same convention as the ANS template messages. */
export const DEMO_IPP_DOMAIN = '1.2.3.4.567.8.9.10';
/** Number under which the demonstration's software is known to the INSi simulator. */
export const DEMO_INSI_AUTHORISATION = 'DEMO-INSI-0001';
/** Application mailbox that receives documents, at the simulated MSSanté operator. */
export const DEMO_MAILBOX = { address: 'dpi@hopital-essais.mssante.fr', password: 'boite-de-demonstration' };
const DEMO_HOSPITAL = 'Hôpital des Essais';
/** A synthetic number with a right key. */
const DEMO_PHYSICIAN = { id: '801234567897', family: 'MARTIN', given: 'CLAIRE' };
/** Who sends the documents of the demonstration, of tests and of benches (PRT SB). */
export const DEMO_SENDER = { ...DEMO_PHYSICIAN, idType: 'IDNPS', organisation: DEMO_HOSPITAL, finess: DEMO_EG };
/** The demonstration's own, known to its simulator alone. */
export const DEMO_PSC_CLIENT = { id: 'trait-d-union-demonstration', secret: 'demonstration-sans-valeur' };
const DEMO_DOCUMENT_ROOT = '1.2.3.4.567.8.9.20';
const DEMO_SOURCE_ID = '1.2.3.4.567.8.9.30';

interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** Files of the demonstration authority that the gateway itself uses. */
export interface DemoKeys {
  readonly caFile: string;
  readonly server: CertificateFiles;
  readonly insiAuto: CertificateFiles;
  readonly authCli: CertificateFiles;
  readonly sign: CertificateFiles;
  /** Client of the MSSanté operator: the application mailbox. */
  readonly mssante: CertificateFiles;
}

export interface DemoPlaces {
  readonly data: string;
  readonly context: 1 | 2 | 3;
  readonly version: string;
  readonly databaseUrl: string | undefined;
  readonly httpPort: number;
  readonly mllpPort: number;
  readonly mllpTlsPort: number;
  readonly insiUrl: string;
  readonly dmpUrl: string;
  /** Of the MSSanté operator; without one no mail is sent. */
  readonly smtpPort?: number;
  readonly answersPort: number;
  /** Of the MSSanté operator; without one no mailbox is read. */
  readonly imapPort?: number;
  /** Of the door of old connectors; without one it is not open. */
  readonly legacyPort?: number;
  /** Issuer of the simulator of Pro Santé Connect; nobody signs in that way without it. */
  readonly pscUrl?: string;
}

/** The configuration that `npm start` runs with; every value goes through the same schema as a hospital's file. */
export function demoConfig(keys: DemoKeys, places: DemoPlaces): ConfigInput {
  return {
    installation: 'demonstration',
    context: places.context,
    data: places.data,
    ...(places.databaseUrl === undefined ? {} : { databaseUrl: places.databaseUrl }),
    legalEntities: [
      {
        finess: DEMO_EJ,
        name: 'Centre hospitalier de Démonstration',
        documentRoot: DEMO_DOCUMENT_ROOT,
        geographicEntities: [
          { finess: DEMO_EG, name: DEMO_HOSPITAL, sector: 'SA01' },
          { finess: DEMO_SECOND_EG, name: 'Hôpital du Canal', sector: 'SA01' },
        ],
      },
    ],
    identificationDomains: [{ oid: DEMO_IPP_DOMAIN, authorities: ['CHU-X', '000897406', 'CH-DEMO', DEMO_EJ] }],
    // The published INSi identities carry the production OIDs, PAT-TROIS DOMINIQUE and our own patients the test OID.
    acceptedInsOids: ['1.2.250.1.213.1.4.8', '1.2.250.1.213.1.4.9', '1.2.250.1.213.1.4.10'],
    sources: [
      {
        application: '*',
        eg: DEMO_EG,
        ippDomain: DEMO_IPP_DOMAIN,
        trustsIdentityStatus: true,
        upstreamIdentities: places.context !== 1,
        stampRawPdf: true,
        answers: { host: '127.0.0.1', port: places.answersPort, tls: false },
        defaultAuthor: {
          ...DEMO_PHYSICIAN,
          specialty: 'G15_10/SM26',
          specialtyLabel: 'Médecin - Qualifié en Médecine Générale (SM)',
        },
      },
      ...(places.legacyPort === undefined ? [] : [demoConnector('V1'), demoConnector('V2')]),
    ],
    software: { version: places.version, instance: '6f0c2a54-6d0e-4e0f-9d6b-2f1f6f3a9c11' },
    ...nationalServices(keys, places),
    ...(places.smtpPort === undefined ? {} : { mssante: demoMailboxes(keys, places.smtpPort) }),
    ...(places.imapPort === undefined ? {} : { incomingMail: demoMailbox(keys, places, places.imapPort) }),
    ...(places.pscUrl !== undefined && { signIn: signIn(keys, places.pscUrl) }),
    mllp: { port: places.mllpPort, tlsHost: '127.0.0.1', tlsPort: places.mllpTlsPort, tls: tlsOf(keys, keys.server) },
    ...(places.legacyPort === undefined
      ? {}
      : { legacy: { host: '127.0.0.1', port: places.legacyPort, tls: tlsOf(keys, keys.server) } }),
    http: { host: '127.0.0.1', port: places.httpPort },
  };
}

/** A connector of yesterday: of API V1 with INS-C, or of API V2 fed by TD0.0. Both hold the same certificates. */
function demoConnector(api: 'V1' | 'V2'): ConfigInput['sources'][number] {
  return {
    application: `CONNECTEUR-${api}`,
    facility: 'CH-DEMO',
    eg: DEMO_EG,
    ippDomain: DEMO_IPP_DOMAIN,
    legacy: {
      certificateName: DEMO_CONNECTOR,
      signatureNames: [DEMO_CONNECTOR_SIGN],
      api,
      // Without it a document whose header names an INS-C waits for the site to decide (practice 18).
      replaceInsInHeader: { by: 'Démonstration', on: '2026-11-23' },
    },
  };
}

function tlsOf({ caFile }: DemoKeys, { certFile, keyFile }: CertificateFiles) {
  return { ca: caFile, cert: certFile, key: keyFile };
}

/** Application mailboxes of the two hospitals. */
export const DEMO_SENDING_MAILBOXES = ['dpi@hopital-essais.mssante.fr', 'dpi@hopital-canal.mssante.fr'] as const;

/** One application mailbox for each hospital, at the simulated operator. */
function demoMailboxes(keys: DemoKeys, smtpPort: number): ConfigInput['mssante'] {
  const smtp = { host: 'localhost', port: smtpPort, security: 'tls', tls: tlsOf(keys, keys.mssante) } as const;
  return {
    mailboxes: [
      { eg: DEMO_EG, address: DEMO_SENDING_MAILBOXES[0], smtp },
      { eg: DEMO_SECOND_EG, address: DEMO_SENDING_MAILBOXES[1], smtp },
    ],
    ratePerSecond: 20,
    timeoutMs: 10_000,
    circuit: { failures: 5, probeAfterMs: 2_000 },
    retry: { firstMs: 1_000, maxMs: 10_000 },
    ambiguous: { waitForReceiptMs: 15_000 },
  };
}

/** One mailbox, whose documents go to the demonstration's listener as to a DPI. */
function demoMailbox(keys: DemoKeys, { answersPort, smtpPort }: DemoPlaces, port: number): ConfigInput['incomingMail'] {
  return {
    mailboxes: [
      {
        name: 'dpi',
        address: DEMO_MAILBOX.address,
        eg: DEMO_EG,
        host: 'localhost',
        port,
        tls: tlsOf(keys, keys.mssante),
        user: DEMO_MAILBOX.address,
        password: DEMO_MAILBOX.password,
        treatedFolder: 'Traites',
        deliverTo: 'DPI',
      },
    ],
    routes: [
      { name: 'DPI', application: 'DPI', facility: 'CH-DEMO', host: '127.0.0.1', port: answersPort, tls: false },
    ],
    ...(smtpPort === undefined
      ? {}
      : { replies: { host: 'localhost', port: smtpPort, tls: tlsOf(keys, keys.mssante) } }),
    everyMs: 5_000,
    timeoutMs: 10_000,
    retry: { firstMs: 1_000, maxMs: 10_000 },
  };
}

function signIn({ caFile }: DemoKeys, issuer: string): ConfigInput['signIn'] {
  const { id, secret } = DEMO_PSC_CLIENT;
  return {
    openid: {
      issuer,
      clientId: id,
      authentication: { method: 'client_secret_basic', secret },
      ca: caFile,
      label: 'Pro Santé Connect (simulateur)',
    },
  };
}

/** INSi and the DMP, as their simulators are. */
function nationalServices(keys: DemoKeys, places: DemoPlaces): Pick<ConfigInput, 'insi' | 'dmp'> {
  return {
    insi: {
      url: places.insiUrl,
      tls: tlsOf(keys, keys.insiAuto),
      authorisation: DEMO_INSI_AUTHORISATION,
      timeoutMs: 5_000,
      // The simulator has no quota: five calls a second make a livelier demonstration than the default of one.
      ratePerSecond: 5,
      circuit: { failures: 3, probeAfterMs: 5_000 },
    },
    dmp: {
      url: places.dmpUrl,
      tls: tlsOf(keys, keys.authCli),
      signature: { cert: keys.sign.certFile, key: keys.sign.keyFile },
      homologation: 'DEMO-DMP-0001',
      sourceId: DEMO_SOURCE_ID,
      responsible: DEMO_PHYSICIAN,
      timeoutMs: 10_000,
      circuit: { failures: 5, probeAfterMs: 2_000 },
      retry: { firstMs: 1_000, maxMs: 10_000 },
      reconciliation: { askAfterMs: 2_000, asksBeforeResend: 2 },
    },
  };
}
