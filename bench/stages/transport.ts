/** The stage that carries a submission: kept mutual TLS connections (P11). The sink is in this process: both ends count. */
import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:https';
import type { DemoPki } from '../../src/demo/pki.ts';
import { createHttpsTransport } from '../../src/wire/soap/https-transport.ts';
import { type Sink, startSink } from '../pipeline/sink.ts';
import type { Stage } from './timer.ts';

const SIZE = 200_000;
/** As a gateway at a steady load: a handshake costs as much as ten exchanges. */
const PER_HANDSHAKE = 1_000;

export interface TransportStage {
  readonly stage: Stage;
  /** Throws when there was more than one full handshake for 1,000 exchanges, whichever side asked for them. */
  close(): Promise<void>;
}

export async function transportStage(pki: DemoPki): Promise<TransportStage> {
  const sink = await startSink(pki);
  const tls = { ca: pki.caPem, cert: pki.authCli.certPem, key: pki.authCli.keyPem };
  const transport = createHttpsTransport({
    baseUrl: sink.url,
    tls,
    maxConnections: 1,
    connectTimeoutMs: 5_000,
    maxAnswerBytes: 1_000_000,
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ...tls });
  const body = randomBytes(SIZE);
  let exchanges = 0;
  const stage: Stage = {
    name: 'transport-post-200kb',
    ours: async () => {
      exchanges += 1;
      const outcome = await transport.post({ path: '/', contentType: 'text/xml', body: [body], timeoutMs: 5_000 });
      if (outcome.kind !== 'answered') throw new Error(`not answered: ${outcome.reason}`);
    },
    floor: {
      what: 'POST of the same bytes by node:https with a kept connection',
      run: () => {
        exchanges += 1;
        return post(sink, agent, body);
      },
    },
  };
  return {
    stage,
    close: async () => {
      await transport.close();
      agent.destroy();
      await sink.close();
      const allowed = 2 * Math.ceil(exchanges / 2 / PER_HANDSHAKE);
      if (sink.handshakes() > allowed) throw new Error(`${sink.handshakes()} handshakes for ${exchanges} exchanges`);
    },
  };
}

function post(sink: Sink, agent: Agent, body: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(sink.url, { method: 'POST', agent, headers: { 'content-length': body.length } }, (answer) => {
      answer.resume();
      answer.once('end', () => resolve());
    });
    sent.once('error', reject);
    sent.end(body);
  });
}
