/** The SOAP envelope that every INSi operation shares: contexts, addressing, assertion if any. Source: ins.md 4.1 to 4.5. */
import { escapeXml } from '../xml/xml.ts';

/** `rechercherInsAvecTraitsIdentite`, … */
export const ACTION_PREFIX = 'urn:ServiceIdentiteCertifiee:1.0.0:';

/** Identity of the calling software. `idam` is its INSi authorisation number; `instance` a UUID stable per installation. */
export interface LpsIdentity {
  readonly idam: string;
  readonly version: string;
  readonly name: string;
  readonly instance: string;
}

/** What one operation puts into the envelope. */
export interface InsiOperation {
  /** `wsa:Action`. */
  readonly action: string;
  /** Inside ContexteBAM/COUVERTURE, prefix `bam`; empty when nothing was read from a Vitale card. */
  readonly coverage: string;
  /** The one child of the Body. */
  readonly body: string;
}

/** What surrounds the operation. */
export interface RequestFrame {
  readonly lps: LpsIdentity;
  /** OU of the organisation certificate, or NameID of the assertion (ins.md 4.4). */
  readonly emitter: string;
  /** `wsse:Security`, or empty: with an organisation certificate there is none. */
  readonly security: string;
  /** UUIDs, new for each request. */
  readonly requestId: string;
  readonly messageId: string;
  readonly at: Date;
}

export function insiEnvelope({ action, coverage, body }: InsiOperation, frame: RequestFrame): string {
  const { lps, emitter, security, requestId, messageId, at } = frame;
  const time = at.toISOString();
  return `<?xml version="1.0" encoding="UTF-8"?>
<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header>${[
    '<bam:ContexteBAM xmlns:bam="urn:siram:bam:ctxbam" Nature="CTXBAM" Version="01_02">',
    leaf('bam:Id', requestId),
    leaf('bam:Temps', time),
    leaf('bam:Emetteur', emitter),
    `<bam:COUVERTURE>${coverage}</bam:COUVERTURE></bam:ContexteBAM>`,
    '<lps:ContexteLPS xmlns:lps="urn:siram:lps:ctxlps" Nature="CTXLPS" Version="01_00">',
    leaf('lps:Id', requestId),
    leaf('lps:Temps', time),
    leaf('lps:Emetteur', emitter),
    `<lps:LPS><lps:IDAM R="4">${escapeXml(lps.idam)}</lps:IDAM>`,
    leaf('lps:Version', lps.version),
    leaf('lps:Instance', lps.instance),
    leaf('lps:Nom', `urn:lps:${lps.name}:${lps.version}`),
    '</lps:LPS></lps:ContexteLPS>',
    `<a:Action xmlns:a="http://www.w3.org/2005/08/addressing">${escapeXml(action)}</a:Action>`,
    `<a:MessageID xmlns:a="http://www.w3.org/2005/08/addressing">uuid:${escapeXml(messageId)}</a:MessageID>`,
    security,
  ].join('')}</s:Header><s:Body>${body}</s:Body></s:Envelope>`;
}

/** One element with its text; nothing at all where there is no text. */
export function leaf(name: string, text: string | undefined): string {
  return text === undefined ? '' : `<${name}>${escapeXml(text)}</${name}>`;
}
