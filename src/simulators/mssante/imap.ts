/** The IMAP service of the MSSanté simulator with its control API: mails are dropped into mailboxes, faults are ordered. */
import { z } from 'zod';
import { type ControlRoutes, startControl } from '../common/control.ts';
import { createFaultBoard, faultRoutes, type Wait } from '../common/faults.ts';
import { createImapServer } from './imap-server.ts';
import { createMailStore, type MailStore } from './mail-store.ts';

export interface ImapSimulatorOptions {
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
  /** 0: any free port. */
  readonly port: number;
  readonly controlPort: number;
  /** Mailboxes; each address is its own user. */
  readonly addresses: readonly string[];
  readonly password: string;
  readonly now: () => Date;
  readonly log?: (line: string) => void;
  /** Uniform in [0, 1); decides which commands a fault strikes. */
  readonly random?: () => number;
  readonly wait?: Wait;
}

export interface ImapSimulator {
  readonly port: number;
  /** `http://127.0.0.1:port` */
  readonly control: string;
  readonly store: MailStore;
  close(): Promise<void>;
}

const drop = z.strictObject({ address: z.string().min(3), raw: z.base64() });
const asked = z.strictObject({ address: z.string().min(3) });

export async function startImapSimulator(options: ImapSimulatorOptions): Promise<ImapSimulator> {
  const log = (line: string): void => options.log?.(`mssante simulator: ${line}`);
  // A new run is a new UIDVALIDITY: nothing of the run before is here.
  const uidValidity = Math.floor(options.now().getTime() / 1_000);
  const store = createMailStore({ addresses: options.addresses, now: options.now, uidValidity });
  const counts = new Map<string, number>();
  const server = createImapServer({
    tls: options.tls,
    port: options.port,
    store,
    password: options.password,
    draw: () => board.draw(),
    noted: (command, answer) => counts.set(`${command} ${answer}`, (counts.get(`${command} ${answer}`) ?? 0) + 1),
  });
  const board = createFaultBoard({
    random: options.random ?? Math.random,
    wait: options.wait ?? (async () => undefined),
    setDown: (down) => (down ? server.stop() : server.start()),
    log,
  });
  await server.start();
  const control = await startControl({ port: options.controlPort, routes: routesOf(store, board, counts), log });
  return {
    port: server.port(),
    control: control.url,
    store,
    close: async () => {
      board.close();
      await Promise.all([control.close(), server.stop()]);
    },
  };
}

function routesOf(
  store: MailStore,
  board: ReturnType<typeof createFaultBoard>,
  counts: ReadonlyMap<string, number>,
): ControlRoutes {
  return {
    'GET /stats': async () => ({ commands: Object.fromEntries(counts) }),
    'POST /mails': async (body) => {
      const { address, raw } = drop.parse(body);
      return { delivered: store.deliver(address, Buffer.from(raw, 'base64')) };
    },
    'POST /mails/list': async (body) => {
      const folders = store.account(asked.parse(body).address)?.folders() ?? [];
      return {
        folders: folders.map(({ name, mails }) => ({
          name,
          mails: mails.map(({ uid, flags, raw }) => ({ uid, flags: [...flags], size: raw.length })),
        })),
      };
    },
    ...faultRoutes(board),
  };
}
