/**
 * Takes what is new in a mailbox: the bytes of a mail are in the database, with the task that opens it, before the server is
 * told anything. Interrupted anywhere, the next turn goes on: what is known by UIDVALIDITY and UID is not taken twice, and
 * what was taken but not put away is put away.
 */
import { createHash } from 'node:crypto';
import type { MailboxConfig } from '../config/mssante-in-schema.ts';
import { withoutMatricule } from '../ins/redact.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { addTask } from '../queue/tasks.ts';
import { mssanteInRules } from '../rules/mssante-in.ts';
import type { Rule } from '../rules/rule.ts';
import { transaction } from '../store/db.ts';
import { insertMail, lastUid, leftOnServer, notePutAway, type TakenMail } from '../store/incoming-mail.ts';
import { countStuck, holdMailbox, type MailboxTurn, recordRead } from '../store/mailboxes.ts';
import { type MailboxClient, MailboxFailure, type NewMail } from '../wire/imap/mailbox-client.ts';

export interface Collection {
  readonly context: UseCaseContext;
  readonly mailbox: MailboxConfig;
  readonly turn: MailboxTurn;
  readonly leaseMs: number;
  readonly client: MailboxClient;
}

/** A mail that its server does not give is put aside after so many sessions. */
const MOST_TRIES = 3;

/** Takes everything that is new; how many mails. Throws when the server fails, MailboxLost when another process took over. */
export async function collect(collection: Collection): Promise<number> {
  const { context, mailbox, turn, leaseMs, client } = collection;
  await putAway(collection);
  const found = await client.newMails(await lastUid(context.pool, mailbox.name, client.uidValidity));
  for (const mail of found) {
    await take(collection, mail);
    await putAway(collection);
  }
  await transaction(context.pool, async (tx) => {
    await holdMailbox(tx, turn, context.now(), leaseMs);
    await recordRead(tx, turn, context.now());
  });
  return found.length;
}

async function putAway({ context, mailbox, client }: Collection): Promise<void> {
  const left = await leftOnServer(context.pool, mailbox.name, client.uidValidity);
  if (left.length === 0) return;
  await client.putAway(left, mailbox.treatedFolder);
  await notePutAway(context.pool, mailbox.name, client.uidValidity, left, context.now());
}

async function take(collection: Collection, mail: NewMail): Promise<void> {
  const { maxBytes } = collection.context.config.incomingMail;
  if (mail.size > maxBytes) return putAside(collection, mail, mssanteInRules.mailTooLarge);
  const raw = await fetched(collection, mail);
  if (raw === undefined) return putAside(collection, mail, mssanteInRules.mailNotGiven);
  await store(collection, mail, { raw, digest: digestOfBody(raw), size: raw.length });
}

/** Undefined once it was asked for often enough; until then the session fails, and the mailbox is tried again later. */
async function fetched({ context, turn, client }: Collection, { uid }: NewMail): Promise<Buffer | undefined> {
  const { maxBytes } = context.config.incomingMail;
  const raw = await client.fetch(uid, maxBytes).catch((error: unknown) => {
    if (error instanceof MailboxFailure) return error;
    throw error;
  });
  if (Buffer.isBuffer(raw)) return raw;
  const tries = await countStuck(context.pool, turn, uid);
  if (tries >= MOST_TRIES && raw === undefined) return undefined;
  if (tries >= MOST_TRIES * 2) return undefined;
  throw raw ?? new MailboxFailure('courriel annoncé et non donné');
}

/** Who sent it and its subject are all that is known of a mail that is not taken. */
async function putAside(collection: Collection, mail: NewMail, rule: Rule): Promise<void> {
  const { client, mailbox } = collection;
  const nothing = { sender: '', subject: '' };
  const { sender, subject } = await client.envelope(mail.uid).catch(() => nothing);
  const digest = createHash('sha256').update(`${mailbox.name} ${client.uidValidity} ${mail.uid}`).digest();
  const known = { sender: withoutMatricule(sender), subject: withoutMatricule(subject) };
  await store(collection, mail, { digest, size: mail.size, ruleId: rule.id, ...known });
}

async function store(
  { context, mailbox, turn, leaseMs, client }: Collection,
  { uid }: NewMail,
  taken: Pick<TakenMail, 'digest' | 'size'> & Partial<TakenMail>,
): Promise<void> {
  await transaction(context.pool, async (tx) => {
    await holdMailbox(tx, turn, context.now(), leaseMs);
    const id = context.newUuid();
    const added = await insertMail(tx, {
      ...taken,
      id,
      mailbox: mailbox.name,
      eg: mailbox.eg,
      uidValidity: client.uidValidity,
      uid,
      receivedAt: context.now(),
    });
    // In the order of arrival: a replacement comes after what it replaces.
    if (added && taken.raw !== undefined)
      await addTask(tx, {
        kind: 'incoming-mail',
        subject: id,
        orderKey: `incoming-mail:${mailbox.name}`,
        eg: mailbox.eg,
      });
  });
}

/** Servers add lines to the header of what they pass on; the body stays. */
function digestOfBody(raw: Buffer): Buffer {
  const ends = [raw.indexOf('\r\n\r\n'), raw.indexOf('\n\n')].filter((at) => at >= 0);
  const body = ends.length === 0 ? raw : raw.subarray(Math.min(...ends));
  return createHash('sha256').update(body).digest();
}
