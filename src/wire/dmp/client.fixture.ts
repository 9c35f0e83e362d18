/** The client over a line that ends each call as a test wants it. */
import { createTestAuthority } from '../soap/certificates.fixture.ts';
import type { SoapRequest, TransportOutcome } from '../soap/transport.ts';
import type { Acting } from '../vihf/acting.ts';
import { acting, lps } from '../xds/submission.fixture.ts';
import { createSigner } from '../xml/signer.ts';
import { createDmpClient, type DmpClientOptions } from './client.ts';

const RS = 'urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0';
const STATUS = 'urn:oasis:names:tc:ebxml-regrep:ResponseStatusType';

export function envelope(body: string): string {
  return `<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Header/><e:Body>${body}</e:Body></e:Envelope>`;
}

export function answered(body: string | Buffer, status = 200, contentType = 'application/soap+xml'): TransportOutcome {
  return { kind: 'answered', status, contentType, body: Buffer.from(body) };
}

export function queryAnswered(content: string, status = 'Success'): TransportOutcome {
  const query = 'urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0';
  return answered(
    envelope(`<q:AdhocQueryResponse xmlns:q="${query}" status="${STATUS}:${status}">${content}</q:AdhocQueryResponse>`),
  );
}

export const accepted = answered(envelope(`<a:RegistryResponse xmlns:a="${RS}" status="${STATUS}:Success"/>`));

/** A professional who proved who they are: reinforced indirect mode. */
export const nurse: Acting = {
  ...acting,
  roles: [{ code: '60', system: '1.2.250.1.71.1.2.7', label: 'Infirmier' }],
  session: { mode: 'INDIRECTE_RENFORCEE', means: 'SmartcardPKI', loggedInAt: new Date('2026-11-23T08:00:00Z') },
};

const certificate = await (await createTestAuthority('CN=AC')).issue('CN=cachet');
const signer = createSigner({ certPem: certificate.cert, keyPem: certificate.key });

/** One outcome for every call, or one each in order, the last for those that follow. */
export function client(
  outcomes: TransportOutcome | readonly [TransportOutcome, ...TransportOutcome[]],
  changes: Partial<DmpClientOptions> = {},
) {
  const requests: SoapRequest[] = [];
  const ends = 'kind' in outcomes ? [outcomes] : outcomes;
  let uuids = 0;
  const dmp = createDmpClient({
    transport: {
      post: async (request) => {
        requests.push(request);
        return ends[Math.min(requests.length, ends.length) - 1] ?? { kind: 'not-sent', reason: 'no outcome' };
      },
      close: async () => undefined,
    },
    baseUrl: 'https://dmp.test/services',
    signer: async () => signer,
    lps,
    sourceId: '1.2.250.1.999.1.1.1',
    now: () => new Date('2026-11-23T10:30:00Z'),
    uuid: () => {
      uuids += 1;
      return `00000000-0000-4000-8000-${String(uuids).padStart(12, '0')}`;
    },
    timeouts: { questionMs: 10_000, submissionMs: 60_000 },
    vihfLifetimeMs: 60_000,
    ...changes,
  });
  return { dmp, requests };
}

export function bodyOf(request: SoapRequest | undefined): string {
  return Buffer.concat(request?.body ?? []).toString('utf8');
}
