/**
 * T-R10: the same admission and document, by every way that bytes may come over MLLP. Whatever the way, what the gateway
 * keeps, who is qualified and what the DMP holds is what a clean run gives.
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { many, maybe } from '../../src/store/db.ts';
import { admissionOf, documentOf, letter, type Patient } from '../crash/harness/population.ts';
import { atLeast, type Finding, type HostileCase, none, noProblem, sizeOf } from './hostile-case.ts';
import { type Flow, openFlow } from './support/flow.ts';

const FS_CR = Buffer.of(0x1c, 0x0d);
const frame = (bytes: Buffer): Buffer => Buffer.concat([Buffer.of(0x0b), bytes, FS_CR]);
const withLineEnds = (bytes: Buffer, end: string): Buffer =>
  Buffer.from(bytes.toString('latin1').replaceAll('\r', end), 'latin1');

/** Sends the messages its own way and gives the acknowledgements, in order. */
type Way = (port: number, messages: readonly Buffer[]) => Promise<string[]>;

const CLEAN = 'clean';
const WAYS: Readonly<Record<string, Way>> = {
  [CLEAN]: async (port, messages) =>
    inOneConnection(port, messages, async (socket, bytes) => void socket.write(frame(bytes))),
  'byte by byte': async (port, messages) =>
    inOneConnection(port, messages, async (socket, bytes) => {
      for (const byte of frame(bytes)) await written(socket, Buffer.of(byte));
    }),
  'several frames in one packet': async (port, messages) => {
    const socket = await dial(port);
    socket.write(Buffer.concat(messages.map(frame)));
    return closing(socket, acknowledgements(socket, messages.length));
  },
  'line ends between the frames': async (port, messages) => {
    const socket = await dial(port);
    socket.write(Buffer.concat(messages.flatMap((bytes) => [Buffer.from('\r\n\n'), frame(bytes)])));
    return closing(socket, acknowledgements(socket, messages.length));
  },
  'segments ended by CR LF': async (port, messages) =>
    inOneConnection(port, messages, async (socket, bytes) => void socket.write(frame(withLineEnds(bytes, '\r\n')))),
  'segments ended by LF': async (port, messages) =>
    inOneConnection(port, messages, async (socket, bytes) => void socket.write(frame(withLineEnds(bytes, '\n')))),
  'one connection for each message': async (port, messages) => {
    const said: string[] = [];
    for (const bytes of messages)
      said.push(...(await inOneConnection(port, [bytes], async (socket, each) => void socket.write(frame(each)))));
    return said;
  },
  'the sender closes its side first': async (port, messages) => {
    const said: string[] = [];
    for (const bytes of messages) {
      const socket = await dial(port);
      socket.end(frame(bytes));
      said.push(...(await acknowledgements(socket, 1)));
    }
    return said;
  },
  // It never reads, never closes: from our side the peer may be gone. The sender comes back by another connection.
  'half open, then again': async (port, messages) => {
    const said: string[] = [];
    for (const bytes of messages) {
      const dead = await dial(port);
      dead.pause();
      dead.write(frame(bytes));
      await sleep(200);
      said.push(...(await inOneConnection(port, [bytes], async (socket, each) => void socket.write(frame(each)))));
      dead.destroy();
    }
    return said;
  },
  'cut in the middle, then again': async (port, messages) => {
    const said: string[] = [];
    for (const bytes of messages) {
      const cut = await dial(port);
      await written(cut, frame(bytes).subarray(0, bytes.length / 2));
      cut.resetAndDestroy();
      said.push(...(await inOneConnection(port, [bytes], async (socket, each) => void socket.write(frame(each)))));
    }
    return said;
  },
};

export const transport: HostileCase = {
  id: 'T-R10',
  title: 'the same messages by every way that bytes may come',
  // `step`: the frame is split at every so many bytes.
  ci: { step: 151 },
  full: { step: 1 },
  async run(sizes, say) {
    const ways = Object.entries(WAYS);
    // One more patient for the frame that is split.
    const flow = await openFlow({ say, patients: ways.length + 1 });
    try {
      await flow.known();
      const pdf = await letter();
      const results = new Map<string, string>();
      for (const [index, [name, way]] of ways.entries()) {
        const of = patientAt(flow, index);
        const messages = [admissionOf(of), documentOf(of, 2 * index + 1, pdf)].map(({ make }) => make().bytes);
        const said = await way(flow.installation.mllpPort, messages);
        results.set(name, await resultOf(flow, of, 2 * index + 1, said));
        say(`${name}: ${results.get(name)}`);
      }
      const clean = results.get(CLEAN) ?? '';
      const differing = [...results]
        .filter(([, result]) => result !== clean)
        .map(([name, result]) => `${name}: ${result}`);
      return [
        atLeast('ways', results.size, ways.length),
        {
          what: 'the clean run',
          value: clean,
          threshold: EXPECTED,
          holds: clean === EXPECTED,
        },
        noProblem('ways that give another result', differing),
        ...(await splitEverywhere(flow, sizeOf(sizes, 'step'))),
        noProblem(
          'house',
          (await flow.verdict()).problems.filter((line) => /chain|sealed|tasks|several times/.test(line)),
        ),
      ];
    } finally {
      await flow.close();
    }
  },
};

const EXPECTED = 'acknowledged AA AA, stored 1 1, identity QUAL, document accepted, at the DMP once, unchanged';

function patientAt(flow: Flow, index: number): Patient {
  const of = flow.patients[index];
  if (of === undefined) throw new Error('no patient');
  return of;
}

/** What the whole house knows of this patient and this document at the end, without their numbers. */
async function resultOf(flow: Flow, of: Patient, number: number, said: readonly string[]): Promise<string> {
  await flow.drained(30_000);
  const stored = await many<{ count: number }>(
    flow.pool,
    `select count(*) as count from inbound_message where control_id = any($1) group by control_id order by control_id`,
    [[`A-${of.ipp}`, `D-${number}`]],
  );
  const identity = await maybe<{ status: string }>(
    flow.pool,
    'select status from identity i join identity_identifier n on n.identity_id = i.id where n.value = $1',
    [of.ipp],
  );
  const document = await maybe<{ state: string; uniqueId: string; sha1: string | null }>(
    flow.pool,
    `select d.state, d.unique_id as "uniqueId", l.document_sha1 as sha1 from document d
     left join ledger l on l.document_id = d.id where d.control_id = $1`,
    [`D-${number}`],
  );
  const { sha1 } = documentOf(of, number, new Uint8Array()).make();
  const held = await heldOnce(flow, document?.uniqueId ?? '');
  return (
    `acknowledged ${said.join(' ')}, stored ${stored.map(({ count }) => count).join(' ')}, identity ${identity?.status}, ` +
    `document ${document?.state}, at the DMP ${held}, ${document?.sha1 === sha1 ? 'unchanged' : 'changed'}`
  );
}

async function heldOnce(flow: Flow, uniqueId: string): Promise<string> {
  const response = await fetch(`${flow.installation.dmp}/documents/search`, {
    method: 'POST',
    body: JSON.stringify({ uniqueId }),
  });
  const { items } = (await response.json()) as { items: readonly unknown[] };
  return items.length === 1 ? 'once' : `${items.length} times`;
}

/** One frame of 20 KB, cut in two at each place, in one connection: acknowledged each time, kept once. */
async function splitEverywhere(flow: Flow, step: number): Promise<Finding[]> {
  const of = patientAt(flow, flow.patients.length - 1);
  const number = 2 * flow.patients.length + 1;
  const whole = frame(padded(documentOf(of, number, new Uint8Array()).make().bytes));
  const socket = await dial(flow.installation.mllpPort);
  const said = new Map<string, number>();
  let splits = 0;
  for (let at = 1; at < whole.length; at += step) {
    const answer = acknowledgements(socket, 1);
    await written(socket, whole.subarray(0, at));
    socket.write(whole.subarray(at));
    const code = (await answer)[0] ?? 'nothing';
    said.set(code, (said.get(code) ?? 0) + 1);
    splits += 1;
  }
  socket.destroy();
  const rows = await many(flow.pool, 'select 1 as found from inbound_message where control_id = $1', [`D-${number}`]);
  return [
    atLeast('bytes of the frame that is split', whole.length, 20_000),
    atLeast('splits', splits, Math.floor((whole.length - 1) / step)),
    none('splits not acknowledged AA', splits - (said.get('AA') ?? 0)),
    { what: 'times it was kept', value: rows.length, threshold: '1', holds: rows.length === 1 },
  ];
}

/** To 20 KB, by a segment that the site may send and nobody reads. */
function padded(message: Buffer): Buffer {
  const missing = Math.max(0, 20_000 - message.length);
  return missing === 0 ? message : Buffer.concat([message, Buffer.from(`ZZZ|${'x'.repeat(missing)}\r`)]);
}

async function dial(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => undefined);
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  return socket;
}

/** Resolves when the kernel has it, and the loop has turned: the next write is another packet. */
function written(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => socket.write(bytes, () => setImmediate(resolve)));
}

async function inOneConnection(
  port: number,
  messages: readonly Buffer[],
  write: (socket: Socket, bytes: Buffer) => Promise<void>,
): Promise<string[]> {
  const socket = await dial(port);
  const said: string[] = [];
  for (const bytes of messages) {
    const answer = acknowledgements(socket, 1);
    await write(socket, bytes);
    said.push(...(await answer));
  }
  socket.destroy();
  return said;
}

async function closing(socket: Socket, said: Promise<string[]>): Promise<string[]> {
  const codes = await said;
  socket.destroy();
  return codes;
}

/** MSA-1 of the next so many answers, read without the product's own framing. */
function acknowledgements(socket: Socket, count: number): Promise<string[]> {
  return new Promise((resolve) => {
    let text = '';
    const done = (): void => {
      socket.off('data', take);
      socket.off('close', done);
      resolve([...text.matchAll(/\rMSA\|([A-Z]*)\|/g)].map(([, code]) => code ?? ''));
    };
    const take = (data: Buffer): void => {
      text += data.toString('latin1');
      if (text.split('\x1c\r').length > count) done();
    };
    socket.on('data', take);
    socket.on('close', done);
  });
}
