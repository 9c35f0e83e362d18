/** The strict checks on a request that has the right shape (ins.md 4.8, checks 1 to 3), in the order of the gateway. */
import type { SimRequest } from '../common/service.ts';
import { checkAssertion } from './assertion.ts';
import type { Check, Envelope, Violation } from './envelope.ts';
import { childrenNamed, childText, sequenceError, type Tree } from './tree.ts';

const BAM = 'urn:siram:bam:ctxbam';
const LPS = 'urn:siram:lps:ctxlps';
const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

/**
 * Which of the two national addresses is played: `certificate` authenticates an organisation, `assertion` a professional
 * (ins.md 4.1).
 */
export type Address = 'certificate' | 'assertion';

interface CheckContext {
  readonly request: SimRequest;
  readonly address: Address;
  readonly pscTokenHeader: string | undefined;
  readonly now: Date;
  readonly clockSkewMs: number;
  readonly acceptedIdam: readonly string[];
  /** True when the MessageID has been seen before; remembers it otherwise. */
  readonly isReplay: (messageId: string) => boolean;
}

type CheckFunction = (envelope: Envelope, context: CheckContext) => string | undefined;

/** Each says what is wrong, or undefined. */
const CHECKS: readonly (readonly [Check, CheckFunction])[] = [
  ['content-type', checkContentType],
  [
    'message-id',
    (envelope) => (isUuidUri(envelope.messageId) ? undefined : 'wsa:MessageID doit être « uuid: » suivi d’un UUID.'),
  ],
  ['replay', (envelope, context) => (context.isReplay(envelope.messageId) ? 'wsa:MessageID déjà reçu.' : undefined)],
  ['security', checkSecurity],
  ['bam-context', checkBamContext],
  ['lps-context', checkLpsContext],
  ['clock', checkClock],
  ['issuer', checkIssuer],
  ['idam', checkIdam],
];

/** The certificate names what the caller may do (ins.md 0.11): a check that needs no byte of the request. */
export function certificateViolation(peer: SimRequest['peer'], address: Address): Violation | undefined {
  if (address === 'assertion' || peer.commonName === 'INSI-AUTO' || peer.commonName === 'INSI-MANU') return undefined;
  return {
    check: 'certificate',
    detail: "Niveau d'accès insuffisant : le certificat doit porter le CN INSI-AUTO ou INSI-MANU.",
  };
}

/** The first check that fails, those ignored left out. */
export function firstViolation(
  envelope: Envelope,
  context: CheckContext,
  isIgnored: (check: Check) => boolean,
): Violation | undefined {
  const { messageId, operation } = envelope;
  for (const [check, run] of CHECKS) {
    if (isIgnored(check)) continue;
    const detail = run(envelope, context);
    if (detail !== undefined) return { check, detail, messageId, operation };
  }
  return undefined;
}

/** SOAP 1.2 binding: its media type, and an action parameter that agrees with wsa:Action when there is one. */
function checkContentType(envelope: Envelope, { request }: CheckContext): string | undefined {
  const [mediaType = '', ...parameters] = (request.headers['content-type'] ?? '').split(';').map((part) => part.trim());
  if (mediaType.toLowerCase() !== 'application/soap+xml') return 'Content-Type doit être application/soap+xml.';
  const action = parameters.find((each) => /^action=/i.test(each))?.slice('action='.length);
  if (action === undefined || action.replaceAll('"', '') === envelope.action) return undefined;
  return "Le paramètre action de Content-Type n'est pas wsa:Action.";
}

/** One address authenticates an organisation by its certificate; an assertion belongs to the other. */
function checkSecurity(envelope: Envelope, context: CheckContext): string | undefined {
  if (context.address === 'assertion') {
    const checked = checkAssertion(context.request, context);
    if ('problem' in checked) return checked.problem;
    return issuerProblem(envelope, [checked.nameId], "n'est pas le NameID de l'assertion");
  }
  const security = childrenNamed(envelope.header, WSSE, 'Security');
  const isEmpty = security.every((each) => each.children.length === 0);
  return isEmpty ? undefined : 'wsse:Security doit être absent ou vide en authentification par certificat.';
}

function checkBamContext(envelope: Envelope): string | undefined {
  const context = onlyContext(envelope, BAM, 'ContexteBAM');
  if (context === undefined) return 'ContexteBAM est absent ou répété.';
  if (context.attributes.get('Version') !== '01_02') return 'ContexteBAM/@Version doit être 01_02.';
  if ((context.attributes.get('Nature') ?? 'CTXBAM') !== 'CTXBAM') return 'ContexteBAM/@Nature doit être CTXBAM.';
  const misplaced = sequenceError(context, [
    { name: 'Id', min: 1 },
    { name: 'Temps', min: 1 },
    { name: 'Emetteur', min: 0 },
    { name: 'DateRef', min: 0 },
    { name: 'COUVERTURE', min: 1 },
  ]);
  if (misplaced !== undefined) return `ContexteBAM/${misplaced} est absent, de trop ou mal placé.`;
  if (!UUID.test(childText(context, 'Id') ?? '')) return 'ContexteBAM/Id doit être un UUID.';
  const [coverage] = childrenNamed(context, BAM, 'COUVERTURE');
  return coverage === undefined ? undefined : checkCoverage(envelope, coverage);
}

/** Empty for a search by traits; for a search by card it carries what was read on the card (ins.md 4.3, 4.4). */
function checkCoverage(envelope: Envelope, coverage: Tree): string | undefined {
  if (envelope.operation !== 'rechercherInsAvecCarteVitale') {
    const isEmpty = coverage.children.length === 0 && (coverage.text ?? '') === '';
    return isEmpty ? undefined : 'ContexteBAM/COUVERTURE doit être vide hors recherche par carte.';
  }
  const misplaced = sequenceError(
    coverage,
    ['GrandRegime', 'Organisme', 'CodeCentre', 'ASSURE', 'BENEFICIAIRE'].map((name) => ({ name, min: 0 })),
  );
  if (misplaced !== undefined) return `ContexteBAM/COUVERTURE/${misplaced} est de trop ou mal placé.`;
  const carriesCard = coverage.children.some((child) => child.name === 'ASSURE' || child.name === 'BENEFICIAIRE');
  return carriesCard ? checkCard(coverage) : 'ContexteBAM/COUVERTURE doit porter les données de la carte Vitale.';
}

const NUMBER = /^\d{6}[AB0-9]\d{6}$/;

function checkCard(coverage: Tree): string | undefined {
  const [insured] = childrenNamed(coverage, BAM, 'ASSURE');
  const [id] = insured === undefined ? [] : childrenNamed(insured, BAM, 'Id');
  if (insured !== undefined && (id === undefined || !isNumber(id))) return 'COUVERTURE/ASSURE/Id est mal formé.';
  const [beneficiary] = childrenNamed(coverage, BAM, 'BENEFICIAIRE');
  if (beneficiary === undefined) return undefined;
  const misplaced = sequenceError(
    beneficiary,
    ['Nir', 'DateNai', 'Rang', 'Porteur'].map((name) => ({ name, min: 0 })),
  );
  if (misplaced !== undefined) return `COUVERTURE/BENEFICIAIRE/${misplaced} est de trop ou mal placé.`;
  const [own] = childrenNamed(beneficiary, BAM, 'Nir');
  if (own !== undefined && !isNumber(own)) return 'COUVERTURE/BENEFICIAIRE/Nir est mal formé.';
  if (!/^(\d{4}-\d{2}-\d{2})?$/.test(childText(beneficiary, 'DateNai') ?? ''))
    return 'COUVERTURE/BENEFICIAIRE/DateNai doit être AAAA-MM-JJ.';
  const isRank = /^\d+$/.test(childText(beneficiary, 'Rang') ?? '1');
  return isRank ? undefined : 'COUVERTURE/BENEFICIAIRE/Rang doit être un entier.';
}

function isNumber(parent: Tree): boolean {
  return NUMBER.test(childText(parent, 'Num') ?? '') && /^\d{2}$/.test(childText(parent, 'Cle') ?? '');
}

function checkLpsContext(envelope: Envelope): string | undefined {
  const context = onlyContext(envelope, LPS, 'ContexteLPS');
  if (context === undefined) return 'ContexteLPS est absent ou répété.';
  if (context.attributes.get('Version') !== '01_00') return 'ContexteLPS/@Version doit être 01_00.';
  if ((context.attributes.get('Nature') ?? 'CTXLPS') !== 'CTXLPS') return 'ContexteLPS/@Nature doit être CTXLPS.';
  const misplaced = sequenceError(context, [
    { name: 'Id', min: 1 },
    { name: 'Temps', min: 1 },
    { name: 'Emetteur', min: 0 },
    { name: 'LPS', min: 1 },
  ]);
  if (misplaced !== undefined) return `ContexteLPS/${misplaced} est absent, de trop ou mal placé.`;
  if (!UUID.test(childText(context, 'Id') ?? '')) return 'ContexteLPS/Id doit être un UUID.';
  const [software] = childrenNamed(context, LPS, 'LPS');
  return software === undefined ? undefined : checkSoftware(software);
}

function checkSoftware(software: Tree): string | undefined {
  const misplaced = sequenceError(software, [
    { name: 'IDAM', min: 1 },
    { name: 'Version', min: 0 },
    { name: 'Instance', min: 1 },
    { name: 'Nom', min: 1 },
  ]);
  if (misplaced !== undefined) return `ContexteLPS/LPS/${misplaced} est absent, de trop ou mal placé.`;
  if (!UUID.test(childText(software, 'Instance') ?? '')) return 'ContexteLPS/LPS/Instance doit être un UUID.';
  const isNamed = /^urn:lps:./.test(childText(software, 'Nom') ?? '');
  return isNamed ? undefined : 'ContexteLPS/LPS/Nom doit commencer par urn:lps:.';
}

function checkClock(envelope: Envelope, { now, clockSkewMs }: CheckContext): string | undefined {
  for (const context of contexts(envelope)) {
    const time = childText(context, 'Temps') ?? '';
    const instant = INSTANT.test(time) ? Date.parse(time) : Number.NaN;
    if (Number.isNaN(instant)) return `${context.name}/Temps n'est pas un instant avec son fuseau.`;
    if (Math.abs(now.getTime() - instant) > clockSkewMs)
      return `${context.name}/Temps est trop loin de l'heure du service.`;
  }
  return undefined;
}

/** In mutual TLS the issuer is the structure named by the OU of the certificate, else the holder (ins.md 4.4). */
function checkIssuer(envelope: Envelope, { request, address }: CheckContext): string | undefined {
  if (address === 'assertion') return undefined;
  return issuerProblem(envelope, request.peer.organizationalUnits, "n'est pas un OU du certificat");
}

function issuerProblem(envelope: Envelope, expected: readonly string[], problem: string): string | undefined {
  for (const context of contexts(envelope)) {
    const [issuer] = childrenNamed(context, context.namespace, 'Emetteur');
    if (issuer !== undefined && !expected.includes(issuer.text ?? '')) return `${context.name}/Emetteur ${problem}.`;
  }
  return undefined;
}

function checkIdam(envelope: Envelope, { acceptedIdam }: CheckContext): string | undefined {
  const [software] = contexts(envelope).flatMap((context) => childrenNamed(context, LPS, 'LPS'));
  const [idam] = software === undefined ? [] : childrenNamed(software, LPS, 'IDAM');
  const isKnown = idam?.attributes.get('R') === '4' && idam.text !== undefined && acceptedIdam.includes(idam.text);
  return isKnown ? undefined : "Numéro d'autorisation du logiciel inconnu.";
}

function onlyContext(envelope: Envelope, namespace: string, name: string): Tree | undefined {
  const found = childrenNamed(envelope.header, namespace, name);
  return found.length === 1 ? found[0] : undefined;
}

function contexts(envelope: Envelope): Tree[] {
  return [...childrenNamed(envelope.header, BAM, 'ContexteBAM'), ...childrenNamed(envelope.header, LPS, 'ContexteLPS')];
}

function isUuidUri(value: string): boolean {
  return value.startsWith('uuid:') && UUID.test(value.slice('uuid:'.length));
}
