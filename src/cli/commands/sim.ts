/** `sim insi`, `sim dmp`, `sim mssante`: one simulator alone, until it is told to stop. */
import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { SAMPLE_IDENTITIES } from '../../demo/patients.ts';
import { ensureDemoPki } from '../../demo/pki.ts';
import {
  DEMO_EG,
  DEMO_EJ,
  DEMO_INSI_AUTHORISATION,
  DEMO_OTHER_EJ,
  DEMO_SECOND_EG,
  DEMO_SENDING_MAILBOXES,
} from '../../demo/structure.ts';
import { type OptionFile, optionFile } from '../../simulators/dmp/option-file.ts';
import { createDmpSimulator } from '../../simulators/dmp/simulator.ts';
import { createInsiSimulator } from '../../simulators/insi/insi-simulator.ts';
import { modeOrder } from '../../simulators/insi/modes.ts';
import { startSmtpSimulator } from '../../simulators/mssante/smtp.ts';
import { codeOf, type Outcome, readInput, UsageFault } from '../outcome.ts';
import { stopRequested } from './stop-requested.ts';

export interface SimOptions {
  readonly data: string;
  readonly port: number;
  readonly controlPort: number;
  /** INSi: `spec`, `live`, `cnda`, each possibly with `prefix-shuffle`. DMP: `test` or `production`. */
  readonly mode?: string;
  /** Folder with `ca.pem`, `server.pem` and `server.key`; made when absent. */
  readonly pki?: string;
  /** DMP: JSON file of what no source settles. */
  readonly options?: string;
}

interface Keys {
  readonly folder: string;
  /** PEM texts. */
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
}

interface Simulator {
  readonly url: string;
  readonly control: string;
  close(): Promise<void>;
}

type Kind = 'insi' | 'dmp' | 'mssante';

/** Prints where the simulator is as soon as it is ready; resolves at the first signal, when it has stopped. */
export async function sim(kind: Kind, options: SimOptions, ready: (outcome: Outcome) => void): Promise<void> {
  const stopped = stopRequested();
  const start = { insi, dmp, mssante }[kind](options);
  const keys = await keysOf(options);
  const directory = join(options.data, kind);
  await mkdir(directory, { recursive: true });
  const simulator = await listening(start(directory, keys));
  ready(description(kind, simulator, keys));
  await stopped;
  await simulator.close();
}

type Start = (directory: string, keys: Keys) => Promise<Simulator>;

function insi({ mode, port, controlPort }: SimOptions): Start {
  const order = modeOrder.safeParse({ modes: (mode ?? 'spec').split(',') });
  if (!order.success) {
    throw new UsageFault('Modes du simulateur INSi : spec, live ou cnda, suivi ou non de « ,prefix-shuffle ».');
  }
  return (directory, { tls }) =>
    createInsiSimulator({
      directory,
      tls,
      port,
      controlPort,
      modes: order.data,
      acceptedIdam: [DEMO_INSI_AUTHORISATION],
      identities: SAMPLE_IDENTITIES,
      log,
    });
}

function dmp({ mode = 'test', port, controlPort, options }: SimOptions): Start {
  if (mode !== 'test' && mode !== 'production') {
    throw new UsageFault('Modes du simulateur DMP : test, ou production (refuse les INS de test).');
  }
  return async (directory, { tls }) => {
    const { options: chosen, signerCa } = options === undefined ? NO_CHOICE : await readOptions(options);
    return createDmpSimulator({
      directory,
      tls,
      port,
      controlPort,
      structures: [{ ej: DEMO_EJ, egs: [DEMO_EG, DEMO_SECOND_EG] }],
      profile: mode,
      nia: true,
      trustedSignerCa: signerCa ?? tls.ca,
      now: () => new Date(),
      newUuid: randomUUID,
      log,
      ...chosen,
    });
  };
}

const NO_CHOICE: OptionFile = { options: {}, signerCa: undefined };

/** With the text of the authorities in place of their path, which is relative to the file. */
async function readOptions(file: string): Promise<OptionFile> {
  const text = (await readInput(file)).toString('utf8');
  const checked = optionFile.safeParse(parsed(text, file));
  if (!checked.success) {
    const reasons = checked.error.issues.map(({ path, message }) => `${path.join('.')} : ${message}`);
    throw new UsageFault(`Options du simulateur DMP (${file}) : ${reasons.join(' ; ')}.`);
  }
  const { options, signerCa } = checked.data;
  if (signerCa === undefined) return checked.data;
  return { options, signerCa: (await readInput(resolve(dirname(file), signerCa))).toString('utf8') };
}

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageFault(`Options du simulateur DMP (${file}) : ce n'est pas du JSON.`);
  }
}

function mssante({ mode, port, controlPort }: SimOptions): Start {
  if (mode !== undefined) throw new UsageFault('Le simulateur MSSanté n’a pas de modes.');
  return async (directory, { tls }) => {
    const senders = DEMO_SENDING_MAILBOXES;
    const simulator = await startSmtpSimulator({
      directory,
      tls,
      port,
      controlPort,
      senders,
      now: () => new Date(),
      newUuid: randomUUID,
      log,
    });
    return { ...simulator, url: `smtps://localhost:${simulator.port}` };
  };
}

/** stdout is for the result. */
function log(line: string): void {
  console.error(line);
}

/** A folder that was given is only read: making keys in it could replace those of somebody else. */
async function keysOf({ data, pki }: SimOptions): Promise<Keys> {
  if (pki === undefined) {
    const folder = resolve(data, 'pki');
    const made = await ensureDemoPki(folder, { ej: DEMO_EJ, otherEj: DEMO_OTHER_EJ }, () => new Date());
    return { folder, tls: { ca: made.caPem, cert: made.server.certPem, key: made.server.keyPem } };
  }
  const folder = resolve(pki);
  const [ca, cert, key] = await Promise.all(
    ['ca.pem', 'server.pem', 'server.key'].map(async (name) => (await readInput(join(folder, name))).toString('utf8')),
  );
  return { folder, tls: { ca: ca ?? '', cert: cert ?? '', key: key ?? '' } };
}

async function listening(starting: Promise<Simulator>): Promise<Simulator> {
  try {
    return await starting;
  } catch (error) {
    if (codeOf(error) !== 'EADDRINUSE') throw error;
    throw new UsageFault(
      'Port déjà utilisé : choisissez-en un autre avec --port et --control-port (0 : un port libre).',
    );
  }
}

const NAMES = { insi: 'INSi', dmp: 'DMP', mssante: 'MSSanté (SMTP)' } as const;
const CLIENTS = { insi: 'insi-auto', dmp: 'auth-cli', mssante: 'mssante' } as const;

function description(kind: Kind, { url, control }: Simulator, { folder }: Keys): Outcome {
  const pair = (name: string) => ({ cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) });
  const ca = join(folder, 'ca.pem');
  const client = pair(CLIENTS[kind]);
  const service = kind === 'insi' ? `${url}/lps` : url;
  return {
    code: 0,
    lines: [
      `Simulateur ${NAMES[kind]} prêt : ${service}`,
      `  Pannes et contenu : ${control}`,
      `  Autorité          : ${ca}`,
      `  Certificat client : ${client.cert} (clé : ${client.key})`,
      ...(kind !== 'dmp' ? [] : [`  Signature         : ${pair('sign').cert} (clé : ${pair('sign').key})`]),
      '  Arrêt             : Ctrl-C',
    ],
    result: {
      simulator: kind,
      url: service,
      control,
      tls: { ca, ...client },
      ...(kind !== 'dmp' ? {} : { signature: pair('sign') }),
    },
  };
}
