/** Mails with IHE_XDM.zip for PAT-TROIS, and the desk of a hospital whose mail server and DPI a test commands. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { TestContext } from 'node:test';
import { openBench, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import type { ConfigInput } from '../config/schema.ts';
import { DEMO_EG } from '../demo/structure.ts';
import { parseDocumentUniqueId } from '../ins/identifiers.ts';
import { claimTasks } from '../queue/claims.testing.ts';
import type { Task, TaskKind } from '../queue/tasks.ts';
import { many, one } from '../store/db.ts';
import type { IncomingDocument } from '../store/incoming-documents.ts';
import { incomingOf } from '../store/incoming-documents.ts';
import { listMails, type MailRow } from '../store/incoming-mail.ts';
import { takeMailbox } from '../store/mailboxes.ts';
import { buildLevelOneCda } from '../wire/cda/build-level-one.ts';
import { levelOneDocument, qualifiedIdentity, type TestTraits, valueOfResult } from '../wire/cda/cda.fixture.ts';
import { buildAck } from '../wire/hl7v2/ack.ts';
import { salvageHeader } from '../wire/hl7v2/header.ts';
import type { MllpOutcome } from '../wire/hl7v2/mllp-client.ts';
import type { MailboxClient } from '../wire/imap/mailbox-client.ts';
import { HEADERS, mailOf } from '../wire/mail/mail.fixture.ts';
import { zipOf } from '../wire/xdm/archive.fixture.ts';
import { collect } from './incoming-collect.ts';
import { handoverTaskHandler } from './incoming-handover.ts';
import { incomingMailTaskHandler } from './incoming-open.ts';
import { declareConfiguredMailboxes } from './incoming-reader.ts';
import type { ReceiptSink } from './incoming-receipts.ts';
import { mailReplyTaskHandler, type ReplyServer } from './incoming-reply.ts';

const BOX = 'dpi';
const BOX_ADDRESS = 'dpi@hopital-demo.mssante.fr';
/** The traits under which the bench admits PAT-TROIS. */
const TRAITS: Partial<TestTraits> = { birthGivenNames: 'DOMINIQUE MARIE', birthPlace: '63220' };

export interface MailParts {
  readonly uniqueId?: string;
  readonly replaces?: string;
  readonly traits?: Partial<TestTraits>;
  readonly title?: string;
  /** CX of METADATA.XML. */
  readonly metadataPatient?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly visibility?: readonly string[];
  readonly editCda?: (cda: string) => string;
}

export function cdaOf({
  uniqueId = '1.2.250.1.999.1.1.42',
  replaces,
  traits,
  title = 'Lettre',
  editCda,
}: MailParts): Buffer {
  const cda = buildLevelOneCda(
    levelOneDocument({
      uniqueId: valueOfResult(parseDocumentUniqueId(uniqueId)),
      title,
      patient: qualifiedIdentity({ ...TRAITS, ...traits }),
      ...(replaces === undefined ? {} : { replaces: { root: replaces } }),
    }),
  );
  return editCda === undefined ? cda : Buffer.from(editCda(cda.toString('utf8')));
}

/** One archive with a document for each part given. */
export function xdmMail(...documents: readonly MailParts[]): Buffer {
  const [first = {}] = documents;
  const files = (documents.length === 0 ? [first] : documents).map((parts, index) => ({
    parts,
    name: `DOC0000${index + 1}.XML`,
    content: cdaOf(parts),
  }));
  const archive = zipOf([
    { name: 'IHE_XDM/SUBSET01/METADATA.XML', content: metadataOf(files) },
    ...files.map(({ name, content }) => ({ name: `IHE_XDM/SUBSET01/${name}`, content })),
  ]);
  return mailOf({ ...HEADERS, 'Message-ID': `<${digest(archive)}@medecin.mssante.fr>`, ...first.headers }, [
    { type: 'text/plain; charset=utf-8', content: 'Ci-joint la lettre de liaison.' },
    { type: 'application/zip', name: 'IHE_XDM.zip', content: archive },
  ]);
}

function digest(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}

function metadataOf(
  files: readonly { readonly parts: MailParts; readonly name: string; readonly content: Buffer }[],
): string {
  const slot = (name: string, value: string): string =>
    `<Slot name="${name}"><ValueList><Value>${value}</Value></ValueList></Slot>`;
  const objects = files.map(({ parts, name, content }) => {
    const patient =
      parts.metadataPatient ?? `${parts.traits?.matricule ?? '279035121518989'}^^^&1.2.250.1.213.1.4.10&ISO^NH`;
    const codes = ['N', ...(parts.visibility ?? [])].map(
      (code) =>
        `<Classification classificationScheme="urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f" nodeRepresentation="${code}"/>`,
    );
    return (
      `<ExtrinsicObject mimeType="text/xml">${slot('URI', name)}${slot('hash', digest(content))}${slot('size', String(content.length))}` +
      `${codes.join('')}<ExternalIdentifier identificationScheme="urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427" value="${patient.replaceAll('&', '&amp;')}"/></ExtrinsicObject>`
    );
  });
  return `<lcm:SubmitObjectsRequest xmlns:lcm="urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0" xmlns="urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"><RegistryObjectList>${objects.join('')}</RegistryObjectList></lcm:SubmitObjectsRequest>`;
}

const FILES = { ca: 'unused', cert: 'unused', key: 'unused' };
const INCOMING: NonNullable<ConfigInput['incomingMail']> = {
  mailboxes: [
    {
      name: BOX,
      address: BOX_ADDRESS,
      eg: DEMO_EG,
      host: 'localhost',
      tls: FILES,
      user: BOX_ADDRESS,
      password: 'x',
      treatedFolder: 'Traites',
      deliverTo: 'DPI',
    },
  ],
  routes: [
    { name: 'DPI', application: 'DPI', facility: 'CH-DEMO', host: '127.0.0.1', port: 1, tls: false, attempts: 3 },
  ],
  replies: { host: 'localhost', tls: FILES },
};

/** A mail server in memory, of which every failure is chosen. */
export interface FakeServer extends MailboxClient {
  readonly mails: Map<number, Buffer>;
  readonly away: number[];
  fails: (command: 'fetch' | 'putAway', uid: number) => Error | undefined;
}

export interface IncomingBench extends UseCaseBench {
  readonly server: FakeServer;
  /** ER7 of what the DPI was given, in order. */
  readonly handed: string[];
  answer: (frame: Buffer) => MllpOutcome;
  readonly receipts: Parameters<ReceiptSink>[2][];
  known: 'applied' | 'unknown';
  /** Drops mails into the mailbox, takes them, and opens them. */
  receive(...mails: Buffer[]): Promise<void>;
  take(): Promise<number>;
  /** Runs what is due of these kinds, whatever its time. */
  work(...kinds: TaskKind[]): Promise<void>;
  replyServer: ReplyServer | undefined;
  mails(): Promise<MailRow[]>;
  /** The last mail, and its documents. */
  last(): Promise<MailRow & { documents: IncomingDocument[] }>;
}

export function acknowledge(frame: Buffer, code: 'AA' | 'AE' | 'AR' = 'AA', err = ''): MllpOutcome {
  const header = salvageHeader(frame);
  assert.ok(header);
  const accepted = buildAck(header, 'accepted', { now: new Date(0), controlId: 'R' }).toString('utf8');
  return { kind: 'answered', message: Buffer.from(accepted.replace('MSA|AA', `MSA|${code}`) + err) };
}

export async function openIncoming(
  t: TestContext,
  change: (incoming: typeof INCOMING) => typeof INCOMING = (incoming) => incoming,
): Promise<IncomingBench> {
  const bench = await openBench(t, (config) => ({ ...config, incomingMail: change(INCOMING) }));
  await declareConfiguredMailboxes(bench.context);
  const server = fakeServer();
  const handed: string[] = [];
  const receipts: Parameters<ReceiptSink>[2][] = [];
  const incoming: IncomingBench = Object.assign(bench, {
    server,
    handed,
    receipts,
    known: 'applied' as IncomingBench['known'],
    replyServer: undefined,
    answer: (frame: Buffer) => acknowledge(frame),
    take: async () => {
      const { context } = bench;
      const [mailbox] = context.config.incomingMail.mailboxes;
      const turn = await takeMailbox(context.pool, BOX, context.now(), 60_000);
      assert.ok(mailbox && turn, 'the mailbox is not free');
      try {
        return await collect({ context, mailbox, turn, leaseMs: 60_000, client: server });
      } finally {
        await context.pool.query('update mailbox set leased_until = null');
      }
    },
    receive: async (...mails: Buffer[]) => {
      for (const mail of mails) server.mails.set(Math.max(0, ...server.mails.keys(), ...server.away) + 1, mail);
      await incoming.take();
      await incoming.work('incoming-mail');
    },
    work: async (...kinds: TaskKind[]) => {
      for (const kind of kinds) await work(bench, kind, handlers);
    },
    mails: () => listMails(bench.context.pool, { shown: 'all', eg: null, limit: 100, offset: 0 }),
    last: async () => {
      const [mail] = await many<{ id: string }>(
        bench.context.pool,
        'select id from incoming_mail order by uid desc limit 1',
      );
      const row = (await incoming.mails()).find(({ id }) => id === mail?.id);
      assert.ok(row);
      return { ...row, documents: await incomingOf(bench.context.pool, row.id) };
    },
  });
  const sink: ReceiptSink = async (_context, _tx, receipt) => {
    receipts.push(receipt);
    return incoming.known;
  };
  const client = {
    send: async (message: Uint8Array) => {
      handed.push(Buffer.from(message).toString('utf8'));
      return incoming.answer(Buffer.from(message));
    },
    close: async () => undefined,
  };
  const handlers: Partial<Record<TaskKind, (task: Task) => Promise<void>>> = {
    'incoming-mail': incomingMailTaskHandler(bench.context, sink),
    'mail-handover': handoverTaskHandler(bench.context, () => client),
    'mail-reply': (task) => mailReplyTaskHandler(bench.context, incoming.replyServer)(task),
  };
  return incoming;
}

async function work(
  { context }: UseCaseBench,
  kind: TaskKind,
  handlers: Partial<Record<TaskKind, (task: Task) => Promise<void>>>,
): Promise<void> {
  await context.pool.query(
    `update task set run_at = now(), leased_until = null, state = case state when 'waiting' then 'ready' else state end where kind = $1`,
    [kind],
  );
  const { count } = await one<{ count: number }>(context.pool, 'select count(*) as count from task where kind = $1', [
    kind,
  ]);
  for (let i = 0; i < count; i++)
    for (const task of await claimTasks(context.pool, { kinds: [kind], worker: 1, limit: 1, leaseMs: 60_000 }))
      await handlers[kind]?.(task);
}

function fakeServer(): FakeServer {
  const server: FakeServer = {
    uidValidity: 7,
    mails: new Map(),
    away: [],
    fails: () => undefined,
    newMails: async (after) =>
      [...server.mails].filter(([uid]) => uid > after).map(([uid, raw]) => ({ uid, size: raw.length })),
    fetch: async (uid) => {
      const failure = server.fails('fetch', uid);
      if (failure !== undefined) throw failure;
      return server.mails.get(uid);
    },
    envelope: async () => ({ sender: 'a@b.fr', subject: 'Trop gros' }),
    putAway: async (uids) => {
      for (const uid of uids) {
        const failure = server.fails('putAway', uid);
        if (failure !== undefined) throw failure;
        server.mails.delete(uid);
        server.away.push(uid);
      }
    },
    wait: async () => undefined,
    close: async () => undefined,
  };
  return server;
}
