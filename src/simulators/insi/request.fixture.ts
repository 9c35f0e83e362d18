/** A correct request to the teleservice, written here by hand so that the tests share nothing with the client. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { SimRequest } from '../common/service.ts';

export const NOW = new Date('2026-11-23T10:00:00.000Z');
export const IDAM = 'PDP17TEST001';
const ACTION = 'urn:ServiceIdentiteCertifiee:1.0.0:';
const CONTENT_TYPE = 'application/soap+xml; charset=utf-8';

export interface Traits {
  readonly name: string;
  readonly given: string;
  readonly sex: string;
  readonly date: string;
  readonly place?: string;
}

export const DOMINIQUE: Traits = { name: 'ADRTROIS', given: 'DOMINIQUE', sex: 'F', date: '1997-02-26' };

export function traitsRequest(traits: Traits, messageId = `uuid:${randomUUID()}`): string {
  const place = traits.place === undefined ? '' : `<i:LieuNaissance>${traits.place}</i:LieuNaissance>`;
  return soapRequest(
    'rechercherInsAvecTraitsIdentite',
    messageId,
    '',
    `<i:RECSANSVITALE xmlns:i="http://www.cnamts.fr/INSiRecSans">
      <i:NomNaissance>${traits.name}</i:NomNaissance>
      <i:Prenom>${traits.given}</i:Prenom>
      <i:Sexe>${traits.sex}</i:Sexe>
      <i:DateNaissance>${traits.date}</i:DateNaissance>${place}
    </i:RECSANSVITALE>`,
  );
}

export function cardRequest(content: string, messageId = `uuid:${randomUUID()}`): string {
  return soapRequest(
    'rechercherInsAvecCarteVitale',
    messageId,
    '<b:ASSURE><b:Id><b:Num>1810363220456</b:Num><b:Cle>60</b:Cle></b:Id></b:ASSURE>',
    `<v:RECVITALE xmlns:v="http://www.cnamts.fr/INSiRecVit">${content}</v:RECVITALE>`,
  );
}

function soapRequest(operation: string, messageId: string, coverage: string, body: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://www.w3.org/2005/08/addressing">
  <e:Header>
    <b:ContexteBAM xmlns:b="urn:siram:bam:ctxbam" Nature="CTXBAM" Version="01_02">
      <b:Id>${randomUUID()}</b:Id>
      <b:Temps>${NOW.toISOString()}</b:Temps>
      <b:Emetteur>10B0152872</b:Emetteur>
      <b:COUVERTURE>${coverage}</b:COUVERTURE>
    </b:ContexteBAM>
    <l:ContexteLPS xmlns:l="urn:siram:lps:ctxlps" Nature="CTXLPS" Version="01_00">
      <l:Id>${randomUUID()}</l:Id>
      <l:Temps>${NOW.toISOString()}</l:Temps>
      <l:Emetteur>10B0152872</l:Emetteur>
      <l:LPS>
        <l:IDAM R="4">${IDAM}</l:IDAM>
        <l:Version>1.0</l:Version>
        <l:Instance>636c9d43-1a19-4b8c-a8b1-ac43227cfe46</l:Instance>
        <l:Nom>urn:lps:traitdunion:1.0</l:Nom>
      </l:LPS>
    </l:ContexteLPS>
    <a:Action>${ACTION}${operation}</a:Action>
    <a:MessageID>${messageId}</a:MessageID>
  </e:Header>
  <e:Body>${body}</e:Body>
</e:Envelope>`;
}

/** Replaces one place of a request, which must be there. */
export function mutate(request: string, from: string | RegExp, to: string): string {
  const mutated = request.replace(from, to);
  assert.notEqual(mutated, request, `nothing to replace for ${from}`);
  return mutated;
}

/** The request as the service shell hands it to the teleservice. */
export function received(body: string | Buffer, changes: Partial<SimRequest> = {}): SimRequest {
  return {
    method: 'POST',
    path: '/lps',
    headers: { 'content-type': CONTENT_TYPE },
    body: Buffer.from(body),
    peer: {
      commonName: 'INSI-AUTO',
      organizationalUnits: ['10B0152872'],
      subject: 'CN=INSI-AUTO,OU=10B0152872,C=FR',
      certificate: Buffer.alloc(0),
    },
    ...changes,
  };
}

/** Draws that go round [0, 1) without chance. */
export function turning(): () => number {
  let draw = 0;
  return () => {
    draw = (draw + 0.37) % 1;
    return draw;
  };
}
