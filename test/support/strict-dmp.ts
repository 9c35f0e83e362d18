/**
 * The strict DMP simulator behind the real client, in this process and without a network: what is submitted is judged as on
 * the wire (SOAP, MTOM, VIHF, XAdES, XDS, CDA), and how each call ends is chosen.
 */
import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type DemoPki, ensureDemoPki } from '../../src/demo/pki.ts';
import { DEMO_EG, DEMO_EJ, DEMO_OTHER_EJ, DEMO_SECOND_EG } from '../../src/demo/structure.ts';
import { peerOf } from '../../src/simulators/common/peer.ts';
import { createStats } from '../../src/simulators/common/stats.ts';
import { createHandler } from '../../src/simulators/dmp/handler.ts';
import { type Holdings, openHoldings } from '../../src/simulators/dmp/holdings.ts';
import { createMessageIds } from '../../src/simulators/dmp/message-ids.ts';
import { createOpenings } from '../../src/simulators/dmp/openings.ts';
import { policyOf } from '../../src/simulators/dmp/options.ts';
import { createDmpClient, type Dmp } from '../../src/wire/dmp/client.ts';
import type { SoapTransport } from '../../src/wire/soap/transport.ts';
import { createSigner } from '../../src/wire/xml/signer.ts';
import type { UseCaseBench } from './use-case-bench.ts';

/** `lost`: the DMP acts, and its answer never arrives. `cut`: it never saw the request, which nobody can tell from `lost`. */
export type Line = 'up' | 'down' | 'lost' | 'cut';

export interface StrictDmp {
  /** Every transaction, not only those of the feed. */
  readonly client: Dmp;
  readonly holdings: Holdings;
  /** Paths called, in order, with how each ended. */
  readonly calls: { readonly service: string; readonly line: Line }[];
  /** What the simulator refused, in its own words. */
  readonly refused: string[];
  /** How the next calls end; asked once for each call. */
  line: (service: string) => Line;
}

/** The two keys of a card, and the authority of both. */
export type CardKeys = Pick<DemoPki, 'caPem'> &
  Readonly<Record<'sign' | 'authCli', { certPem: string; keyPem: string }>>;

let pki: ReturnType<typeof ensureDemoPki> | undefined;

/** Puts the simulator in the place of the bench's fake DMP. */
export async function useStrictDmp(t: TestContext, bench: UseCaseBench, card?: CardKeys): Promise<StrictDmp> {
  const directory = await mkdtemp(join(tmpdir(), 'strict-dmp-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  pki ??= keys();
  const { caPem, sign, authCli } = card ?? (await pki);
  const holdings = await openHoldings(directory);
  t.after(() => holdings.close());
  const { now, newUuid, dmpConfig } = bench.context;
  const policy = policyOf({
    directory,
    tls: { ca: caPem, cert: '', key: '' },
    port: 0,
    controlPort: 0,
    structures: [{ ej: DEMO_EJ, egs: [DEMO_EG, DEMO_SECOND_EG] }],
    profile: 'test',
    now,
    newUuid,
    nia: true,
    trustedSignerCa: caPem,
  });
  const handler = createHandler({
    holdings,
    policy,
    openings: createOpenings(policy.openings, now),
    newUuid,
    stats: createStats(),
    messageIds: createMessageIds(),
    log: () => undefined,
  });
  const peer = peerOf(new X509Certificate(authCli.certPem));

  const dmp: Omit<StrictDmp, 'client'> = { holdings, calls: [], refused: [], line: () => 'up' };
  const transport: SoapTransport = {
    post: async ({ path, contentType, body }) => {
      const end = dmp.line(path);
      dmp.calls.push({ service: path, line: end });
      if (end === 'down') return { kind: 'not-sent', reason: 'ECONNREFUSED' };
      if (end === 'cut') return { kind: 'ambiguous', reason: 'ECONNRESET' };
      const answer = await handler({
        method: 'POST',
        path: `/si-dmp-server/v2/services${path}`,
        headers: { 'content-type': contentType },
        body: Buffer.concat(body),
        peer,
      });
      const bytes = Buffer.from(answer.body);
      const text = bytes.toString('utf8');
      if (/Failure|Fault/.test(text)) dmp.refused.push(text);
      if (end === 'lost') return { kind: 'ambiguous', reason: 'ECONNRESET' };
      return {
        kind: 'answered',
        status: answer.status,
        contentType: answer.headers['content-type'] ?? '',
        body: bytes,
      };
    },
    close: async () => undefined,
  };
  const { software } = bench.context.config;
  const signer = createSigner(sign);
  const client = createDmpClient({
    transport,
    baseUrl: dmpConfig.url,
    signer: async () => signer,
    lps: {
      name: software.name,
      version: software.version,
      homologation: dmpConfig.homologation,
      instanceId: software.instance,
      oid: dmpConfig.sourceId,
    },
    sourceId: dmpConfig.sourceId,
    now,
    uuid: newUuid,
    timeouts: { questionMs: 1_000, submissionMs: 1_000 },
    vihfLifetimeMs: 0,
  });
  Object.assign(bench.dmp, client);
  return Object.assign(dmp, { client });
}

/** One authority for all the tests of a file: making keys takes a second. */
async function keys() {
  const directory = await mkdtemp(join(tmpdir(), 'strict-pki-'));
  try {
    return await ensureDemoPki(directory, { ej: DEMO_EJ, otherEj: DEMO_OTHER_EJ }, () => new Date());
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
