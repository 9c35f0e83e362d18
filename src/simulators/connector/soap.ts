/** The connector's SOAP 1.2: what it sends, plain or MTOM, and what it understands of an answer. Source: dmp.md 2.1, 2.2. */
import { element, text, withXml, type XmlElement, XmlRefused } from '../../wire/xml/xml.ts';
import { type MimePart, readMediaType, readMimePackage } from '../dmp/mime.ts';
import { writeMtom } from '../dmp/mtom-answer.ts';

const SOAP = 'http://www.w3.org/2003/05/soap-envelope';
const WSA = 'http://www.w3.org/2005/08/addressing';
const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
const RS = 'urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0';
const SUCCESS = 'urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success';
const NS = { s: SOAP, rs: RS, h: 'urn:hl7-org:v3' };

export interface SoapCall {
  readonly service: string;
  readonly action: string;
  /** The signed assertion. */
  readonly token: string;
  readonly body: string;
  readonly messageId: string;
  /** By Content-ID; with some, the message is MTOM. */
  readonly parts?: ReadonlyMap<string, MimePart>;
}

export interface HttpBody {
  readonly contentType: string;
  readonly bytes: Buffer;
}

export function writeCall({ action, token, body, messageId, parts }: SoapCall): HttpBody {
  const envelope =
    `<env:Envelope xmlns:env="${SOAP}"><env:Header><Action xmlns="${WSA}" env:mustUnderstand="true">${action}</Action>` +
    `<MessageID xmlns="${WSA}">urn:uuid:${messageId}</MessageID><To xmlns="${WSA}"></To>` +
    `<ReplyTo xmlns="${WSA}"><Address>${WSA}/anonymous</Address></ReplyTo>` +
    `<wsse:Security xmlns:wsse="${WSSE}">${token}</wsse:Security></env:Header><env:Body>${body}</env:Body></env:Envelope>`;
  if (parts === undefined) {
    return { contentType: `application/soap+xml; charset=UTF-8; action="${action}"`, bytes: Buffer.from(envelope) };
  }
  const { contentType, body: bytes } = writeMtom(action, envelope, parts, messageId);
  return { contentType, bytes };
}

/** `busy`: come again; `refused`: coming again changes nothing; `unreachable`: it is not known whether it was done. */
export type Said<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'busy' | 'refused' | 'unreachable'; readonly code: string; readonly reason: string };

export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
}

/** What an answer holds: the element in its Body, and the documents that came with it. */
export interface Answered {
  readonly payload: XmlElement;
  readonly parts: ReadonlyMap<string, MimePart>;
}

const TRANSIENT = ['NotAvailable', 'OutOfResources', 'Busy'];

/** A fault, a registry failure, or what `read` makes of the answer; undefined: the answer is not understood. */
export function readAnswer<T>(answer: HttpAnswer, read: (answered: Answered) => T | undefined): Said<T> {
  const unread: Said<T> = { kind: 'unreachable', code: `HTTP ${answer.status}`, reason: 'answer not understood' };
  try {
    const { type } = readMediaType(answer.contentType);
    const unpacked = type === 'multipart/related' ? readMimePackage(answer.contentType, answer.body) : undefined;
    if (unpacked?.ok === false) return unread;
    const { root, parts } = unpacked?.value ?? { root: { body: answer.body }, parts: new Map<string, MimePart>() };
    return withXml(root.body, (envelope) => {
      const payload = element(envelope, '/s:Envelope/s:Body/*', NS);
      if (payload === undefined) return unread;
      const failed = faultOf(payload) ?? failureOf(payload) ?? errorOf(payload);
      if (failed !== undefined) return failed;
      const value = answer.status === 200 ? read({ payload, parts }) : undefined;
      return value === undefined ? unread : { kind: 'done', value };
    });
  } catch (error) {
    if (error instanceof XmlRefused) return unread;
    throw error;
  }
}

function faultOf(payload: XmlElement): Said<never> | undefined {
  if (payload.name !== 'Fault') return undefined;
  const code = text(payload, 's:Code/s:Value', NS) ?? '';
  const reason = text(payload, 's:Reason/s:Text', NS) ?? '';
  return { kind: code.endsWith(':Receiver') ? 'busy' : 'refused', code, reason };
}

function failureOf(payload: XmlElement): Said<never> | undefined {
  const status = element(payload, 'descendant-or-self::*[@status][1]', NS)?.attr('status')?.value;
  const error = element(payload, './/rs:RegistryError', NS);
  if (error === undefined || status === SUCCESS) return undefined;
  const code = error.attr('errorCode')?.value ?? '';
  const transient = TRANSIENT.some((end) => code.endsWith(end));
  return { kind: transient ? 'busy' : 'refused', code, reason: error.attr('codeContext')?.value ?? '' };
}

/** HL7 v3 says that a question is refused, and not whether it may be asked again: the simulated products ask again. */
function errorOf(payload: XmlElement): Said<never> | undefined {
  const refused = element(payload, 'h:acknowledgement[@typeCode="AE" or @typeCode="AR"]', NS);
  if (refused === undefined) return undefined;
  return { kind: 'busy', code: 'AE', reason: text(refused, 'h:acknowledgementDetail/h:text', NS) ?? '' };
}

/** An answer that says success and nothing else. */
export function acknowledged({ payload }: Answered): true | undefined {
  return payload.name === 'RegistryResponse' && payload.attr('status')?.value === SUCCESS ? true : undefined;
}
