/** SOAP 1.2 with WS-Addressing: building requests, reading answers. Source: dmp.md 2.1. */
import { children, element, elements, escapeXml, text, withXml, type XmlElement, XmlRefused } from '../xml/xml.ts';

const SOAP12 = 'http://www.w3.org/2003/05/soap-envelope';
const SOAP11 = 'http://schemas.xmlsoap.org/soap/envelope/';
const WSA = 'http://www.w3.org/2005/08/addressing';
const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';

export interface EnvelopeParts {
  readonly action: string;
  /** Full URL of the service. */
  readonly to: string;
  /** UUID, without `urn:uuid:`. */
  readonly messageId: string;
  /** Content of `wsse:Security`: one SAML assertion. */
  readonly assertion: string;
  /** The one child of the Body. */
  readonly body: string;
}

/** The whole request as XML text. `assertion` and `body` are put in as they are. */
export function soapEnvelope(parts: EnvelopeParts): string {
  return (
    `<soap:Envelope xmlns:soap="${SOAP12}"><soap:Header>` +
    `<Action xmlns="${WSA}" soap:mustUnderstand="true">${escapeXml(parts.action)}</Action>` +
    `<MessageID xmlns="${WSA}">urn:uuid:${escapeXml(parts.messageId)}</MessageID>` +
    `<To xmlns="${WSA}">${escapeXml(parts.to)}</To>` +
    `<ReplyTo xmlns="${WSA}" soap:mustUnderstand="true"><Address>${WSA}/anonymous</Address></ReplyTo>` +
    `<wsse:Security xmlns:wsse="${WSSE}">${parts.assertion}</wsse:Security>` +
    `</soap:Header><soap:Body>${parts.body}</soap:Body></soap:Envelope>`
  );
}

export interface SoapFault {
  /** Local names, outermost first: `Sender`, then the subcodes. */
  readonly codes: readonly string[];
  /** As the peer wrote it: it may quote what we sent, a matricule included. */
  readonly reason: string;
  /** Text content of Detail, same caution. */
  readonly detail: string;
}

export type SoapAnswer<T> =
  | { readonly kind: 'body'; readonly value: T }
  | { readonly kind: 'fault'; readonly fault: SoapFault }
  | { readonly kind: 'unreadable'; readonly reason: string };

/**
 * Reads an answer by namespace and local name, never by prefix. `read` gets the one child of the Body and returns plain
 * values, or undefined when that element is not what it expects. A SOAP 1.1 envelope is read too: that is how a node
 * that knows only 1.1 says so.
 */
export function readSoap<T>(bytes: Uint8Array, read: (content: XmlElement) => T | undefined): SoapAnswer<T> {
  try {
    return withXml(bytes, (root) => readEnvelope(root, read));
  } catch (error) {
    if (error instanceof XmlRefused) return { kind: 'unreadable', reason: error.reason };
    throw error;
  }
}

function readEnvelope<T>(root: XmlElement, read: (content: XmlElement) => T | undefined): SoapAnswer<T> {
  const ns = root.namespaceUri;
  if (root.name !== 'Envelope' || (ns !== SOAP12 && ns !== SOAP11))
    return { kind: 'unreadable', reason: 'no envelope' };
  const body = children(root).filter((child) => child.name === 'Body' && child.namespaceUri === ns);
  const content = body.length === 1 && body[0] ? children(body[0]) : [];
  const [only] = content;
  if (only === undefined || content.length !== 1) return { kind: 'unreadable', reason: 'body' };
  if (only.name === 'Fault' && only.namespaceUri === ns) return { kind: 'fault', fault: readFault(only, ns) };
  const value = read(only);
  return value === undefined ? { kind: 'unreadable', reason: 'unexpected content' } : { kind: 'body', value };
}

function readFault(fault: XmlElement, uri: string): SoapFault {
  const ns = { s: uri };
  if (uri === SOAP11) {
    const codes = [localPart(text(fault, 'faultcode') ?? '')];
    return { codes, reason: text(fault, 'faultstring') ?? '', detail: text(fault, 'detail') ?? '' };
  }
  const code = element(fault, 's:Code', ns);
  const values = code === undefined ? [] : elements(code, 's:Value | .//s:Subcode/s:Value', ns);
  return {
    codes: values.map((value) => localPart(value.content.trim())),
    reason: text(fault, 's:Reason/s:Text', ns) ?? '',
    detail: text(fault, 's:Detail', ns) ?? '',
  };
}

function localPart(qname: string): string {
  return qname.slice(qname.lastIndexOf(':') + 1);
}
