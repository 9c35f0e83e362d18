/** An old platform: it keeps what it is given, byte for byte, and acknowledges as a test tells it to. */

import { hl7Rules } from '../rules/hl7.ts';
import { buildAck } from '../wire/hl7v2/ack.ts';
import { salvageHeader } from '../wire/hl7v2/header.ts';
import { type MllpServer, startMllpServer } from '../wire/hl7v2/mllp-server.ts';

export interface OldPlatform {
  readonly port: number;
  readonly taken: Buffer[];
  /** When each came, milliseconds since 1970. */
  readonly takenAt: number[];
  /** `silent`: the message is taken and the connection cut before the answer. */
  answers: 'AA' | 'refusal' | 'silent';
  close(): Promise<void>;
}

export async function startOldPlatform(port = 0): Promise<OldPlatform> {
  const platform: { server?: MllpServer } = {};
  const state: Pick<OldPlatform, 'taken' | 'takenAt' | 'answers'> = { taken: [], takenAt: [], answers: 'AA' };
  platform.server = await startMllpServer({
    host: '127.0.0.1',
    port,
    onFrame: async (bytes) => {
      state.taken.push(Buffer.from(bytes));
      state.takenAt.push(Date.now());
      const header = salvageHeader(bytes);
      if (header === undefined || state.answers === 'silent') throw new Error('no answer is wanted');
      const outcome = state.answers === 'AA' ? 'accepted' : { rule: hl7Rules.ippMissing };
      return buildAck(header, outcome, { now: new Date(0), controlId: 'A1' });
    },
    onRefused: () => undefined,
    now: () => new Date(0),
    newControlId: () => 'R1',
  });
  const { server } = platform;
  return Object.assign(state, { port: server.port, close: () => server.close() });
}
