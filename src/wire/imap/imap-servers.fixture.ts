/** Two IMAP servers that the same tests run on: our simulator, and a real Dovecot that judges it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, chown, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestAuthority } from '../../simulators/common/pki.fixture.ts';
import { startImapSimulator } from '../../simulators/mssante/imap.ts';
import { type MailboxPlace, openMailbox } from './mailbox-client.ts';

const ADDRESS = 'dpi@hopital-demo.mssante.fr';
const PASSWORD = 'boite-de-test';

export interface ImapServerUnderTest {
  readonly place: MailboxPlace;
  deliver(raw: Buffer): Promise<void>;
  close(): Promise<void>;
}

function placeOf(pki: TestAuthority, port: number): MailboxPlace {
  return {
    host: '127.0.0.1',
    port,
    serverName: 'localhost',
    tls: pki.client('/C=FR/O=TEST/CN=bal-applicative'),
    user: ADDRESS,
    password: PASSWORD,
    folder: 'INBOX',
    timeoutMs: 10_000,
  };
}

export async function startSimulated(pki: TestAuthority): Promise<ImapServerUnderTest & { readonly control: string }> {
  const simulator = await startImapSimulator({
    tls: pki.server,
    port: 0,
    controlPort: 0,
    addresses: [ADDRESS],
    password: PASSWORD,
    now: () => new Date(),
  });
  return {
    place: placeOf(pki, simulator.port),
    control: simulator.control,
    deliver: async (raw) => {
      simulator.store.deliver(ADDRESS, raw);
    },
    close: simulator.close,
  };
}

/** A Dovecot of its own: configuration, mails and sockets in a folder that goes with it. */
export async function startDovecot(pki: TestAuthority): Promise<ImapServerUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'dovecot-'));
  const port = await freePort();
  const file = async (name: string, content: string): Promise<string> => {
    await writeFile(join(folder, name), content, { mode: 0o644 });
    return join(folder, name);
  };
  await chmod(folder, 0o755);
  const inbox = join(folder, 'mail', 'new');
  const owner = mailOwner();
  for (const each of ['', 'new', 'cur', 'tmp']) {
    await mkdir(join(folder, 'mail', each), { recursive: true });
    if (owner.uid !== userInfo().uid) await chown(join(folder, 'mail', each), owner.uid, owner.gid);
  }
  const certificates = {
    ca: await file('ca.pem', pki.server.ca),
    cert: await file('cert.pem', pki.server.cert),
    key: await file('key.pem', pki.server.key),
  };
  const configuration = await file('dovecot.conf', dovecotConfiguration(folder, port, owner, certificates));
  const child = spawn('dovecot', ['-F', '-c', configuration], { stdio: 'ignore' });
  const place = placeOf(pki, port);
  await ready(place, child);
  return {
    place,
    deliver: async (raw) => {
      // Written aside, then named: a Maildir shows whole mails only.
      const name = `${Date.now()}.${randomUUID()}.test`;
      await writeFile(join(folder, name), raw);
      if (owner.uid !== userInfo().uid) await chown(join(folder, name), owner.uid, owner.gid);
      await rename(join(folder, name), join(inbox, name));
    },
    close: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Dovecot serves no mail as root. */
function mailOwner(): { readonly uid: number; readonly gid: number } {
  const { uid, gid } = userInfo();
  return uid === 0 ? { uid: 65_534, gid: 65_534 } : { uid, gid };
}

function dovecotConfiguration(
  folder: string,
  port: number,
  { uid, gid }: { readonly uid: number; readonly gid: number },
  { ca, cert, key }: { readonly ca: string; readonly cert: string; readonly key: string },
): string {
  const root = userInfo().uid === 0;
  const users = root
    ? ''
    : `default_internal_user = ${userInfo().username}\ndefault_login_user = ${userInfo().username}\n`;
  return `base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/log
protocols = imap
listen = 127.0.0.1
${users}ssl = required
ssl_cert = <${cert}
ssl_key = <${key}
ssl_ca = <${ca}
ssl_verify_client_cert = yes
ssl_require_crl = no
auth_ssl_require_client_cert = yes
auth_mechanisms = plain login
first_valid_uid = 1
mail_location = maildir:${folder}/mail
mailbox_list_index = no
mail_max_userip_connections = 50
service imap-login {
  inet_listener imap {
    port = 0
  }
  inet_listener imaps {
    port = ${port}
    ssl = yes
  }
  chroot =
}
service anvil {
  chroot =
}
passdb {
  driver = static
  args = password=${PASSWORD}
}
userdb {
  driver = static
  args = uid=${uid} gid=${gid} home=${folder}/mail
}
namespace inbox {
  inbox = yes
  separator = /
}
`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address !== 'object') throw new Error('no port');
  return address.port;
}

async function ready(place: MailboxPlace, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (child.exitCode !== null) throw new Error(`dovecot ended with ${child.exitCode}`);
    try {
      await (await openMailbox(place)).close();
      return;
    } catch {
      await sleep(100);
    }
  }
  throw new Error('dovecot does not answer');
}
