/** The SOAP envelope of rechercherInsAvecTraitsIdentite over mutual TLS (no assertion). Source: ins.md 4.1 to 4.5. */
import { escapeXml } from '../xml/xml.ts';
import type { InsiQuery } from './query.ts';

export const SEARCH_ACTION = 'urn:ServiceIdentiteCertifiee:1.0.0:rechercherInsAvecTraitsIdentite';

/** Identity of the calling software. `idam` is its INSi authorisation number; `instance` a UUID stable per installation. */
export interface LpsIdentity {
  readonly idam: string;
  readonly version: string;
  readonly name: string;
  readonly instance: string;
}

export interface SearchRequest {
  readonly query: InsiQuery;
  readonly lps: LpsIdentity;
  /** OU of the organisation certificate, for example `10B0152872`. */
  readonly emitter: string;
  /** UUIDs, new for each request. */
  readonly requestId: string;
  readonly messageId: string;
  readonly at: Date;
}

export function searchEnvelope({ query, lps, emitter, requestId, messageId, at }: SearchRequest): string {
  const time = at.toISOString();
  const nom = `urn:lps:${lps.name}:${lps.version}`;
  const place = query.birthPlace === undefined ? '' : element('r:LieuNaissance', query.birthPlace);
  return `<?xml version="1.0" encoding="UTF-8"?>
<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header>${[
    '<bam:ContexteBAM xmlns:bam="urn:siram:bam:ctxbam" Nature="CTXBAM" Version="01_02">',
    element('bam:Id', requestId),
    element('bam:Temps', time),
    element('bam:Emetteur', emitter),
    // Mandatory but empty: nothing was read from a Vitale card.
    '<bam:COUVERTURE/></bam:ContexteBAM>',
    '<lps:ContexteLPS xmlns:lps="urn:siram:lps:ctxlps" Nature="CTXLPS" Version="01_00">',
    element('lps:Id', requestId),
    element('lps:Temps', time),
    element('lps:Emetteur', emitter),
    `<lps:LPS><lps:IDAM R="4">${escapeXml(lps.idam)}</lps:IDAM>`,
    element('lps:Version', lps.version),
    element('lps:Instance', lps.instance),
    element('lps:Nom', nom),
    '</lps:LPS></lps:ContexteLPS>',
    `<a:Action xmlns:a="http://www.w3.org/2005/08/addressing">${SEARCH_ACTION}</a:Action>`,
    `<a:MessageID xmlns:a="http://www.w3.org/2005/08/addressing">uuid:${escapeXml(messageId)}</a:MessageID>`,
  ].join('')}</s:Header><s:Body><r:RECSANSVITALE xmlns:r="http://www.cnamts.fr/INSiRecSans">${[
    element('r:NomNaissance', query.birthName),
    element('r:Prenom', query.givenName),
    element('r:Sexe', query.sex),
    element('r:DateNaissance', query.birthDate),
    place,
  ].join('')}</r:RECSANSVITALE></s:Body></s:Envelope>`;
}

function element(name: string, value: string): string {
  return `<${name}>${escapeXml(value)}</${name}>`;
}
