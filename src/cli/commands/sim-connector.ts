/** `sim connector FICHIER`: a DMP connector of yesterday sends one document, or stands as an old PFI before its MLLP port. */
import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { createConnector } from '../../simulators/connector/connector.ts';
import type { ConnectorPatient } from '../../simulators/connector/model.ts';
import { startOldPfi } from '../../simulators/connector/old-pfi.ts';
import { type Outbox, openOutbox } from '../../simulators/connector/outbox.ts';
import { PROFILES, type Profile } from '../../simulators/connector/profiles.ts';
import { type Outcome, readInput, UsageFault } from '../outcome.ts';
import { stopRequested } from './stop-requested.ts';

const person = z.strictObject({ id: z.string(), family: z.string(), given: z.string() });
const patient = z.strictObject({
  ipp: z.string().min(1),
  birthName: z.string().min(1),
  firstGivenName: z.string().min(1),
  sex: z.enum(['M', 'F']),
  birthDate: z.iso.date(),
  birthPlace: z.string(),
  card: z.strictObject({ nir: z.string(), birthRank: z.int().min(1) }),
});
/** Paths are relative to the file. */
const keys = z.strictObject({ cert: z.string(), key: z.string() });
const orders = z.strictObject({
  product: z.string(),
  to: z.url(),
  ca: z.string(),
  client: keys,
  signer: keys,
  site: z.strictObject({
    eg: z.string(),
    name: z.string(),
    oid: z.string(),
    ippDomain: z.string(),
    sector: z.string().default('SA01'),
  }),
  user: person,
  insOid: z.string().default('1.2.250.1.213.1.4.10'),
  patients: z.array(patient).min(1),
  /** For the first patient, as soon as it runs. */
  document: z.strictObject({ file: z.string(), title: z.string(), typeCode: z.string() }).optional(),
  /** The port of the old PFI, 0 for a free one. */
  mllpPort: z.int().min(0).max(65_535).optional(),
});
type Orders = z.output<typeof orders>;

export interface SimConnectorOptions {
  /** Where it keeps its journal. */
  readonly data: string;
}

export async function simConnector(
  file: string,
  { data }: SimConnectorOptions,
  ready: (outcome: Outcome) => void,
): Promise<void> {
  const given = parsedOrders((await readInput(file)).toString('utf8'), file);
  const read = async (path: string): Promise<Buffer> => readInput(resolve(dirname(file), path));
  const pem = async (path: string): Promise<string> => (await read(path)).toString('utf8');
  const pair = async ({ cert, key }: z.output<typeof keys>) => ({ cert: await pem(cert), key: await pem(key) });
  const connector = createConnector({
    profile: profileOf(given.product),
    site: given.site,
    user: given.user,
    keys: { client: await pair(given.client), signer: await pair(given.signer) },
    endpoint: { url: given.to, ca: await pem(given.ca) },
    insOid: given.insOid,
    now: () => new Date(),
    newUuid: randomUUID,
  });
  const directory = join(data, 'connector');
  await mkdir(directory, { recursive: true });
  const journal = join(directory, 'journal.jsonl');
  const outbox = await openOutbox({
    connector,
    journal,
    now: () => new Date(),
    wait: (ms) => sleep(ms, undefined, { ref: false }),
  });
  if (given.document !== undefined) ready(await sendOne(given, await read(given.document.file), outbox, journal));
  if (given.mllpPort !== undefined) await standAsPfi(given, given.mllpPort, directory, outbox, ready);
  await outbox.close();
}

function parsedOrders(text: string, file: string): Orders {
  const read = orders.safeParse(parsedJson(text, file));
  if (!read.success) {
    const reasons = read.error.issues.map(({ path, message }) => `${path.join('.')} : ${message}`);
    throw new UsageFault(`Connecteur simulé (${file}) : ${reasons.join(' ; ')}.`);
  }
  if (read.data.document === undefined && read.data.mllpPort === undefined) {
    throw new UsageFault(`Connecteur simulé (${file}) : document ou mllpPort attendu.`);
  }
  return read.data;
}

function parsedJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageFault(`Connecteur simulé (${file}) : ce n'est pas du JSON.`);
  }
}

function profileOf(product: string): Profile {
  const found = PROFILES.find(({ name, version }) => `${name} ${version}` === product);
  if (found !== undefined) return found;
  const known = PROFILES.map(({ name, version }) => `${name} ${version}`);
  throw new UsageFault(`Produit « ${product} » inconnu. Produits simulés : ${known.join(', ')}.`);
}

async function sendOne(given: Orders, bytes: Buffer, outbox: Outbox, journal: string): Promise<Outcome> {
  const { patients, document, site, user } = given;
  const [first] = patients;
  if (first === undefined || document === undefined) throw new Error('checked when read');
  const uniqueId = `${site.oid}.${Date.now()}`;
  const mediaType = bytes.subarray(0, 4).toString('latin1') === '%PDF' ? 'application/pdf' : 'text/plain';
  const { title, typeCode } = document;
  const end = await outbox.send({
    kind: 'new',
    patient: first,
    document: {
      uniqueId,
      setId: `${uniqueId}.9`,
      version: 1,
      title,
      typeCode,
      writtenAt: new Date(),
      author: user,
      content: { mediaType, bytes },
    },
  });
  const refused = end.said === 'refused';
  return {
    code: refused ? 1 : 0,
    lines: [refused ? `Refusé : ${end.reason}` : `Accepté : ${uniqueId}`, `  Journal : ${journal}`],
    result: { uniqueId, ...end, journal },
  };
}

async function standAsPfi(
  { patients, site, user }: Orders,
  port: number,
  directory: string,
  outbox: Outbox,
  ready: (outcome: Outcome) => void,
): Promise<void> {
  const cards = new Map(patients.map(({ ipp, card }): [string, ConnectorPatient['card']] => [ipp, card]));
  const stopped = stopRequested();
  const pfi = await startOldPfi({
    directory,
    port,
    site,
    author: user,
    outbox,
    cardOf: (ipp) => cards.get(ipp),
    now: () => new Date(),
  });
  const url = `mllp://127.0.0.1:${pfi.port}`;
  ready({ code: 0, lines: [`Ancienne PFI simulée : ${url}`, '  Arrêt : Ctrl-C'], result: { mllp: url } });
  await stopped;
  await pfi.close();
}
