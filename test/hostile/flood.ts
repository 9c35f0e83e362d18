/**
 * The MLLP doors under strangers: thousands of sockets that say nothing to the TLS door, slow senders at the plain one. A
 * hospital's own sender is answered meanwhile, what the strangers cost is bounded, and the silent are cut.
 */
import { connect, type Socket } from 'node:net';
import { connectSender } from '../../src/demo/sender.ts';
import { one } from '../../src/store/db.ts';
import { admissionOf } from '../crash/harness/population.ts';
import { sendOnce } from '../crash/harness/senders.ts';
import { atMost, type HostileCase, none, sizeOf } from './hostile-case.ts';
import { type Flow, openFlow, waitUntil } from './support/flow.ts';
import { heldBy } from './support/process-use.ts';

const ANSWERED_WITHIN_MS = 5_000;
const MOST_ROWS = 60;
const MOST_MORE_MB = 200;
/** Connections of database and services, and doors. */
const OWN_SOCKETS = 60;
const AT_A_TIME = 200;

export const flood: HostileCase = {
  id: 'MLLP',
  title: 'silent and slow strangers at the MLLP doors',
  ci: { sockets: 600, slow: 50, idleMs: 3_000 },
  full: { sockets: 10_000, slow: 400, idleMs: 120_000 },
  async run(sizes, say) {
    const idleMs = sizeOf(sizes, 'idleMs');
    const flow = await openFlow({
      say,
      patients: 6,
      adjust: (config) => ({ ...config, mllp: { ...config.mllp, idleMs } }),
    });
    const strangers: Socket[] = [];
    const { installation, pool } = flow;
    const { pki, gateway, mllpPort, mllpTlsPort } = installation;
    try {
      await flow.known();
      const before = heldBy(gateway.pid());
      await openMany(strangers, mllpTlsPort, sizeOf(sizes, 'sockets'));
      await openMany(strangers, mllpPort, sizeOf(sizes, 'slow'));
      const trickle = setInterval(() => {
        for (const socket of strangers.slice(-sizeOf(sizes, 'slow')))
          if (socket.writable) socket.write(Buffer.of(0x0b, 0x4d));
      }, 500);
      const held = heldBy(gateway.pid());
      say(`${strangers.length} strangers, ${held.sockets} sockets at the gateway, ${held.megabytes} MB`);
      const slowestMs = await admitted(flow, await connectSender(pki, { host: '127.0.0.1', port: mllpTlsPort }));
      clearInterval(trickle);
      // The slow ones are silent now, like the others.
      await waitUntil('silent connections cut', Math.min(idleMs, 30_000) + idleMs + 10_000, async () => {
        return heldBy(gateway.pid()).sockets < before.sockets + OWN_SOCKETS / 2;
      });
      const after = heldBy(gateway.pid());
      const { count } = await one<{ count: number }>(
        pool,
        `select count(*) as count from inbound_message where state = 'refused'`,
      );
      return [
        atMost('a sender answered meanwhile, ms', slowestMs, ANSWERED_WITHIN_MS),
        atMost('sockets held under the flood', held.sockets, 500 + sizeOf(sizes, 'slow') + OWN_SOCKETS),
        atMost('rows that the strangers cost', count, MOST_ROWS),
        atMost('resident memory more, MB', Math.max(held.megabytes, after.megabytes) - before.megabytes, MOST_MORE_MB),
        none('times the gateway ended', gateway.ownEnds().length),
      ];
    } finally {
      for (const socket of strangers) socket.destroy();
      await flow.close();
    }
  },
};

/** Slowest acknowledgement of the admissions, milliseconds. */
async function admitted(flow: Flow, client: Awaited<ReturnType<typeof connectSender>>): Promise<number> {
  let slowestMs = 0;
  for (const of of flow.patients) {
    const { controlId, make } = admissionOf(of);
    const startedAt = performance.now();
    const said = await sendOnce(client, controlId, make().bytes);
    if (said !== 'AA') throw new Error(`${controlId}: ${said}`);
    slowestMs = Math.max(slowestMs, performance.now() - startedAt);
  }
  await client.close();
  return Math.round(slowestMs);
}

async function openMany(strangers: Socket[], port: number, count: number): Promise<void> {
  for (let opened = 0; opened < count; opened += AT_A_TIME)
    await Promise.all(
      Array.from({ length: Math.min(AT_A_TIME, count - opened) }, async () => {
        const socket = connect({ port, host: '127.0.0.1' });
        socket.on('error', () => undefined);
        socket.resume();
        strangers.push(socket);
        await new Promise<void>((resolve) => {
          socket.once('connect', resolve);
          socket.once('close', () => resolve());
        });
      }),
    );
}
