/**
 * Bench `pipeline`: from MLLP to a document accepted by the DMP simulator, for patients already QUAL (P4). The simulators
 * run in a process of their own; only the gateway and PostgreSQL are counted.
 */
import { type Patient, patient } from '../../test/crash/harness/population.ts';
import { letterPdf } from '../support/letter.ts';
import { type Place, withPlace } from '../support/place.ts';
import { type Case, caseOf, type Measure, type Pair } from '../support/report.ts';
import { type DocumentKind, documentMessage, type SentDocument } from './documents.ts';
import { type Installation, startInstallation } from './installation.ts';
import { type JourneyLoad, journeyWindow } from './journey.ts';

/** 200 KB once in Base64: the MDM of a raw PDF, and the CDA that carries it. */
const PDF_SIZE = 150_000;
const PATIENTS = 16;
const WINDOWS = 2;
/** By then V8 has compiled what a gateway runs all day: before, a quarter of its CPU is the compiler's. */
const WARM_DOCUMENTS = 400;
/** For each counted second of a window: a short run is warmed less. */
const WARM_PER_SECOND = 200;
const FLOOR =
  'the same messages: group commit, claim, fetch, one RSA-2048 signature, POST over kept mutual TLS, done; nothing read';
const RAW = 'raw-pdf-200kb';
const KINDS: readonly { name: string; kind: DocumentKind }[] = [
  { name: RAW, kind: 'raw' },
  { name: 'received-cda-200kb', kind: 'cda' },
];

interface Figures {
  readonly documentsPerSecond: number;
  readonly cpuMsPerDocument: { readonly gateway: number; readonly postgres: number; readonly total: number };
}

/** Of the first case, the raw PDF: it is stamped, wrapped, signed and fed. */
export interface PipelineReport extends Figures {
  readonly cases: Case[];
  /** With `workers`: the same for each number of processes, the door's counted with them. */
  readonly scale?: readonly ({ readonly workers: number } & Figures)[];
}

export interface PipelineOptions {
  /** Counted time of each side of each case. */
  readonly seconds: number;
  /** Documents on their way at a time. */
  readonly inFlight: number;
  /** Worker processes besides that of the door, one case for each; empty: one process in all roles. */
  readonly workers: readonly number[];
}

export async function benchPipeline(options: PipelineOptions): Promise<PipelineReport> {
  return withPlace((place) =>
    options.workers.length === 0 ? inOneProcess(place, options) : byWorkers(place, options),
  );
}

async function inOneProcess(place: Place, { seconds, inFlight }: PipelineOptions): Promise<PipelineReport> {
  return during(place, 0, async (installation, next) => {
    const cases: Case[] = [];
    for (const { name, kind } of KINDS) {
      const load = { postgresPid: place.postgresPid, next: next(kind), seconds: seconds / WINDOWS, inFlight };
      cases.push(caseOf(name, FLOOR, await compare(installation, load)));
    }
    return { ...figuresOf(cases[0]), cases };
  });
}

/** Up from the fewest processes to the most, and down again: what changes meanwhile weighs on all alike. Raw PDF only. */
async function byWorkers(place: Place, { seconds, inFlight, workers }: PipelineOptions): Promise<PipelineReport> {
  const up = [...new Set(workers)].sort((a, b) => a - b);
  return during(place, up[0] ?? 1, async (installation, next) => {
    const load = { postgresPid: place.postgresPid, next: next('raw'), seconds: seconds / WINDOWS, inFlight };
    const pairs = new Map<number, Pair[]>(up.map((count) => [count, []]));
    const pair = async (count: number, oursFirst: boolean): Promise<void> => {
      pairs.get(count)?.push(await onePair(installation, load, oursFirst));
    };
    for (const count of up) {
      await installation.work(count);
      await warm(installation, load);
      await pair(count, false);
    }
    for (const count of up.toReversed()) {
      await installation.work(count);
      await pair(count, true);
    }
    const cases = up.map((count) => caseOf(`${RAW}-workers-${count}`, FLOOR, pairs.get(count) ?? []));
    const scale = up.map((count, index) => ({ workers: count, ...figuresOf(cases[index]) }));
    return { ...figuresOf(cases[0]), cases, scale };
  });
}

type Next = (kind: DocumentKind) => () => SentDocument;

/** With patients who are known, and documents that are never twice the same. */
async function during(
  place: Place,
  workers: number,
  work: (installation: Installation, next: Next) => Promise<PipelineReport>,
): Promise<PipelineReport> {
  const patients = Array.from({ length: PATIENTS }, (_, index) => patient(index));
  const installation = await startInstallation(place, patients, workers);
  try {
    const pdf = await letterPdf(PDF_SIZE);
    let number = 0;
    return await work(installation, (kind) => () => documentMessage(kind, inTurn(patients, ++number), number, pdf));
  } finally {
    await installation.close();
  }
}

function figuresOf(of: Measure | undefined): Figures {
  const { rate = 0, cpuMs: gateway = 0, postgresCpuMs: postgres = 0 } = of ?? {};
  const total = Number((gateway + postgres).toFixed(4));
  return { documentsPerSecond: rate, cpuMsPerDocument: { gateway, postgres, total } };
}

function inTurn(patients: readonly Patient[], turn: number): Patient {
  const of = patients[turn % patients.length];
  if (of === undefined) throw new Error('no patient');
  return of;
}

async function compare(installation: Installation, load: JourneyLoad): Promise<Pair[]> {
  await warm(installation, load);
  const pairs: Pair[] = [];
  for (let index = 0; index < WINDOWS; index++) pairs.push(await onePair(installation, load, index % 2 === 1));
  return pairs;
}

/** What is compiled late, and the first connections, are nobody's merit. */
async function warm({ ours, floor }: Installation, load: JourneyLoad): Promise<void> {
  const first = Math.max(load.inFlight, Math.min(WARM_DOCUMENTS, Math.round(WARM_PER_SECOND * load.seconds)));
  for (const journey of [floor, ours]) await journeyWindow(journey, { ...load, first });
}

async function onePair({ ours, floor }: Installation, load: JourneyLoad, oursFirst: boolean): Promise<Pair> {
  const first = await journeyWindow(oursFirst ? ours : floor, load);
  const second = await journeyWindow(oursFirst ? floor : ours, load);
  return oursFirst ? { ours: first, floor: second } : { ours: second, floor: first };
}
