/** What each IMAP command does in the state that the session is in (RFC 3501, 6; RFC 6851 MOVE; RFC 4315 UIDPLUS). */
import { fetchData, fetchItems, marksAsRead } from './imap-fetch.ts';
import { type Command, inSet, quoted, type Value } from './imap-syntax.ts';
import type { Account, Folder, MailStore, StoredMail } from './mail-store.ts';

export const CAPABILITIES = 'IMAP4rev1 LITERAL+ SASL-IR AUTH=PLAIN IDLE MOVE UIDPLUS ID';

export interface Session {
  readonly store: MailStore;
  /** User and password are those of the account. */
  readonly password: string;
  account: Account | undefined;
  selected: Folder | undefined;
  readOnly: boolean;
  /** Messages that the client was told of, in sequence. */
  seen: StoredMail[];
  send(data: string | Buffer): void;
}

/** `OK`, `NO` or `BAD` with its text, after the untagged answers that `send` gave; BYE ends the connection. */
export type Answer = `${'OK' | 'NO' | 'BAD'} ${string}`;

type Handler = (session: Session, command: Command) => Answer;

const BAD_ARGUMENTS = 'BAD arguments';

const ANY: Readonly<Record<string, Handler>> = {
  CAPABILITY: ({ send }) => {
    send(`* CAPABILITY ${CAPABILITIES}\r\n`);
    return 'OK done';
  },
  NOOP: (session) => {
    tellChanges(session);
    return 'OK done';
  },
  ID: ({ send }) => {
    send('* ID ("name" "simulateur MSSante")\r\n');
    return 'OK done';
  },
  LOGOUT: ({ send }) => {
    send('* BYE\r\n');
    return 'OK done';
  },
};

const BEFORE_LOGIN: Readonly<Record<string, Handler>> = {
  LOGIN: (session, { args }) => {
    const [user, password] = args;
    return typeof user === 'string' && typeof password === 'string' ? login(session, user, password) : BAD_ARGUMENTS;
  },
};

export function login(session: Session, user: string, password: string): Answer {
  const account = session.store.account(user);
  if (account === undefined || password !== session.password) return 'NO [AUTHENTICATIONFAILED] no such account';
  session.account = account;
  return `OK [CAPABILITY ${CAPABILITIES}] logged in`;
}

const AFTER_LOGIN: Readonly<Record<string, Handler>> = {
  SELECT: (session, command) => select(session, command, false),
  EXAMINE: (session, command) => select(session, command, true),
  LIST: list,
  LSUB: list,
  STATUS: status,
  CREATE: ({ account }, { args: [name] }) => {
    if (typeof name !== 'string' || name === '') return BAD_ARGUMENTS;
    if (account?.folder(name) !== undefined) return 'NO [ALREADYEXISTS] it exists';
    account?.create(name);
    return 'OK created';
  },
};

const SELECTED: Readonly<Record<string, Handler>> = {
  CLOSE: (session) => {
    if (!session.readOnly && session.selected !== undefined) expunge(session, () => true, false);
    session.selected = undefined;
    return 'OK closed';
  },
  EXPUNGE: (session) => (session.readOnly ? 'NO [READ-ONLY] examined' : expunge(session, () => true, true)),
  FETCH: (session, command) => fetch(session, command, false),
  'UID FETCH': (session, command) => fetch(session, command, true),
  STORE: (session, command) => storeFlags(session, command, false),
  'UID STORE': (session, command) => storeFlags(session, command, true),
  SEARCH: (session, command) => search(session, command, false),
  'UID SEARCH': (session, command) => search(session, command, true),
  MOVE: (session, command) => move(session, command, false),
  'UID MOVE': (session, command) => move(session, command, true),
  'UID EXPUNGE': (session, { args: [set] }) => {
    const within = inSet(set, highestUid(session));
    if (within === undefined) return BAD_ARGUMENTS;
    return session.readOnly ? 'NO [READ-ONLY] examined' : expunge(session, ({ uid }) => within(uid), true);
  },
};

/** A command that the state of the session does not allow is BAD, as any server says. */
export function run(session: Session, command: Command): Answer {
  const tables = [
    ANY,
    ...(session.account === undefined ? [BEFORE_LOGIN] : [AFTER_LOGIN]),
    ...(session.account !== undefined && session.selected !== undefined ? [SELECTED] : []),
  ];
  const handler = tables.find((table) => Object.hasOwn(table, command.name))?.[command.name];
  return handler === undefined ? `BAD ${command.name} is not possible now` : handler(session, command);
}

function select(session: Session, { args: [name] }: Command, readOnly: boolean): Answer {
  session.selected = undefined;
  const folder = typeof name === 'string' ? session.account?.folder(name) : undefined;
  if (folder === undefined) return 'NO [NONEXISTENT] no such mailbox';
  session.selected = folder;
  session.readOnly = readOnly;
  session.seen = [...folder.mails];
  const flags = '\\Answered \\Flagged \\Deleted \\Seen \\Draft';
  session.send(
    `* FLAGS (${flags})\r\n* OK [PERMANENTFLAGS (${flags} \\*)] ok\r\n* ${folder.mails.length} EXISTS\r\n* 0 RECENT\r\n` +
      `* OK [UIDVALIDITY ${folder.uidValidity}] ok\r\n* OK [UIDNEXT ${folder.uidNext}] ok\r\n`,
  );
  return `OK [${readOnly ? 'READ-ONLY' : 'READ-WRITE'}] selected`;
}

/** An empty name asks for the separator. */
function list({ account, send }: Session, { name: command, args: [, pattern] }: Command): Answer {
  if (typeof pattern !== 'string') return BAD_ARGUMENTS;
  if (pattern === '') send(`* ${command} (\\Noselect) "/" ""\r\n`);
  const wanted = new RegExp(
    `^${pattern
      .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
      .replace(/\*/g, '.*')
      .replace(/%/g, '[^/]*')}$`,
    'i',
  );
  for (const folder of account?.folders() ?? [])
    if (pattern !== '' && wanted.test(folder.name))
      send(`* ${command} (\\HasNoChildren) "/" ${quoted(folder.name)}\r\n`);
  return 'OK done';
}

function status({ account, send }: Session, { args: [name, items] }: Command): Answer {
  const folder = typeof name === 'string' ? account?.folder(name) : undefined;
  if (folder === undefined || !Array.isArray(items)) return 'NO [NONEXISTENT] no such mailbox';
  const values: Readonly<Record<string, number>> = {
    MESSAGES: folder.mails.length,
    UIDNEXT: folder.uidNext,
    UIDVALIDITY: folder.uidValidity,
    UNSEEN: folder.mails.filter(({ flags }) => !flags.has('\\Seen')).length,
    RECENT: 0,
  };
  const asked = items.map((item: Value) => String(item).toUpperCase());
  if (asked.some((item) => values[item] === undefined)) return BAD_ARGUMENTS;
  send(`* STATUS ${quoted(folder.name)} (${asked.map((item) => `${item} ${values[item]}`).join(' ')})\r\n`);
  return 'OK done';
}

function highestUid({ seen }: Session): number {
  return seen.at(-1)?.uid ?? 0;
}

/** Sequence numbers and messages of a set, of those that the client was told of. */
function chosen(
  session: Session,
  set: Value | undefined,
  byUid: boolean,
): { n: number; mail: StoredMail }[] | undefined {
  const within = inSet(set, byUid ? highestUid(session) : session.seen.length);
  if (within === undefined) return undefined;
  return session.seen.flatMap((mail, index) => (within(byUid ? mail.uid : index + 1) ? [{ n: index + 1, mail }] : []));
}

function fetch(session: Session, { args: [set, asked] }: Command, byUid: boolean): Answer {
  const mails = chosen(session, set, byUid);
  const items = fetchItems(asked, byUid);
  if (mails === undefined || items === undefined) return BAD_ARGUMENTS;
  for (const { n, mail } of mails) {
    if (marksAsRead(items) && !session.readOnly) mail.flags.add('\\Seen');
    session.send(Buffer.concat([Buffer.from(`* ${n} FETCH `), fetchData(mail, items), Buffer.from('\r\n')]));
  }
  return 'OK done';
}

function storeFlags(session: Session, { args: [set, how, flags] }: Command, byUid: boolean): Answer {
  const mails = chosen(session, set, byUid);
  const [, sign, silent] = /^([+-]?)FLAGS(\.SILENT)?$/i.exec(typeof how === 'string' ? how : '') ?? [];
  const listed = [flags ?? []].flat().filter((flag): flag is string => typeof flag === 'string');
  if (mails === undefined || sign === undefined || listed.length === 0) return BAD_ARGUMENTS;
  if (session.readOnly) return 'NO [READ-ONLY] examined';
  for (const { n, mail } of mails) {
    if (sign === '') mail.flags.clear();
    for (const flag of listed) {
      if (sign === '-') mail.flags.delete(flag);
      else mail.flags.add(flag);
    }
    if (silent === undefined)
      session.send(
        Buffer.concat([
          Buffer.from(`* ${n} FETCH `),
          fetchData(mail, byUid ? ['UID', 'FLAGS'] : ['FLAGS']),
          Buffer.from('\r\n'),
        ]),
      );
  }
  return 'OK done';
}

const KEYS: Readonly<Record<string, (mail: StoredMail) => boolean>> = {
  ALL: () => true,
  SEEN: ({ flags }) => flags.has('\\Seen'),
  UNSEEN: ({ flags }) => !flags.has('\\Seen'),
  DELETED: ({ flags }) => flags.has('\\Deleted'),
  UNDELETED: ({ flags }) => !flags.has('\\Deleted'),
};

function search(session: Session, { args }: Command, byUid: boolean): Answer {
  let found = session.seen.map((mail, index) => ({ n: index + 1, mail }));
  for (let at = 0; at < args.length; at++) {
    const key = String(args[at]).toUpperCase();
    const test = KEYS[key];
    const set = key === 'UID' ? inSet(args[++at], highestUid(session)) : inSet(args[at], session.seen.length);
    if (test !== undefined) found = found.filter(({ mail }) => test(mail));
    else if (set !== undefined) found = found.filter(({ n, mail }) => set(key === 'UID' ? mail.uid : n));
    else return BAD_ARGUMENTS;
  }
  const numbers = found.map(({ n, mail }) => (byUid ? mail.uid : n));
  session.send(`* SEARCH${numbers.map((n) => ` ${n}`).join('')}\r\n`);
  return 'OK done';
}

function move(session: Session, { args: [set, name] }: Command, byUid: boolean): Answer {
  const mails = chosen(session, set, byUid);
  const { account } = session;
  const target = typeof name === 'string' ? account?.folder(name) : undefined;
  if (mails === undefined || typeof name !== 'string') return BAD_ARGUMENTS;
  if (session.readOnly) return 'NO [READ-ONLY] examined';
  if (account === undefined || target === undefined) return 'NO [TRYCREATE] no such mailbox';
  const moved = mails.map(({ mail }) => account.append(target, mail.raw, mail.flags, mail.receivedAt));
  if (moved.length > 0) {
    const from = mails.map(({ mail }) => mail.uid).join(',');
    session.send(`* OK [COPYUID ${target.uidValidity} ${from} ${moved.map(({ uid }) => uid).join(',')}] moved\r\n`);
  }
  const gone = new Set(mails.map(({ mail }) => mail));
  remove(session, (mail) => gone.has(mail), true);
  return 'OK moved';
}

function expunge(session: Session, within: (mail: StoredMail) => boolean, told: boolean): Answer {
  remove(session, (mail) => mail.flags.has('\\Deleted') && within(mail), told);
  return 'OK done';
}

/** Sequence numbers fall as messages go: each EXPUNGE counts those before it. */
function remove(session: Session, isGone: (mail: StoredMail) => boolean, told: boolean): void {
  const { selected, account } = session;
  if (selected === undefined) return;
  selected.mails = selected.mails.filter((mail) => !isGone(mail));
  for (let n = session.seen.length; n >= 1; n--) {
    const mail = session.seen[n - 1];
    if (mail === undefined || !isGone(mail)) continue;
    session.seen.splice(n - 1, 1);
    if (told) session.send(`* ${n} EXPUNGE\r\n`);
  }
  account?.changed();
}

/** What changed in the selected mailbox since the client was last told. */
export function tellChanges(session: Session): void {
  const { selected } = session;
  if (selected === undefined) return;
  const there = new Set(selected.mails);
  for (let n = session.seen.length; n >= 1; n--) {
    const mail = session.seen[n - 1];
    if (mail === undefined || there.has(mail)) continue;
    session.seen.splice(n - 1, 1);
    session.send(`* ${n} EXPUNGE\r\n`);
  }
  const known = new Set(session.seen);
  const added = selected.mails.filter((mail) => !known.has(mail));
  if (added.length === 0) return;
  session.seen.push(...added);
  session.send(`* ${session.seen.length} EXISTS\r\n`);
}
