/** Stands between two MLLP peers: a whole frame is a boundary, and so is the frame that answers it. */
import { connect, createServer, type Socket } from 'node:net';
import type { Guillotine, Phase } from './guillotine.ts';

export interface MllpTap {
  readonly port: number;
  close(): Promise<void>;
}

const END = Buffer.of(0x1c, 0x0d);

/** `before` is a frame on its way to `port`, `after` its answer on the way back. */
export async function startMllpTap(port: number, label: string, guillotine: Guillotine): Promise<MllpTap> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const behind = connect(port, '127.0.0.1');
    forward(client, behind, 'before');
    forward(behind, client, 'after');
  });

  function forward(from: Socket, to: Socket, phase: Phase): void {
    sockets.add(from);
    let held: Buffer = Buffer.alloc(0);
    let turn = Promise.resolve();
    from.on('data', (chunk) => {
      turn = turn.then(async () => {
        held = Buffer.concat([held, chunk]);
        if (!held.subarray(-2).equals(END)) return;
        const frame = held;
        held = Buffer.alloc(0);
        if (await guillotine.reach(label, phase)) from.destroy();
        else to.write(frame);
      });
    });
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
