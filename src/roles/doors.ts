/** The role `intake`: the MLLP doors, the door of old connectors and the watched folders. */
import { startDeposits } from '../deposit/index.ts';
import {
  createCommitter,
  createRefusalLimit,
  type Door,
  keepRefusal,
  receiveFrame,
  sourceOfHeader,
} from '../intake/index.ts';
import { readTls } from '../operations/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import type { Stops } from '../queue/stops.ts';
import { type MllpServer, startMllpServer } from '../wire/hl7v2/mllp-server.ts';
import type { ClientTls } from '../wire/soap/transport.ts';
import { openLegacyDoor } from './legacy-door.ts';
import { renewWith } from './own-certificate.ts';
import type { Surroundings } from './surroundings.ts';

export interface Doors {
  readonly mllp: { readonly host: string; readonly port: number };
  readonly mllps: { readonly host: string; readonly port: number } | undefined;
  /** Of old connectors. */
  readonly legacy: { readonly host: string; readonly port: number } | undefined;
}

/** Both doors; when they stop, they do so together. */
export async function openDoors(context: UseCaseContext, about: Surroundings, stops: Stops): Promise<Doors> {
  const { tlsHost, port } = context.config.mllp;
  const intake = { ...startIntake(context, stops), ...about };
  const opened: MllpServer[] = [];
  stops.add(() => Promise.all(opened.map((door) => door.close())));
  const mllp = await openDoor(context, { ...intake, transport: 'mllp' }, { host: '127.0.0.1', port });
  opened.push(mllp);
  const mllps = await openTlsDoor(context, intake);
  if (mllps !== undefined) {
    opened.push(mllps);
    await renewWith(context, [mllps], stops);
  }
  const legacy = await openLegacyDoor(context, about.measures, stops);
  const deposits = startDeposits(context);
  stops.add(() => deposits.stop());
  return {
    mllp: { host: '127.0.0.1', port: mllp.port },
    mllps: mllps === undefined ? undefined : { host: tlsHost, port: mllps.port },
    legacy,
  };
}

/** What the doors share; stopped after them. */
function startIntake({ pool }: UseCaseContext, stops: Stops): Pick<Door, 'committer'> {
  const committer = createCommitter(pool);
  stops.add(() => committer.stop());
  return { committer };
}

type WatchedDoor = Door & Surroundings;

async function openTlsDoor(
  context: UseCaseContext,
  intake: Omit<WatchedDoor, 'transport'>,
): Promise<MllpServer | undefined> {
  const { tls, tlsHost, tlsPort } = context.config.mllp;
  if (tls === undefined) return undefined;
  return openDoor(
    context,
    { ...intake, transport: 'mllps' },
    { host: tlsHost, port: tlsPort, tls: await readTls(tls) },
  );
}

async function openDoor(
  context: UseCaseContext,
  door: WatchedDoor,
  place: { host: string; port: number; tls?: ClientTls },
): Promise<MllpServer> {
  const { mllp, processes } = context.config;
  const isWorthKeeping = createRefusalLimit(context.now);
  const measured: Door = {
    ...door,
    answered: (header, code, seconds) => {
      const source = sourceOfHeader(context, header);
      const name = source.ok ? `${source.value.application}|${source.value.facility}` : 'undeclared';
      door.measures.intake(name, code, seconds);
    },
  };
  return startMllpServer({
    ...place,
    sharedPort: processes.sharedPorts,
    finishMs: processes.finishMs,
    maxFrameBytes: mllp.maxFrameBytes,
    idleMs: mllp.idleMs,
    maxConnections: mllp.maxConnections,
    now: context.now,
    newControlId: context.newUuid,
    onFrame: (frame, peer) => receiveFrame(context, measured, frame, peer),
    onRefused: (refusal, peer, about) => {
      if (about === undefined && !isWorthKeeping(refusal, peer)) return;
      context.log.warn({ rule: refusal.rule.id, peer: peer.address, err: about?.cause }, 'refused at the door');
      // The handler failed: nothing was taken in, and the sender, told to retry, brings the message again.
      if (about?.cause !== undefined) return door.doorWatch.refused();
      keepRefusal(context, door, refusal, peer, about?.frame).catch((error: unknown) =>
        context.log.error({ err: error }, 'refusal not kept'),
      );
    },
  });
}
