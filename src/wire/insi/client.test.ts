import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SoapRequest, TransportOutcome } from '../soap/transport.ts';
import { createInsiClient } from './client.ts';
import { organisationCredentials } from './credentials.ts';
import { insiQuery } from './query.ts';
import { VERIFICATION } from './verification.fixture.ts';

const NONE =
  '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><RESULTAT xmlns="http://www.cnamts.fr/INSiResultat">' +
  '<CR><CodeCR>01</CodeCR><LibelleCR>Aucune identite trouvee</LibelleCR></CR></RESULTAT></s:Body></s:Envelope>';

async function search(answer: TransportOutcome): Promise<{ kind: string; rule: string; request: SoapRequest }> {
  const requests: SoapRequest[] = [];
  let uuids = 0;
  const client = createInsiClient({
    transport: {
      post: async (request) => {
        requests.push(request);
        return answer;
      },
      close: async () => {},
    },
    path: '/lps',
    lps: { idam: 'AB12', version: '0.1.0', name: 'traitdunion', instance: '7a2b3c4d-0000-4000-8000-000000000001' },
    credentials: organisationCredentials('10B0152872'),
    verification: VERIFICATION,
    timeoutMs: 30_000,
    now: () => new Date('2026-11-23T14:05:06.789Z'),
    newUuid: () => `7a2b3c4d-0000-4000-8000-00000000010${++uuids}`,
  });
  const query = insiQuery({ birthName: 'DE VINCI', givenName: 'RUTH', sex: 'F', birthDate: '1976-07-14' });
  assert.ok(query.ok);
  const outcome = await client.search(query.value);
  const [request] = requests;
  assert.ok(request && requests.length === 1);
  return { kind: outcome.kind, rule: outcome.kind === 'found' ? '' : outcome.refusal.rule.id, request };
}

function answered(status: number, body: string): TransportOutcome {
  return { kind: 'answered', status, contentType: 'application/soap+xml', body: Buffer.from(body, 'utf8') };
}

test('one query is one SOAP 1.2 call with new identifiers', async () => {
  const { kind, request } = await search(answered(200, NONE));
  assert.equal(kind, 'none');
  assert.equal(request.path, '/lps');
  assert.equal(request.timeoutMs, 30_000);
  assert.equal(
    request.contentType,
    'application/soap+xml; charset=utf-8; action="urn:ServiceIdentiteCertifiee:1.0.0:rechercherInsAvecTraitsIdentite"',
  );
  const body = Buffer.concat(request.body).toString('utf8');
  assert.match(body, /<bam:Id>7a2b3c4d-0000-4000-8000-000000000101</);
  assert.match(body, /uuid:7a2b3c4d-0000-4000-8000-000000000102</);
  assert.match(body, /<r:NomNaissance>DE VINCI</);
});

test('every end of the exchange has its outcome', async () => {
  const cases: readonly [TransportOutcome, string, string][] = [
    [{ kind: 'not-sent', reason: 'ECONNREFUSED' }, 'unavailable', 'TDU-INSI-016'],
    [{ kind: 'ambiguous', reason: 'timeout' }, 'unavailable', 'TDU-INSI-017'],
    [answered(503, 'maintenance'), 'unavailable', 'TDU-INSI-018'],
    [answered(429, ''), 'unavailable', 'TDU-INSI-018'],
    [answered(403, '<html/>'), 'permanent', 'TDU-INSI-019'],
    [answered(302, ''), 'permanent', 'TDU-INSI-019'],
    [answered(200, '<html/>'), 'unreadable', 'TDU-INSI-020'],
    [answered(500, NONE), 'none', 'TDU-INSI-001'],
  ];
  for (const [answer, kind, rule] of cases) {
    const outcome = await search(answer);
    assert.deepEqual([outcome.kind, outcome.rule], [kind, rule], JSON.stringify(answer));
  }
});
