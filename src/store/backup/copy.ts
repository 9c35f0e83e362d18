/** COPY of one table, streamed: rows pass through, never held together. */
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import pg from 'pg';

/** What `pg` gives a query that runs itself. */
interface Wire {
  readonly stream: Duplex;
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(reason: string): void;
}

interface Handlers {
  submit(wire: Wire): void;
  handleCopyData(message: { chunk: Buffer }, wire: Wire): void;
  handleCopyInResponse(wire: Wire): void;
  handleCommandComplete(message: { text: string }): void;
  handleReadyForQuery(): void;
  handleError(error: Error): void;
}

/** Chunks that may wait for their reader before the server is told to pause. */
const MOST_WAITING = 16;

/** The data of `copy … to stdout`, as the server gives it. Returns how many rows they were. */
export async function* copyOut(client: pg.ClientBase, sql: string): AsyncGenerator<Buffer, number> {
  const waiting: Buffer[] = [];
  let rows = 0;
  let wire: Wire | undefined;
  let failure: Error | undefined;
  let ended = false;
  let wake = (): void => undefined;
  submit(client, {
    submit: (given) => {
      wire = given;
      given.query(sql);
    },
    handleCopyData: ({ chunk }, { stream }) => {
      // The parser's buffer is used again for what comes next.
      waiting.push(Buffer.from(chunk));
      if (waiting.length >= MOST_WAITING) stream.pause();
      wake();
    },
    handleCopyInResponse: (given) => given.sendCopyFail('unexpected'),
    handleCommandComplete: ({ text }) => {
      rows = Number(text.split(' ').at(-1));
    },
    handleReadyForQuery: () => {
      ended = true;
      wake();
    },
    handleError: (error) => {
      failure = error;
      wake();
    },
  });
  while (failure === undefined) {
    const chunk = waiting.shift();
    if (chunk !== undefined) {
      yield chunk;
      continue;
    }
    if (ended) return rows;
    wire?.stream.resume();
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
  throw failure;
}

/** Gives `data` to `copy … from stdin`. Resolves to the number of rows. */
export function copyIn(client: pg.ClientBase, sql: string, data: AsyncIterable<Buffer>): Promise<number> {
  return new Promise((resolve, reject) => {
    let rows = 0;
    let failure: Error | undefined;
    const send = async (wire: Wire): Promise<void> => {
      try {
        for await (const chunk of data) {
          // The server refused what came before: what follows is of no use.
          if (failure !== undefined) return;
          wire.sendCopyFromChunk(chunk);
          if (wire.stream.writableNeedDrain) await once(wire.stream, 'drain');
        }
        wire.endCopyFrom();
      } catch (error) {
        failure ??= error instanceof Error ? error : new Error(String(error));
        wire.sendCopyFail('the data ended');
      }
    };
    submit(client, {
      submit: (wire) => wire.query(sql),
      handleCopyData: () => undefined,
      handleCopyInResponse: (wire) => void send(wire),
      handleCommandComplete: ({ text }) => {
        rows = Number(text.split(' ').at(-1));
      },
      handleReadyForQuery: () => (failure === undefined ? resolve(rows) : reject(failure)),
      handleError: (error) => {
        failure ??= error;
        reject(failure);
      },
    });
  });
}

function submit(client: pg.ClientBase, handlers: Handlers): void {
  // The types of `pg` know the one method that they call; the others are the protocol between its client and a query.
  client.query(handlers as unknown as pg.Submittable);
}

/** A connection of its own: those of a pool send several queries at once, which a COPY cannot share. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  // Its queries reject anyway.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const value = await work(client);
    await client.end();
    return value;
  } catch (error) {
    // In the middle of a COPY a connection cannot be ended politely.
    client.connection.stream.destroy();
    throw error;
  }
}
