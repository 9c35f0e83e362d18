/**
 * The configuration of an installation: one file, every setting with its unit and default. What the specification marks
 * UNKNOWN is a setting here, with the default of spec practice.md ("Defaults for what is unknown").
 */
import { z } from 'zod';
import { healthcareFacilityType } from '../codes/healthcare-facility-types.ts';
import { practiceSetting } from '../codes/practice-settings.ts';
import { parseFinessEg, parseFinessEj } from '../ins/identifiers.ts';
import { oid, tlsFiles } from './common-schema.ts';
import { conformanceSchema } from './conformance-schema.ts';
import { diffusionFaults, diffusionSchema } from './diffusion-schema.ts';
import { dmpSchema } from './dmp-schema.ts';
import { identityDevicesSchema } from './identity-devices-schema.ts';
import { insiSchema } from './insi-schema.ts';
import { legacyFaults, legacySchema, legacySourceSchema } from './legacy-schema.ts';
import { matchingSchema } from './matching-schema.ts';
import { laneSettings, migrationSchema } from './migration-schema.ts';
import { incomingMailFaults, incomingMailSchema } from './mssante-in-schema.ts';
import { mssanteFaults, mssanteSchema } from './mssante-schema.ts';
import { alertFaults, alertsSchema, certificatesSchema, retentionSchema } from './operations-schema.ts';
import { pdfConversionSchema } from './pdf-conversion-schema.ts';
import { policySchema } from './policy-schema.ts';
import { proofSchema } from './proof-schema.ts';
import { recallFaults, recallsSchema } from './recalls-schema.ts';
import { regionSchema } from './region-schema.ts';
import { signInFaults, signInSchema } from './sign-in-schema.ts';
import { supportSchema, vendorSchema } from './support-schema.ts';
import { templateAuditSchema } from './template-audit-schema.ts';
import { watchedFolderSchema } from './watched-folder-schema.ts';

const FINESS_EXPECTED = 'un numéro FINESS de 9 caractères est attendu';
const finessEj = z.string().refine((text) => parseFinessEj(text).ok, FINESS_EXPECTED);
const finessEg = z.string().refine((text) => parseFinessEg(text).ok, FINESS_EXPECTED);
const port = z.number().int().min(0).max(65_535);

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('fr', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

const geographicEntity = z.strictObject({
  /** Carried by VIHF, authors and submission sets (practice 15). */
  finess: finessEg,
  name: z.string().min(1),
  /** JDV_J61, for example SA01 (public hospital). */
  sector: z
    .string()
    .refine((code) => healthcareFacilityType(code) !== undefined, "un secteur d'activité (SA01, SA05…) est attendu"),
  /** JDV_J62. */
  practiceSetting: z
    .string()
    .refine((code) => practiceSetting(code) !== undefined, "un cadre d'exercice (ETABLISSEMENT, HAD…) est attendu")
    .default('ETABLISSEMENT'),
  /** Of the times that its software sends without an offset (design 7): Indian/Reunion, America/Cayenne… */
  timeZone: z.string().refine(isTimeZone, 'un fuseau horaire IANA (Europe/Paris…) est attendu').default('Europe/Paris'),
});

const legalEntity = z.strictObject({
  /** Carried by certificates and funding. */
  finess: finessEj,
  name: z.string().min(1),
  /** Root under which the uniqueIds of the documents that we build are derived. */
  documentRoot: oid.max(38, "38 caractères au plus : l'identifiant d'un document en compte 64"),
  geographicEntities: z.array(geographicEntity).min(1),
});

const identificationDomain = z.strictObject({
  oid,
  /** Authority names (PID-3.4.1) or numbers (PID-3.4.2) that senders use for this domain. */
  authorities: z.array(z.string().min(1)).default([]),
});

const answerRoute = z.strictObject({
  host: z.string().min(1),
  port,
  tls: z.boolean().default(true),
});

/** `keep`: the bytes as they are, in a level 1 CDA. `pdf`: made into a PDF, then treated as one. `refuse`: not taken. */
const kept = z.enum(['keep', 'refuse']).default('keep');
const convertible = z.enum(['keep', 'pdf', 'refuse']).default('keep');

const source = z.strictObject({
  /** MSH-3.1; `*` for any sender (a demonstration only: production refuses it). */
  application: z.string().min(1),
  /** MSH-4.1; `*` for any. */
  facility: z.string().min(1).default('*'),
  /** Common name of the client certificate that this sender must present over TLS. */
  certificateName: z.string().optional(),
  /** Geographic entity that its documents belong to. */
  eg: finessEg,
  /** Domain of its IPP when PID-3 names no declared authority. */
  ippDomain: oid,
  /** Does its PID-32 VALI prove that an identification device was checked? (design 10, context 1) */
  trustsIdentityStatus: z.boolean().default(false),
  /** The declared upstream RI (contexts 2 and 3): its VALI with INS is a qualified identity (practice 4). */
  upstreamIdentities: z.boolean().default(false),
  /** MSH-18 when it is empty. */
  defaultCharset: z.enum(['UNICODE UTF-8', '8859/1', '8859/15']).default('UNICODE UTF-8'),
  /** Raw PDF: stamp banner and DataMatrix, or only verify those that the application prints itself (practice 13). */
  stampRawPdf: z.boolean().default(false),
  coverPageWhenNoFreeZone: z.boolean().default(false),
  /**
   * Raw PDFs against PDF/A-1b: `keep`, as they are, not looked at; `observe`, looked at and told; `refuse`; `convert`, made
   * into PDF/A-1b by Ghostscript. The PDF inside a received CDA is never changed: `convert` then only tells (practice 12).
   */
  pdfA: z.enum(['keep', 'observe', 'refuse', 'convert']).default('keep'),
  /** Raw formats that it may send, and what becomes of each: the DMP takes them all as they are (dmp.md 5). */
  rawFormats: z
    .strictObject({ pdf: kept, text: convertible, rtf: kept, jpeg: convertible, tiff: convertible })
    .prefault({}),
  /** Where a raw document says its local type; by default the first of TXA-2, OBX-3 and OBR-4 that is filled. */
  typeField: z.enum(['TXA-2', 'OBX-3', 'OBR-4']).optional(),
  /**
   * It sends for several geographic entities: the unit (PV1-3, or PRT-8 of type UF) decides which, and a raw document of
   * an unmapped unit waits. Otherwise its documents belong to `eg`, unless a row of the mapping tables says more of a unit.
   */
  mapUnits: z.boolean().default(false),
  /** Documents that one of its messages brings (a level 1 and a level 3) leave for the DMP in one submission set. */
  oneSetPerMessage: z.boolean().default(false),
  /** Where its business acknowledgements (ZAM) go; none when absent. */
  answers: answerRoute.optional(),
  /** Minutes without a message after which somebody is told; never when absent. */
  silentAfterMinutes: z.number().int().min(1).optional(),
  /** Whom to call about what this software sends. */
  vendor: vendorSchema.optional(),
  /** Where it leaves documents as files; none when absent. */
  watchedFolder: watchedFolderSchema.optional(),
  /** It still feeds by an old way: its flow has a lane. A sender without it costs nothing more. */
  migration: migrationSchema.optional(),
  /** It is an old connector, which calls the DMP services of this gateway; none when absent. */
  legacy: legacySourceSchema.optional(),
  /** Author and responsible person of a raw document whose message names none. */
  defaultAuthor: z
    .strictObject({
      /** PS_IdNat, `8` + RPPS. */
      id: z.string().min(1),
      family: z.string().min(1),
      given: z.string().min(1),
      /** JDV_J01, for example G15_10/SM26. */
      specialty: z.string().min(1),
      specialtyLabel: z.string().min(1),
    })
    .optional(),
});

export const configSchema = z
  .strictObject({
    /** `production` refuses test OIDs, wildcard sources and demonstration numbers. */
    installation: z.enum(['demonstration', 'test', 'production']),
    /** 1: RI, DPI side and PFI here. 2: RI upstream. 3: RI and DPI upstream, PFI here. */
    context: z.union([z.literal(1), z.literal(2), z.literal(3)]),
    /** Folder of the embedded server, the keys and the logs. */
    data: z.string().min(1),
    /** External PostgreSQL; the embedded one when absent. */
    databaseUrl: z.string().optional(),
    legalEntities: z.array(legalEntity).min(1),
    identificationDomains: z.array(identificationDomain).min(1),
    /** OIDs of INS that this installation accepts (ins.md 1: an allow-list, not a rule). */
    acceptedInsOids: z.array(oid).min(1),
    sources: z.array(source).min(1),
    software: z.strictObject({
      name: z.string().default("Trait d'Union"),
      version: z.string().min(1),
      /** Stable UUID of this installation. */
      instance: z.string().min(1),
    }),
    insi: insiSchema.optional(),
    dmp: dmpSchema.optional(),
    /** Absent: this gateway sends no mail, and says so to whoever asks for one. */
    mssante: mssanteSchema.optional(),
    mllp: z
      .strictObject({
        /** Plain MLLP listens on loopback only. */
        port: port.default(2575),
        tlsHost: z.string().default('0.0.0.0'),
        tlsPort: port.default(2576),
        tls: tlsFiles.optional(),
        maxFrameBytes: z
          .number()
          .int()
          .min(1_024)
          .default(64 * 1024 * 1024),
        idleMs: z.number().int().min(100).default(120_000),
        maxConnections: z.number().int().min(1).default(500),
      })
      .prefault({}),
    /** Door of old connectors; none when absent. */
    legacy: legacySchema.optional(),
    http: z
      .strictObject({
        host: z.string().default('127.0.0.1'),
        port: port.default(8080),
        maxBodyBytes: z
          .number()
          .int()
          .default(64 * 1024 * 1024),
        sessionMinutes: z.number().int().min(1).default(480),
      })
      .prefault({}),
    /** What the FHIR interface writes; it reads every release (practice 7). */
    fhir: z
      .strictObject({
        /** Release of FR Core that its callers expect. */
        release: z.enum(['2.1', '2.2', '3.0']).default('2.2'),
        /** `prov-vali`: RECUP is written PROV and QUAL is written VALI; `four`: as they are, from release 2.2. */
        statuses: z.enum(['prov-vali', 'four']).default('prov-vali'),
      })
      .prefault({}),
    /** Patient files (CSV). */
    imports: z
      .strictObject({
        /** Largest file, bytes: a million patients take about 100 MB. */
        maxBytes: z
          .number()
          .int()
          .min(1)
          .default(512 * 1024 * 1024),
      })
      .prefault({}),
    workers: z
      .strictObject({
        concurrency: z.number().int().min(1).default(8),
        leaseMs: z.number().int().min(1_000).default(15_000),
        pollMs: z.number().int().min(20).default(500),
      })
      .prefault({}),
    /** Identification devices and the trust put in each: lines that change or complete the default table (EXI SI 10). */
    identityDevices: identityDevicesSchema.prefault([]),
    /** Operations on many documents at once (promise 10 of design 6). */
    bulk: z
      .strictObject({
        /** Up to this many items one person is enough, except to send again what the DMP accepted. */
        aloneUpTo: z.number().int().min(1).default(20),
        /** An operation on more items than this is refused. */
        ceiling: z.number().int().min(1).max(100_000).default(10_000),
        /** Pace, items per minute. */
        perMinute: z.number().int().min(1).default(600),
        /** A rehearsal older than this must be made again, hours. */
        rehearsalHours: z.number().int().min(1).default(24),
      })
      .prefault({}),
    /** A document whose identity qualifies later than this needs a confirmation (practice 9). */
    lateQualificationDays: z.number().int().min(0).default(90),
    /** Which documents leave, for where, and how they are seen there (practice 8 to 14). */
    policy: policySchema.prefault({}),
    /** Of each process, when there are several (`--roles`). */
    processes: z
      .strictObject({
        /** Linux: several processes of a machine listen on the same ports, and the system shares connections out. */
        sharedPorts: z.boolean().default(false),
        /** Where a process without the role `console` answers /healthz, /readyz and /metrics; 0 takes any free port. */
        supervisionPort: port.default(0),
        /** At a stop: how long /readyz says no before anything is closed. */
        announceMs: z.number().int().min(0).default(0),
        /** At a stop: how long a message that is arriving may take to be whole. */
        finishMs: z.number().int().min(0).default(10_000),
      })
      .prefault({}),
    signIn: signInSchema.prefault({}),
    pdfConversion: pdfConversionSchema.prefault({}),
    diffusion: diffusionSchema.prefault({}),
    /** MSSanté mailboxes that are read, and the software that is given their documents. */
    incomingMail: incomingMailSchema.prefault({}),
    /** What was emitted under an INS that turned out wrong (practice 23). */
    recalls: recallsSchema.prefault({}),
    alerts: alertsSchema.prefault({}),
    matching: matchingSchema.prefault({}),
    /** Rule packs; our own header rules alone when absent. */
    conformance: conformanceSchema.optional(),
    templateAudit: templateAuditSchema.prefault({}),
    certificates: certificatesSchema.prefault({}),
    support: supportSchema.prefault({}),
    lanes: laneSettings.prefault({}),
    retention: retentionSchema.prefault({}),
    region: regionSchema.prefault({}),
    /** Exports of the proof of feed. */
    proof: proofSchema.prefault({}),
    logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  })
  .superRefine((config, context) => {
    const fault = (path: (string | number)[], message: string): void =>
      context.addIssue({ code: 'custom', path, message });
    const egs = config.legalEntities.flatMap((entity) => entity.geographicEntities.map((eg) => eg.finess));
    for (const eg of repeated(egs)) fault(['legalEntities'], `EG ${eg} déclarée plusieurs fois`);
    for (const name of repeated(config.identificationDomains.flatMap((domain) => [domain.oid, ...domain.authorities])))
      fault(['identificationDomains'], `${name} déclaré plusieurs fois`);
    for (const sender of repeated(config.sources.map((entry) => `${entry.application} (${entry.facility})`)))
      fault(['sources'], `application ${sender} déclarée plusieurs fois`);
    config.sources.forEach((entry, index) => {
      if (!egs.includes(entry.eg)) fault(['sources', index, 'eg'], `EG ${entry.eg} non déclarée`);
      if (!config.identificationDomains.some((domain) => domain.oid === entry.ippDomain))
        fault(['sources', index, 'ippDomain'], `domaine d'identification ${entry.ippDomain} non déclaré`);
    });
    for (const folder of repeated(config.sources.flatMap(({ watchedFolder }) => watchedFolder?.path ?? [])))
      fault(['sources'], `dossier surveillé ${folder} déclaré plusieurs fois`);
    for (const message of mssanteFaults(config.mssante, egs)) fault(['mssante'], message);
    for (const message of incomingMailFaults(config.incomingMail, egs)) fault(['incomingMail'], message);
    for (const message of alertFaults(config.alerts)) fault(['alerts'], message);
    const domains = config.identificationDomains.map((domain) => domain.oid);
    for (const message of diffusionFaults(config.diffusion, {
      domains,
      hasMllpCertificate: config.mllp.tls !== undefined,
    }))
      fault(['diffusion', 'subscribers'], message);
    for (const message of legacyFaults(config)) fault(['legacy'], message);
    for (const message of recallFaults(config.recalls, config.alerts)) fault(['recalls'], message);
    for (const [path, message] of signInFaults(config.signIn, config.installation)) fault(['signIn', ...path], message);
    if (config.context !== 1 && !config.sources.some((entry) => entry.upstreamIdentities))
      fault(['sources'], 'les contextes 2 et 3 déclarent la source amont des identités (upstreamIdentities)');
    if (config.installation === 'production') refuseDemonstrationValues(config, fault);
  });

function repeated(values: readonly string[]): Set<string> {
  return new Set(values.filter((value, index) => values.indexOf(value) !== index));
}

/** Practice 16 and design promise 4: production has its own numbers and stops test OIDs. */
function refuseDemonstrationValues(
  config: {
    context: 1 | 2 | 3;
    acceptedInsOids: string[];
    dmp?: { homologation: string } | undefined;
    insi?: { authorisation: string } | undefined;
    sources: { application: string }[];
  },
  fault: (path: (string | number)[], message: string) => void,
): void {
  config.sources.forEach(({ application }, index) => {
    if (application === '*')
      fault(['sources', index, 'application'], 'une installation de production déclare chaque application émettrice');
  });
  for (const forbidden of ['1.2.250.1.213.1.4.10', '1.2.250.1.213.1.4.11'])
    if (config.acceptedInsOids.includes(forbidden))
      fault(['acceptedInsOids'], `l'OID de test ou de démonstration ${forbidden} est interdit en production`);
  if (config.dmp === undefined) fault(['dmp'], 'une installation de production déclare le DMP');
  // With the repository upstream INSi is never called from here (practice 4).
  if (config.context === 1 && config.insi === undefined)
    fault(['insi'], 'une installation de production déclare INSi en contexte 1');
  if (/DEMO/i.test(config.dmp?.homologation ?? ''))
    fault(['dmp', 'homologation'], "le numéro d'homologation DMP de démonstration est interdit en production");
  if (/DEMO/i.test(config.insi?.authorisation ?? ''))
    fault(['insi', 'authorisation'], "le numéro d'autorisation INSi de démonstration est interdit en production");
}

export type Config = z.output<typeof configSchema>;
export type ConfigInput = z.input<typeof configSchema>;
export type Source = Config['sources'][number];
export type LegalEntity = Config['legalEntities'][number];
export type GeographicEntity = LegalEntity['geographicEntities'][number];
