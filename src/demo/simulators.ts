/** INSi and DMP of the demonstration: in this process, over real mutual TLS. */
import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createDmpSimulator, type DmpSimulator } from '../simulators/dmp/simulator.ts';
import { createInsiSimulator } from '../simulators/insi/insi-simulator.ts';
import { type ImapSimulator, startImapSimulator } from '../simulators/mssante/imap.ts';
import { type SmtpSimulator, startSmtpSimulator } from '../simulators/mssante/smtp.ts';
import { createPscSimulator, type PscSimulator } from '../simulators/psc/simulator.ts';
import { SAMPLE_IDENTITIES } from './patients.ts';
import type { DemoPki } from './pki.ts';
import { DEMO_PROFESSIONALS } from './professionals.ts';
import {
  DEMO_EG,
  DEMO_EJ,
  DEMO_INSI_AUTHORISATION,
  DEMO_MAILBOX,
  DEMO_SECOND_EG,
  DEMO_SENDING_MAILBOXES,
} from './structure.ts';

export interface SimulatorPlace {
  readonly directory: string;
  /** 0: any free port. */
  readonly port: number;
  readonly controlPort: number;
  readonly pki: DemoPki;
  readonly log: (line: string) => void;
}

function serverTls(pki: DemoPki) {
  return { ca: pki.caPem, cert: pki.server.certPem, key: pki.server.keyPem };
}

/** Knows the published identities, PAT-TROIS DOMINIQUE and the sample patients. */
export async function startInsi(place: SimulatorPlace) {
  const directory = join(place.directory, 'insi');
  await mkdir(directory, { recursive: true });
  return createInsiSimulator({
    directory,
    tls: serverTls(place.pki),
    port: place.port,
    controlPort: place.controlPort,
    acceptedIdam: [DEMO_INSI_AUTHORISATION],
    identities: SAMPLE_IDENTITIES,
    log: place.log,
  });
}

/** Knows the demonstration's legal entity, with its own hospitals unless told; every patient has an open DMP unless its control API is told otherwise. */
export async function startDmp(place: SimulatorPlace & { egs?: readonly string[] }): Promise<DmpSimulator> {
  const directory = join(place.directory, 'dmp');
  await mkdir(directory, { recursive: true });
  return createDmpSimulator({
    directory,
    tls: serverTls(place.pki),
    port: place.port,
    controlPort: place.controlPort,
    structures: [{ ej: DEMO_EJ, egs: place.egs ?? [DEMO_EG, DEMO_SECOND_EG] }],
    profile: 'test',
    now: () => new Date(),
    newUuid: randomUUID,
    nia: true,
    trustedSignerCa: place.pki.caPem,
    log: place.log,
  });
}

/** The SMTP server of the MSSanté operator. `deliver`: into the mailboxes that are read over IMAP. */
export async function startSmtp(
  place: SimulatorPlace & { deliver?: (address: string, raw: Buffer) => boolean },
): Promise<SmtpSimulator> {
  const directory = join(place.directory, 'mssante');
  await mkdir(directory, { recursive: true });
  return startSmtpSimulator({
    directory,
    tls: serverTls(place.pki),
    port: place.port,
    controlPort: place.controlPort,
    senders: DEMO_SENDING_MAILBOXES,
    ...(place.deliver === undefined ? {} : { deliver: place.deliver }),
    now: () => new Date(),
    newUuid: randomUUID,
    log: place.log,
  });
}

/** The mailbox of the demonstration's hospital; mails are dropped into it by its control API. */
export function startMailServer(place: SimulatorPlace): Promise<ImapSimulator> {
  return startImapSimulator({
    tls: serverTls(place.pki),
    port: place.port,
    controlPort: place.controlPort,
    addresses: [DEMO_MAILBOX.address],
    password: DEMO_MAILBOX.password,
    now: () => new Date(),
    log: place.log,
  });
}

/** Authenticates the fictitious professionals of the demonstration. */
export function startPsc({ pki, log }: SimulatorPlace): Promise<PscSimulator> {
  return createPscSimulator({
    tls: { cert: pki.server.certPem, key: pki.server.keyPem },
    port: 0,
    pagePort: 0,
    controlPort: 0,
    people: DEMO_PROFESSIONALS,
    now: () => new Date(),
    log,
  });
}
