/** Sockets that have not yet said who they are: as many as a door has places, and never a place of those that have. */
import type { Server, Socket } from 'node:net';

export interface Negotiations {
  /** This one is known now. */
  over(socket: Socket): void;
  /** Cuts those that are left. */
  cut(): void;
}

/** Strangers that never say who they are take each other's place, never a sender's: the oldest goes. */
export function watchNegotiations(server: Server, most: number): Negotiations {
  const negotiating = new Map<string, Socket>();
  server.on('connection', (socket: Socket) => {
    if (negotiating.size >= most) negotiating.values().next().value?.destroy();
    const remote = remoteOf(socket);
    negotiating.set(remote, socket);
    socket.once('close', () => negotiating.delete(remote));
  });
  return {
    over: (socket) => negotiating.delete(remoteOf(socket)),
    cut: () => {
      for (const socket of negotiating.values()) socket.destroy();
    },
  };
}

function remoteOf(socket: Socket): string {
  return `${socket.remoteAddress}|${socket.remotePort}`;
}
