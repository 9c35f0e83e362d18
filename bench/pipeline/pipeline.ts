/**
 * Bench `pipeline`: from MLLP to a document accepted by the DMP simulator, for patients already QUAL (P4). The simulators
 * run in a process of their own; only the gateway and PostgreSQL are counted.
 */
import { type Patient, patient } from '../../test/crash/harness/population.ts';
import { letterPdf } from '../support/letter.ts';
import { withPlace } from '../support/place.ts';
import { type Case, caseOf, type Pair } from '../support/report.ts';
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
const KINDS: readonly { name: string; kind: DocumentKind }[] = [
  { name: 'raw-pdf-200kb', kind: 'raw' },
  { name: 'received-cda-200kb', kind: 'cda' },
];

export interface PipelineReport {
  readonly cases: Case[];
  /** Of the first case, the raw PDF: it is stamped, wrapped, signed and fed. */
  readonly documentsPerSecond: number;
  readonly cpuMsPerDocument: { readonly gateway: number; readonly postgres: number; readonly total: number };
}

export interface PipelineOptions {
  /** Counted time of each side of each case. */
  readonly seconds: number;
  /** Documents on their way at a time. */
  readonly inFlight: number;
}

export function benchPipeline({ seconds, inFlight }: PipelineOptions): Promise<PipelineReport> {
  return withPlace(async (place) => {
    const patients = Array.from({ length: PATIENTS }, (_, index) => patient(index));
    const installation = await startInstallation(place, patients);
    try {
      const pdf = await letterPdf(PDF_SIZE);
      const cases: Case[] = [];
      let number = 0;
      for (const { name, kind } of KINDS) {
        const next = (): SentDocument => documentMessage(kind, inTurn(patients, ++number), number, pdf);
        const load = { postgresPid: place.postgresPid, next, seconds: seconds / WINDOWS, inFlight };
        cases.push(caseOf(name, FLOOR, await compare(installation, load)));
      }
      const [raw] = cases;
      const { rate = 0, cpuMs: gateway = 0, postgresCpuMs: postgres = 0 } = raw ?? {};
      const total = Number((gateway + postgres).toFixed(4));
      return { documentsPerSecond: rate, cpuMsPerDocument: { gateway, postgres, total }, cases };
    } finally {
      await installation.close();
    }
  });
}

function inTurn(patients: readonly Patient[], turn: number): Patient {
  const of = patients[turn % patients.length];
  if (of === undefined) throw new Error('no patient');
  return of;
}

async function compare({ ours, floor }: Installation, load: JourneyLoad): Promise<Pair[]> {
  // What is compiled late, and the first connections, are nobody's merit.
  const first = Math.max(load.inFlight, Math.min(WARM_DOCUMENTS, Math.round(WARM_PER_SECOND * load.seconds)));
  for (const journey of [floor, ours]) await journeyWindow(journey, { ...load, first });
  const pairs: Pair[] = [];
  for (let index = 0; index < WINDOWS; index++) {
    const oursFirst = index % 2 === 1;
    const first = await journeyWindow(oursFirst ? ours : floor, load);
    const second = await journeyWindow(oursFirst ? floor : ours, load);
    pairs.push(oursFirst ? { ours: first, floor: second } : { ours: second, floor: first });
  }
  return pairs;
}
