/**
 * Reads the answer of WS_INS2. By namespace and local name, never by prefix or position: order varies in INSHISTO, and
 * published vectors hold wrong keys and reversed dates (traps 1, 8, 9). Source: ins.md 4.6.
 */
import type { InsiTraits } from '../../ins/insi-traits.ts';
import { matriculeAlerts, matriculeKey, parseMatricule } from '../../ins/matricule.ts';
import { parseOid } from '../../ins/oids.ts';
import { insiRules } from '../../rules/insi.ts';
import { element, elements, text, withXml, type XmlElement, XmlRefused } from '../xml/xml.ts';
import { outcomeOfFault, readFault } from './faults.ts';
import type { InsiIdentity, InsiOutcome, ReturnedIns } from './outcome.ts';

const NS = { s: 'http://www.w3.org/2003/05/soap-envelope', r: 'http://www.cnamts.fr/INSiResultat' };
/** An answer weighs a few kilobytes; the longest history known is ten numbers. */
const LIMITS = { maxBytes: 1_000_000 };

/** The outcome that a body carries, or undefined when it is no SOAP 1.2 envelope at all (an HTML page, nothing). */
export function readSearchResponse(body: Uint8Array): InsiOutcome | undefined {
  try {
    return withXml(body, readEnvelope, LIMITS);
  } catch (error) {
    if (error instanceof XmlRefused) return error.reason === 'malformed' ? undefined : unreadable(error.reason);
    throw error;
  }
}

function readEnvelope(root: XmlElement): InsiOutcome | undefined {
  if (element(root, '/s:Envelope', NS) === undefined) return undefined;
  const fault = element(root, '/s:Envelope/s:Body//s:Fault', NS);
  if (fault !== undefined) return outcomeOfFault(readFault(fault));
  const result = element(root, '/s:Envelope/s:Body//r:RESULTAT', NS);
  return result === undefined ? unreadable('RESULTAT absent') : readResult(result);
}

function readResult(result: XmlElement): InsiOutcome {
  const cr = { code: text(result, 'r:CR/r:CodeCR', NS) ?? '', label: text(result, 'r:CR/r:LibelleCR', NS) ?? '' };
  switch (cr.code) {
    case '00': {
      const identity = readIdentity(result);
      return typeof identity === 'string' ? unreadable(identity) : { kind: 'found', cr, identity };
    }
    case '01':
      return { kind: 'none', cr, refusal: { rule: insiRules.noIdentity } };
    case '02':
      return { kind: 'several', cr, refusal: { rule: insiRules.severalIdentities } };
    case '':
      return unreadable('CodeCR absent');
    default:
      return {
        kind: 'unreadable',
        refusal: { rule: insiRules.unknownReturnCode, detail: `CodeCR ${cr.code.slice(0, 8)}` },
      };
  }
}

/** The identity of an answer 00, or the name of what is missing. */
function readIdentity(result: XmlElement): InsiIdentity | string {
  const active = element(result, 'r:INDIVIDU/r:INSACTIF', NS);
  const tiq = element(result, 'r:INDIVIDU/r:TIQ', NS);
  if (active === undefined || tiq === undefined) return active === undefined ? 'INSACTIF absent' : 'TIQ absent';
  const returned = readIns(active);
  const absentKey = returned.key === undefined;
  const key = returned.key ?? String(matriculeKey(returned.number)).padStart(2, '0');
  const matricule = parseMatricule(returned.number + key);
  const oid = parseOid(returned.oid);
  if (!matricule.ok) return 'INSACTIF/IdIndividu illisible';
  if (!oid.ok) return 'INSACTIF/OID illisible';
  return {
    ins: { matricule: matricule.value, oid: oid.value },
    returned,
    history: elements(result, 'r:INDIVIDU/r:INSHISTO', NS).map(readIns),
    traits: readTraits(tiq),
    alerts: [...matriculeAlerts(matricule.value), ...(absentKey ? (['key-absent'] as const) : [])],
  };
}

function readIns(node: XmlElement): ReturnedIns {
  return {
    number: text(node, 'r:IdIndividu/r:NumIdentifiant', NS) ?? '',
    oid: text(node, 'r:OID', NS) ?? '',
    ...present({
      key: text(node, 'r:IdIndividu/r:Cle', NS),
      type: text(node, 'r:IdIndividu/r:TypeMatricule', NS),
      from: text(node, 'r:DateDeb', NS),
      until: text(node, 'r:DateFin', NS),
    }),
  };
}

/** Raw: a birth date may be lunar, the first given name is seldom returned (trap 10). */
function readTraits(tiq: XmlElement): InsiTraits {
  return present({
    birthName: text(tiq, 'r:NomNaissance', NS),
    givenName: text(tiq, 'r:Prenom', NS),
    givenNames: text(tiq, 'r:ListePrenom', NS),
    sex: text(tiq, 'r:Sexe', NS),
    birthDate: text(tiq, 'r:DateNaissance', NS),
    birthPlace: text(tiq, 'r:LieuNaissance', NS),
  });
}

/** Leaves out what the answer does not have; an empty element says nothing either. */
function present<K extends string>(values: Readonly<Record<K, string | undefined>>): { readonly [P in K]?: string } {
  const kept: { [P in K]?: string } = {};
  for (const name of Object.keys(values) as K[]) {
    const value = values[name];
    if (value !== undefined && value !== '') kept[name] = value;
  }
  return kept;
}

function unreadable(detail: string): InsiOutcome {
  return { kind: 'unreadable', refusal: { rule: insiRules.unreadable, detail } };
}
