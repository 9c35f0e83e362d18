/** MLLP as an old platform of exchanges speaks it: frames in, acknowledgements out, ER7 read by position. */
import { createServer, type Socket } from 'node:net';
import { listen } from '../common/sockets.ts';

const START = 0x0b;
const END = Buffer.from([0x1c, 0x0d]);
const MAX_FRAME_BYTES = 64 * 1024 * 1024;

export interface MllpListener {
  readonly port: number;
  close(): Promise<void>;
}

/** `onMessage` gives the acknowledgement of a message, once it is safe. */
export async function listenMllp(port: number, onMessage: (message: Buffer) => Promise<string>): Promise<MllpListener> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    readFrames(socket, onMessage);
  });
  const bound = await listen(server, port, '127.0.0.1');
  return {
    port: bound,
    async close() {
      const closed = new Promise<void>((done) => server.close(() => done()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** One message at a time: the next waits for the acknowledgement of the one before. */
function readFrames(socket: Socket, onMessage: (message: Buffer) => Promise<string>): void {
  let held = Buffer.alloc(0);
  let last: Promise<unknown> = Promise.resolve();
  socket.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    if (held.length > MAX_FRAME_BYTES) socket.destroy();
    for (let end = held.indexOf(END); end >= 0; end = held.indexOf(END)) {
      const message = held.subarray(held[0] === START ? 1 : 0, end);
      held = held.subarray(end + END.length);
      last = last
        .then(() => onMessage(message))
        .then(
          (answer) => socket.write(Buffer.concat([Buffer.from([START]), Buffer.from(answer), END])),
          () => socket.destroy(),
        );
    }
  });
}

export interface Er7 {
  /** First segment of that name; fields from 1, MSH-1 being the separator. */
  field(segment: string, position: number): string;
  /** Component from 1 of the first repetition. */
  component(segment: string, position: number, component: number): string;
  repetitions(segment: string, position: number): string[];
}

export function readEr7(message: Buffer): Er7 {
  const text = message.toString('utf8');
  const segments = text.split(/\r\n|\r|\n/).map((line) => line.split('|'));
  const field = (name: string, position: number): string => {
    const segment = segments.find(([first]) => first === name);
    return segment?.[name === 'MSH' ? position - 1 : position] ?? '';
  };
  const repetitions = (name: string, position: number): string[] => field(name, position).split('~');
  return {
    field,
    repetitions,
    component: (name, position, component) => (repetitions(name, position)[0] ?? '').split('^')[component - 1] ?? '',
  };
}

export function acknowledgement({ field }: Er7, code: 'AA' | 'AE' | 'AR', reason: string, at: Date): string {
  const stamp = at.toISOString().replace(/[-:T]/g, '').slice(0, 14);
  const header = ['MSH', '^~\\&', field('MSH', 5), field('MSH', 6), field('MSH', 3), field('MSH', 4), stamp, ''];
  const [, event = ''] = field('MSH', 9).split('^');
  return `${[...header, `ACK^${event}`, `PFI${field('MSH', 10)}`, 'P', field('MSH', 12)].join('|')}\rMSA|${code}|${field('MSH', 10)}|${reason}\r`;
}
