/**
 * verifierInsAvecTraitsIdentite: does this INS still go with these traits? Its schema is not published: the tree below was
 * seen in one client, and what is not known of it is a setting (ins.md 4.2 and 9.1).
 */
import type { Ins } from '../../ins/types.ts';
import { insiRules } from '../../rules/insi.ts';
import { element, text, withXml, XmlRefused } from '../xml/xml.ts';
import { ACTION_PREFIX, type InsiOperation, leaf } from './envelope.ts';
import { outcomeOfFault, readFault } from './faults.ts';
import type { InsiOutcome } from './outcome.ts';
import type { InsiQuery } from './query.ts';

/** What public sources do not settle of the operation. */
export interface VerificationWire {
  readonly namespace: string;
  /** The child of the Body, around IndividuVerifie. */
  readonly requestElement: string;
  readonly responseElement: string;
  readonly identicalCodes: readonly string[];
  readonly differentCodes: readonly string[];
}

/** Yes or no, or why there is no answer: no INS comes back. */
export type VerificationAnswer =
  | { readonly kind: 'identical' | 'different' }
  | Exclude<InsiOutcome, { kind: 'found' | 'none' | 'several' }>;

/** An INS received or held for a while, with its traits. */
export interface HeldIns {
  readonly ins: Ins;
  /** `givenName` holds the whole list. */
  readonly traits: InsiQuery;
}

export function verificationOperation({ ins, traits }: HeldIns, wire: VerificationWire): InsiOperation {
  const number = leaf('v:NumIdentifiant', ins.matricule.slice(0, 13)) + leaf('v:Cle', ins.matricule.slice(13));
  const given = [
    leaf('v:NomNaissance', traits.birthName),
    leaf('v:ListePrenom', traits.givenName),
    leaf('v:Sexe', traits.sex),
    leaf('v:DateNaissance', traits.birthDate),
    leaf('v:LieuNaissance', traits.birthPlace),
  ].join('');
  return {
    action: `${ACTION_PREFIX}verifierInsAvecTraitsIdentite`,
    coverage: '',
    body:
      `<v:${wire.requestElement} xmlns:v="${wire.namespace}"><v:IndividuVerifie>` +
      `<v:INSFourni><v:IdIndividu>${number}</v:IdIndividu>${leaf('v:OID', ins.oid)}</v:INSFourni>` +
      `<v:TraitsIdentiteIndividu>${given}</v:TraitsIdentiteIndividu></v:IndividuVerifie></v:${wire.requestElement}>`,
  };
}

const SOAP = 'http://www.w3.org/2003/05/soap-envelope';
const LIMITS = { maxBytes: 1_000_000 };

/** Undefined when the body is no SOAP envelope at all. */
export function readVerification(body: Uint8Array, wire: VerificationWire): VerificationAnswer | undefined {
  const NS = { s: SOAP, v: wire.namespace };
  try {
    return withXml(
      body,
      (root): VerificationAnswer | undefined => {
        if (element(root, '/s:Envelope', NS) === undefined) return undefined;
        const fault = element(root, '/s:Envelope/s:Body//s:Fault', NS);
        if (fault !== undefined) return withoutAnswer(outcomeOfFault(readFault(fault)));
        const code = text(root, `/s:Envelope/s:Body/v:${wire.responseElement}//v:CodeCR`, NS) ?? '';
        if (wire.identicalCodes.includes(code)) return { kind: 'identical' };
        if (wire.differentCodes.includes(code)) return { kind: 'different' };
        return { kind: 'unreadable', refusal: { rule: insiRules.unknownReturnCode } };
      },
      LIMITS,
    );
  } catch (error) {
    if (!(error instanceof XmlRefused)) throw error;
    return error.reason === 'malformed'
      ? undefined
      : { kind: 'unreadable', refusal: { rule: insiRules.unreadable, detail: error.reason } };
  }
}

/** A fault never holds an identity. */
function withoutAnswer(outcome: InsiOutcome): VerificationAnswer {
  if (outcome.kind === 'found' || outcome.kind === 'none' || outcome.kind === 'several')
    throw new Error('a SOAP fault is no answer');
  return outcome;
}
