/**
 * The least that a durable MLLP receiver does: cut frames, group what arrived during the last commit in one multi-row
 * INSERT, acknowledge after the commit. Nothing is read but MSH. Same shape as `group:2` of ../../shared/bench.
 */
import { createServer, type Server, type Socket } from 'node:net';
import pg from 'pg';

const LANES = 2;
const MAX_BATCH_BYTES = 4_000_000;
const MAX_BATCH_ROWS = 1_000;
const CR = 0x0d;
const START = 0x0b;
const END = 0x1c;

interface Received {
  readonly controlId: string;
  readonly body: Buffer;
  readonly acknowledge: () => void;
}

/** Makes its own table, TOAST external, and listens on any free port of the loopback. */
export async function startMllpFloor(databaseUrl: string, onStored?: () => void): Promise<{ port: number }> {
  const lanes = await Promise.all(Array.from({ length: LANES }, () => connected(databaseUrl)));
  const [first] = lanes;
  await first?.query(
    `create table inbox (id bigint generated always as identity primary key, at timestamptz not null default now(),
       control_id text not null, state smallint not null default 0, body bytea not null);
     alter table inbox alter column body set storage external;
     create index inbox_ready on inbox (id) where state = 0`,
  );
  const waiting: Received[] = [];
  const flush = async (): Promise<void> => {
    const lane = waiting.length === 0 ? undefined : lanes.pop();
    if (lane === undefined) return;
    const batch = takeBatch(waiting);
    const places = batch.map((_, index) => `($${2 * index + 1}, $${2 * index + 2})`).join(', ');
    await lane.query({
      name: `insert-${batch.length}`,
      text: `insert into inbox (control_id, body) values ${places}`,
      values: batch.flatMap(({ controlId, body }) => [controlId, body]),
    });
    for (const { acknowledge } of batch) acknowledge();
    onStored?.();
    lanes.push(lane);
    await flush();
  };
  const server = createServer((socket) =>
    readFrames(socket, (body) => {
      waiting.push(received(body, socket));
      void flush();
    }),
  );
  return { port: await listening(server) };
}

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

function takeBatch(waiting: Received[]): Received[] {
  const batch: Received[] = [];
  for (let bytes = 0; bytes < MAX_BATCH_BYTES && batch.length < MAX_BATCH_ROWS; ) {
    const next = waiting.shift();
    if (next === undefined) break;
    batch.push(next);
    bytes += next.body.length;
  }
  return batch;
}

function readFrames(socket: Socket, onMessage: (body: Buffer) => void): void {
  socket.setNoDelay(true);
  socket.on('error', () => undefined);
  let pieces: Buffer[] = [];
  socket.on('data', (chunk) => {
    for (let rest = chunk; rest.length > 0; ) {
      const end = rest.indexOf(END);
      pieces.push(end < 0 ? rest : rest.subarray(0, end));
      if (end < 0) return;
      const whole = pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
      pieces = [];
      // The CR that ended the last frame may have come alone.
      if (whole !== undefined) onMessage(whole.subarray(whole.indexOf(START) + 1));
      rest = rest.subarray(end + 2);
    }
  });
}

function received(body: Buffer, socket: Socket): Received {
  const fields = body.toString('latin1', 0, body.indexOf(CR)).split('|');
  const [, , application = '', facility = ''] = fields;
  const controlId = fields[9] ?? '';
  const event = fields[8]?.split('^')[1] ?? '';
  const answer =
    `\x0bMSH|^~\\&|FLOOR|CHU|${application}|${facility}|20261102083000||ACK^${event}^ACK|A${controlId}|P|2.5\r` +
    `MSA|AA|${controlId}\r\x1c\r`;
  return { controlId, body, acknowledge: () => socket.write(answer, 'latin1') };
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}
