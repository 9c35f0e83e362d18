/** The desk of old connectors on a bench, with two of them declared: V1 and V2, one certificate. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { openBench, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import type { ConfigInput } from '../config/schema.ts';
import {
  type Asked,
  CONNECTOR_NAME,
  type Connector,
  envelope,
  INS_C_CX,
  mtom,
  plain,
  SIGNER_NAME,
  submission,
  type VihfParts,
  vihf,
} from './connector.fixture.ts';
import { createLegacyDesk } from './desk.ts';

export const V1 = '/si-dmp-server/v1/services';

type SourceInput = Partial<ConfigInput['sources'][number]>;
type LegacyInput = Partial<NonNullable<ConfigInput['sources'][number]['legacy']>>;

function withConnectors(parts: LegacyInput, more: SourceInput): (config: ConfigInput) => ConfigInput {
  return (config) => {
    const [first] = config.sources;
    assert.ok(first);
    const source = (api: 'V1' | 'V2') => ({
      ...first,
      ...more,
      application: `CONNECTEUR-${api}`,
      facility: 'CH-DEMO',
      legacy: { certificateName: CONNECTOR_NAME, signatureNames: [SIGNER_NAME], api, ...parts },
    });
    const tls = { ca: 'unused', cert: 'unused', key: 'unused' };
    return { ...config, legacy: { tls }, sources: [first, source('V1'), source('V2')] };
  };
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

export interface DeskBench {
  readonly bench: UseCaseBench;
  post(path: string, asked: Asked, certificateName?: string): Promise<Answer>;
  /** A request of V1 that carries no document. */
  ask(service: string, content: string, parts?: Partial<VihfParts>): Promise<Answer>;
  /** A TD2.1 of V1. */
  submit(parts?: Parameters<typeof submission>[0], claims?: Partial<VihfParts>): Promise<Answer>;
}

export async function openDesk(
  t: Parameters<typeof openBench>[0],
  connector: Connector,
  parts: LegacyInput = {},
  more: SourceInput = {},
): Promise<DeskBench> {
  const bench = await openBench(t, withConnectors(parts, more));
  // The certificates of this test are of today.
  bench.advance(Date.now() - bench.context.now().getTime());
  const { context, dmp } = bench;
  const desk = createLegacyDesk({
    ...context,
    authorities: [new X509Certificate(connector.authority.ca)],
    asking: { dmp, dmpConfig: context.dmpConfig },
    stopping: new AbortController().signal,
    // While a connector waits, the gateway works.
    wait: async (ms) => {
      await bench.settle();
      bench.advance(ms);
    },
  });
  const post: DeskBench['post'] = async (path, asked, certificateName = CONNECTOR_NAME) => {
    const peer = { address: '127.0.0.1', certificateName };
    const { status, body } = await desk.answer({ path, ...asked, peer });
    return { status, text: body.toString('utf8') };
  };
  const token = (claims: Partial<VihfParts>) =>
    vihf({ signer: connector.signer, issuedAt: bench.context.now(), ...claims });
  return {
    bench,
    post,
    ask: async (service, content, claims = {}) =>
      post(`${V1}/${service}`, plain(envelope(await token(claims), content))),
    submit: async (submitted = {}, claims = {}) => {
      const { content, attachments } = submission(submitted);
      return post(
        `${V1}/repository`,
        mtom(envelope(await token({ patient: INS_C_CX, ...claims }), content), attachments),
      );
    },
  };
}
