/** The mail that a simulated server holds: by address, folders of messages whose UIDs only grow. */

export interface StoredMail {
  readonly uid: number;
  /** `\Seen` and the like. */
  readonly flags: Set<string>;
  readonly receivedAt: Date;
  readonly raw: Buffer;
}

export interface Folder {
  readonly name: string;
  readonly uidValidity: number;
  uidNext: number;
  /** In the order of their UIDs. */
  mails: StoredMail[];
}

export interface MailStore {
  /** Puts a mail into the INBOX of an address; false when nobody has it. */
  deliver(address: string, raw: Buffer): boolean;
  /** Folders of an account; undefined when there is none. */
  account(user: string): Account | undefined;
}

export interface Account {
  readonly user: string;
  folder(name: string): Folder | undefined;
  folders(): readonly Folder[];
  create(name: string): Folder;
  append(folder: Folder, raw: Buffer, flags: Iterable<string>, receivedAt: Date): StoredMail;
  /** Called when a mail comes in or goes, until the returned call. */
  watch(changed: () => void): () => void;
  /** Tells those who watch. */
  changed(): void;
}

export interface StoreOptions {
  /** Addresses that have a mailbox; each is its own user name. */
  readonly addresses: readonly string[];
  readonly now: () => Date;
  /** UIDVALIDITY of the folders of this run. */
  readonly uidValidity: number;
}

export function createMailStore(options: StoreOptions): MailStore {
  const accounts = new Map(
    options.addresses.map((address) => [address.toLowerCase(), createAccount(address, options)]),
  );
  return {
    deliver(address, raw) {
      const account = accounts.get(address.toLowerCase());
      const inbox = account?.folder('INBOX');
      if (account === undefined || inbox === undefined) return false;
      account.append(inbox, raw, [], options.now());
      account.changed();
      return true;
    },
    account: (user) => accounts.get(user.toLowerCase()),
  };
}

function createAccount(user: string, { uidValidity }: StoreOptions): Account {
  const folders = new Map<string, Folder>();
  const watchers = new Set<() => void>();
  // INBOX alone is the same whatever its case (RFC 3501, 5.1).
  const keyOf = (name: string): string => (name.toUpperCase() === 'INBOX' ? 'INBOX' : name);
  const account: Account = {
    user,
    folder: (name) => folders.get(keyOf(name)),
    folders: () => [...folders.values()],
    create(name) {
      const folder: Folder = { name: keyOf(name), uidValidity, uidNext: 1, mails: [] };
      folders.set(folder.name, folder);
      return folder;
    },
    append(folder, raw, flags, receivedAt) {
      const mail: StoredMail = { uid: folder.uidNext, flags: new Set(flags), receivedAt, raw };
      folder.uidNext += 1;
      folder.mails.push(mail);
      return mail;
    },
    watch(changed) {
      watchers.add(changed);
      return () => watchers.delete(changed);
    },
    changed() {
      for (const watcher of watchers) watcher();
    },
  };
  account.create('INBOX');
  return account;
}
