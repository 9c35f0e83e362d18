/** SOAP faults of INSi, read by namespace and local name (trap 8), and the rule that each one means. Source: ins.md 4.7. */
import { insiRules } from '../../rules/insi.ts';
import type { Rule } from '../../rules/rule.ts';
import { text, type XmlElement } from '../xml/xml.ts';
import type { InsiFault, InsiOutcome } from './outcome.ts';

const NS = { s: 'http://www.w3.org/2003/05/soap-envelope', siram: 'urn:siram' };

/** Inner codes that are known, whatever the siram code around them. */
const BY_CODE: Readonly<Record<string, Rule>> = {
  insi_102: insiRules.technicalError,
  desir_1020: insiRules.temporarilyUnavailable,
  desir_550: insiRules.softwareUnknown,
  desir_560: insiRules.certificateNotEntitled,
};

/** Families, for an inner code that is not known. */
const BY_SIRAM: Readonly<Record<string, Rule>> = {
  siram_40: insiRules.temporarilyUnavailable,
  siram_100: insiRules.softwareUnknown,
};

/** `fault` is the SOAP 1.2 Fault element. */
export function readFault(fault: XmlElement): InsiFault {
  const error = 's:Detail//siram:Erreur';
  const optional = {
    siram: localName(text(fault, 's:Code//s:Subcode/s:Value', NS)),
    code: text(fault, `${error}/@code`, NS),
    severity: text(fault, `${error}/@severite`, NS),
    userText: text(fault, 's:Reason/s:Text', NS),
    technicalText: text(fault, error, NS),
    messageId: text(fault, `${error}/@messageID`, NS),
  };
  const present = Object.fromEntries(
    Object.entries(optional).filter(([, value]) => value !== undefined && value !== ''),
  );
  const party = localName(text(fault, 's:Code/s:Value', NS));
  return { ...present, party: party === 'Sender' || party === 'Receiver' ? party : 'other' };
}

/**
 * An unknown fault follows SOAP itself: a Receiver may succeed later, a Sender must not resend unchanged. Its codes are
 * the only part that goes into the refusal.
 */
export function outcomeOfFault(fault: InsiFault): InsiOutcome {
  const unknown = fault.party === 'Receiver' ? insiRules.unknownReceiverFault : insiRules.unknownSenderFault;
  const rule: Rule = BY_CODE[fault.code ?? ''] ?? BY_SIRAM[fault.siram ?? ''] ?? unknown;
  const detail = [fault.siram, fault.code].filter((code) => code !== undefined).join('/');
  return { kind: rule.retry === 'automatic' ? 'transient' : 'permanent', fault, refusal: { rule, detail } };
}

/** A QName without its prefix. */
function localName(qname: string | undefined): string | undefined {
  return qname?.slice(qname.indexOf(':') + 1);
}
