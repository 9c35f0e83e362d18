/** What the operator of the simulator chooses. What dmp.md marks UNKNOWN is here with a default. */
import type { X509Certificate } from 'node:crypto';
import { readAuthorities } from './certificate.ts';
import { DEFAULT_OPENINGS, type Door, type Opening } from './openings.ts';

/** As the path says it (dmp.md 1.2). */
export type ApiVersion = 'V1' | 'V2';
export type Hash = 'sha1' | 'sha256';

export interface DmpSimulatorOptions {
  /** Where the simulator keeps what it accepted. */
  readonly directory: string;
  /** PEM texts; `ca` is the authority of the client certificates. */
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
  readonly host?: string;
  /** 0: any free port. */
  readonly port: number;
  readonly controlPort: number;
  /** FINESS of the legal entities known (certificate OU `1<EJ>`) and of their sites (Identifiant_Structure `1<EG>`). */
  readonly structures: readonly {
    readonly ej: string;
    readonly egs: readonly string[];
    /** Sites of before, whose documents are still those of the entity (a deletion after a change of FINESS). */
    readonly formerEgs?: readonly string[] | undefined;
  }[];
  /** Practices that no FINESS names, declared in DIRECTE, and the professionals who exercise there (PS_IdNat). */
  readonly practices?: readonly { readonly structure: string; readonly persons: readonly string[] }[] | undefined;
  /** `production` refuses the test and demonstration INS. */
  readonly profile: 'test' | 'production';
  readonly now: () => Date;
  readonly newUuid: () => string;
  /** INS OIDs admitted by API V2; default: NIR and NIA in production, those and the test ones in test. INS-C is never admitted. */
  readonly acceptedInsOids?: readonly string[] | undefined;
  /** Whether an INS-NIA may have a DMP (UNKNOWN, dmp.md 1.3). */
  readonly nia: boolean;
  /** Largest difference admitted between IssueInstant and our clock; default 5 minutes (UNKNOWN, dmp.md 2.3). */
  readonly clockSkewMs?: number | undefined;
  /** VIHF versions admitted by API V2; default 3.0 and 4.0 (UNKNOWN, dmp.md 2.3). */
  readonly vihfVersions?: readonly string[] | undefined;
  /** Spellings of the mode attribute admitted; default both (dmp.md 2.3: official sources differ). */
  readonly modeSpellings?: readonly string[] | undefined;
  /** Whether API V1 and TD0.0 still answer, or until which day; default: until the days on which they were closed. */
  readonly apiV1?: Opening | undefined;
  readonly td00?: Opening | undefined;
  /** Hashes admitted in the signature of a VIHF, of a submission set; default SHA-256 and SHA-1 (UNKNOWN, dmp.md 10). */
  readonly vihfHashes?: readonly Hash[] | undefined;
  readonly lotHashes?: readonly Hash[] | undefined;
  /** In DIRECTE, NameID and both certificates name one person by their CN; default true (inferred: samples of one set agree and differ). */
  readonly cardHolder?: boolean | undefined;
  /** AuthnContextDecl admitted in INDIRECTE_RENFORCEE; default any text (UNKNOWN, dmp.md 2.3). */
  readonly authnContextDecls?: readonly string[] | undefined;
  /** Whether emergency access needs Mode_Acces_Raison; default true (inferred, dmp.md 2.3). */
  readonly accessReason?: boolean | undefined;
  /** Whether a document hidden from legal representatives is fed by a secret connection only; default true (EX_2.1-1050). */
  readonly secretFeed?: boolean | undefined;
  /** Whether it is read by a secret connection only; default false (UNKNOWN). */
  readonly secretReading?: boolean | undefined;
  /** Whether the treating physician reads masked documents of others; default false (dmp.md 1.6: « own only »). */
  readonly treatingPhysicianReadsMasked?: boolean | undefined;
  /** Largest document admitted, bytes; default none (UNKNOWN, dmp.md 5). */
  readonly maxDocumentBytes?: number | undefined;
  /** Largest sum of the documents of a submission set, bytes; default none (UNKNOWN, dmp.md 10). */
  readonly maxLotBytes?: number | undefined;
  /** PEM of the authorities whose signature certificates are trusted. */
  readonly trustedSignerCa: string;
  /** Code answered for a uniqueId already held; default XDSDuplicateUniqueIdInRegistry. */
  readonly duplicateAnswer?: 'XDSDuplicateUniqueIdInRegistry' | 'XDSRegistryError' | undefined;
  readonly log?: (line: string) => void;
}

/** The options as the checks use them. */
export interface Policy {
  readonly structures: DmpSimulatorOptions['structures'];
  readonly vihfHashes: readonly Hash[];
  readonly lotHashes: readonly Hash[];
  readonly practices: NonNullable<DmpSimulatorOptions['practices']>;
  readonly cardHolder: boolean;
  readonly insOids: ReadonlySet<string>;
  readonly clockSkewMs: number;
  readonly vihfVersions: Readonly<Record<ApiVersion, readonly string[]>>;
  readonly openings: Readonly<Record<Door, Opening>>;
  readonly modeSpellings: readonly string[];
  readonly authnContextDecls: readonly string[] | undefined;
  readonly accessReason: boolean;
  readonly secretFeed: boolean;
  readonly secretReading: boolean;
  readonly treatingPhysicianReadsMasked: boolean;
  readonly maxDocumentBytes: number;
  readonly maxLotBytes: number;
  readonly authorities: readonly X509Certificate[];
  readonly duplicateAnswer: 'XDSDuplicateUniqueIdInRegistry' | 'XDSRegistryError';
  readonly now: () => Date;
}

const NIR = '1.2.250.1.213.1.4.8';
const NIA = '1.2.250.1.213.1.4.9';
const TEST_OIDS = ['1.2.250.1.213.1.4.10', '1.2.250.1.213.1.4.11'];
const INS_C = '1.2.250.1.213.1.4.2';

export function policyOf(options: DmpSimulatorOptions): Policy {
  const insOids = new Set(options.acceptedInsOids ?? [NIR, NIA, ...TEST_OIDS]);
  insOids.delete(INS_C);
  if (!options.nia) insOids.delete(NIA);
  if (options.profile === 'production') for (const oid of TEST_OIDS) insOids.delete(oid);
  return {
    structures: options.structures,
    vihfHashes: options.vihfHashes ?? ['sha256', 'sha1'],
    lotHashes: options.lotHashes ?? ['sha256', 'sha1'],
    practices: options.practices ?? [],
    cardHolder: options.cardHolder ?? true,
    insOids,
    clockSkewMs: options.clockSkewMs ?? 5 * 60_000,
    vihfVersions: { V1: ['1.0', '2.0'], V2: options.vihfVersions ?? ['3.0', '4.0'] },
    openings: { apiV1: options.apiV1 ?? DEFAULT_OPENINGS.apiV1, td00: options.td00 ?? DEFAULT_OPENINGS.td00 },
    modeSpellings: options.modeSpellings ?? ['Authentification_mode', 'Authentification_Mode'],
    authnContextDecls: options.authnContextDecls,
    accessReason: options.accessReason ?? true,
    secretFeed: options.secretFeed ?? true,
    secretReading: options.secretReading ?? false,
    treatingPhysicianReadsMasked: options.treatingPhysicianReadsMasked ?? false,
    maxDocumentBytes: options.maxDocumentBytes ?? Number.POSITIVE_INFINITY,
    maxLotBytes: options.maxLotBytes ?? Number.POSITIVE_INFINITY,
    authorities: readAuthorities(options.trustedSignerCa),
    duplicateAnswer: options.duplicateAnswer ?? 'XDSDuplicateUniqueIdInRegistry',
    now: options.now,
  };
}
