/** SOAP 1.2 with WS-Addressing 2005/08: reading a request and writing answers. Source: dmp.md 2.1. */
import { children, element, elements, escapeXml, text, type XmlElement } from '../../wire/xml/xml.ts';
import { type Checked, type Fault, refused } from './problem.ts';

const SOAP = 'http://www.w3.org/2003/05/soap-envelope';
const WSA = 'http://www.w3.org/2005/08/addressing';
const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
const ANONYMOUS = 'http://www.w3.org/2005/08/addressing/anonymous';
const NS = { s: SOAP, a: WSA, wsse: WSSE };
const UNDERSTOOD = new Set([`${WSA} Action`, `${WSA} MessageID`, `${WSA} To`, `${WSA} ReplyTo`, `${WSSE} Security`]);

export interface Envelope {
  readonly action: string;
  readonly messageId: string;
  readonly security: XmlElement;
  /** The one child of Body. */
  readonly payload: XmlElement;
}

/** `httpAction`: the action parameter of the HTTP Content-Type, when there is one. */
export function readEnvelope(root: XmlElement, httpAction: string | undefined): Checked<Envelope> {
  if (root.name !== 'Envelope' || root.namespaceUri !== SOAP) {
    return refused(`SOAP 1.2 attendu, enveloppe dans l’espace « ${root.namespaceUri} ».`, 'VersionMismatch');
  }
  const blocks = children(root).map((child) => `${child.namespaceUri} ${child.name}`);
  if (blocks.join() !== `${SOAP} Header,${SOAP} Body`) return refused('L’enveloppe doit contenir Header puis Body.');
  const unknown = elements(root, 's:Header/*', NS).find(
    (header) => mustUnderstand(header) && !UNDERSTOOD.has(`${header.namespaceUri} ${header.name}`),
  );
  if (unknown !== undefined) return refused(`En-tête obligatoire non compris : ${unknown.name}.`, 'MustUnderstand');
  const addressing = readAddressing(root, httpAction);
  if (!addressing.ok) return addressing;
  const securities = elements(root, 's:Header/wsse:Security', NS);
  const [security] = securities;
  if (security === undefined || securities.length > 1) return refused('Un et un seul en-tête wsse:Security attendu.');
  const body = element(root, 's:Body', NS);
  const payloads = body === undefined ? [] : children(body);
  const [payload] = payloads;
  if (payload === undefined || payloads.length > 1) return refused('Le Body doit contenir un et un seul élément.');
  return { ok: true, value: { ...addressing.value, security, payload } };
}

function mustUnderstand(header: XmlElement): boolean {
  return header.attrs.some(
    (attribute) =>
      attribute.name === 'mustUnderstand' &&
      (attribute.namespaceUri === SOAP || attribute.namespaceUri === '') &&
      (attribute.value === 'true' || attribute.value === '1'),
  );
}

function readAddressing(
  root: XmlElement,
  httpAction: string | undefined,
): Checked<{ action: string; messageId: string }> {
  const of = (name: string): string[] =>
    elements(root, `s:Header/a:${name}`, NS).map((header) => header.content.trim());
  const [actions, messageIds, replies] = [of('Action'), of('MessageID'), of('ReplyTo')];
  const [action] = actions;
  const [messageId] = messageIds;
  if (!action || actions.length > 1) return refused('Un et un seul wsa:Action attendu.');
  if (!messageId || messageIds.length > 1) return refused('Un et un seul wsa:MessageID attendu.');
  if (!/^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(messageId)) {
    return refused('wsa:MessageID doit être un urn:uuid.');
  }
  if (of('To').length > 1 || replies.length > 1) return refused('wsa:To et wsa:ReplyTo : au plus un de chaque.');
  if (replies.length === 1 && text(root, 's:Header/a:ReplyTo/a:Address', NS) !== ANONYMOUS) {
    return refused('wsa:ReplyTo doit porter l’adresse anonyme.');
  }
  if (httpAction !== undefined && httpAction !== action) {
    return refused('Le paramètre action de Content-Type diffère de wsa:Action.');
  }
  return { ok: true, value: { action, messageId } };
}

export interface Reply {
  readonly action: string;
  /** MessageID of the request, when it could be read. */
  readonly relatesTo?: string;
  readonly messageId: string;
}

export function writeEnvelope(reply: Reply, body: string): string {
  const relates = reply.relatesTo === undefined ? '' : `<a:RelatesTo>${escapeXml(reply.relatesTo)}</a:RelatesTo>`;
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<s:Envelope xmlns:s="${SOAP}" xmlns:a="${WSA}"><s:Header>` +
    `<a:Action s:mustUnderstand="true">${escapeXml(reply.action)}</a:Action><a:MessageID>${reply.messageId}</a:MessageID>` +
    `<a:To>${ANONYMOUS}</a:To>${relates}</s:Header><s:Body>${body}</s:Body></s:Envelope>`
  );
}

export const FAULT_ACTION = 'http://www.w3.org/2005/08/addressing/soap/fault';

/** The subcode is unqualified: the namespace that the DMP gives it is unknown (dmp.md 6). */
export function writeFault({ code, subcode, reason }: Fault): string {
  const sub = subcode === undefined ? '' : `<s:Subcode><s:Value>${subcode}</s:Value></s:Subcode>`;
  return (
    `<s:Fault><s:Code><s:Value>s:${code}</s:Value>${sub}</s:Code>` +
    `<s:Reason><s:Text xml:lang="fr">${escapeXml(reason)}</s:Text></s:Reason></s:Fault>`
  );
}
