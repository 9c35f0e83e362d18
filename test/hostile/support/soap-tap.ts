/**
 * Stands between the gateway and a national service, on the real wire: sees every exchange, passes it on unchanged, and
 * cuts or falsifies those that the case chooses.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request as openRequest } from 'node:https';
import { buffer } from 'node:stream/consumers';
import type { DemoCertificate, DemoPki } from '../../../src/demo/pki.ts';
import { closeServer, listen } from '../../../src/simulators/common/sockets.ts';

export interface Exchange {
  /** SOAP action, last part: `ProvideAndRegisterDocumentSet-b`, `RegistryStoredQuery`, `PRPA_IN201307UV02`… */
  readonly action: string;
  /** uniqueIds of the documents submitted or asked about. */
  readonly uniqueIds: readonly string[];
  /** entryUUID of the document that it deletes. */
  readonly deletes?: string;
}

/**
 * `cut-before`: the service never hears of it. `cut-after`: it did, and its answer is lost. `fault-200`: it never hears of
 * it, and a SOAP fault comes back under HTTP 200.
 */
export type Treatment = 'pass' | 'cut-before' | 'cut-after' | 'fault-200';

export interface SoapTap {
  /** Without a path. */
  readonly url: string;
  /** Most exchanges that were open at the same time. */
  mostAtOnce(): number;
  close(): Promise<void>;
}

export interface TapOptions {
  readonly pki: DemoPki;
  /** Under which the exchanges are passed on. */
  readonly client: DemoCertificate;
  /** Without a path. */
  readonly target: string;
  /** Asked before anything is passed on; may kill somebody meanwhile. */
  readonly treat: (exchange: Exchange) => Treatment | Promise<Treatment>;
  /** Told when the service has answered, before the answer goes back; may change what becomes of it. */
  readonly answered?: (
    exchange: Exchange,
    answer: Buffer,
    treatment: Treatment,
  ) => Treatment | undefined | Promise<Treatment>;
}

const FAULT =
  '<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault>' +
  '<s:Code><s:Value>s:Receiver</s:Value></s:Code><s:Reason><s:Text xml:lang="fr">Service momentanément indisponible' +
  '</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>';

export async function startSoapTap(options: TapOptions): Promise<SoapTap> {
  const { pki, client, target } = options;
  const agent = new Agent({ ca: pki.caPem, cert: client.certPem, key: client.keyPem, keepAlive: true });
  let open = 0;
  let most = 0;
  const server = createServer(
    { ca: pki.caPem, cert: pki.server.certPem, key: pki.server.keyPem, requestCert: true, rejectUnauthorized: true },
    (incoming, outgoing) => {
      open += 1;
      most = Math.max(most, open);
      // Closed by either side: an exchange that the gateway gave up is over, whatever the service still does.
      outgoing.once('close', () => {
        open -= 1;
      });
      // The service is down: so is the tap, for this exchange.
      exchange(incoming, outgoing, options, agent).catch(() => outgoing.destroy());
    },
  );
  const port = await listen(server, 0, '127.0.0.1');
  return {
    url: `https://localhost:${port}`,
    mostAtOnce: () => most,
    async close() {
      await closeServer(server);
      agent.destroy();
    },
  };

  async function exchange(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    { treat, answered }: TapOptions,
    through: Agent,
  ): Promise<void> {
    const contentType = incoming.headers['content-type'] ?? '';
    const body = await buffer(incoming);
    const seen = describe(contentType, body);
    const treatment = await treat(seen);
    if (treatment === 'cut-before') {
      outgoing.destroy();
      return;
    }
    if (treatment === 'fault-200') {
      outgoing.writeHead(200, { 'content-type': 'application/soap+xml; charset=UTF-8' }).end(FAULT);
      return;
    }
    const headers = { 'content-type': contentType, 'content-length': body.length };
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      openRequest(new URL(incoming.url ?? '/', target), { method: 'POST', agent: through, headers }, resolve)
        .on('error', reject)
        .end(body);
    });
    const bytes = await buffer(answer);
    const final = (await answered?.(seen, bytes, treatment)) ?? treatment;
    if (final === 'cut-after') outgoing.destroy();
    else
      outgoing.writeHead(answer.statusCode ?? 500, { 'content-type': answer.headers['content-type'] ?? '' }).end(bytes);
  }
}

const UNIQUE_ID_SCHEME = 'urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab';

/** Read as text, without the product's own readers. */
function describe(contentType: string, body: Buffer): Exchange {
  const text = body.toString('latin1');
  const action = /action="([^"]+)"/.exec(contentType)?.[1] ?? /<(?:\w+:)?Action[^>]*>([^<]+)</.exec(text)?.[1] ?? '';
  const submitted = new RegExp(`identificationScheme="${UNIQUE_ID_SCHEME}"[^>]*value="([\\d.]+)"`, 'g');
  const asked = /\((?:'|&apos;|&#39;)([\d.]+)(?:'|&apos;|&#39;)\)/g;
  const uniqueIds = [...text.matchAll(submitted), ...text.matchAll(asked)].map(([, id]) => id ?? '');
  const deletes = /AssociationType:UpdateAvailabilityStatus"[^>]*targetObject="([^"]+)"/.exec(text)?.[1];
  return { action: action.split(/[/:]/).at(-1) ?? '', uniqueIds, ...(deletes === undefined ? {} : { deletes }) };
}
