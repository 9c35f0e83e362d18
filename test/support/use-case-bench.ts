/**
 * The use cases on a database of their own, between a fake INSi and a fake DMP whose every answer is chosen, at a time
 * that is chosen. Tasks run when a test says so: nothing sleeps, nothing happens behind its back.
 */
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import pino from 'pino';
import { checkConfig } from '../../src/config/load.ts';
import type { Config, ConfigInput } from '../../src/config/schema.ts';
import { type Conformance, createRehearsing, startConformance } from '../../src/conformance/index.ts';
import { DEMO_IPP_DOMAIN, DEMO_SENDER } from '../../src/demo/structure.ts';
import { patientImportTaskHandler } from '../../src/exchange/index.ts';
import {
  bulkTaskHandler,
  composesFor,
  createForesight,
  createRelaySender,
  deliverTaskHandler,
  dmpStateTaskHandler,
  documentTaskHandler,
  type FeedContext,
  reconcileTaskHandler,
  releaseTaskHandler,
  resumeTaskHandler,
} from '../../src/feed/index.ts';
import { insiTaskHandler, verifyTaskHandler } from '../../src/identity/index.ts';
import { matriculeKey } from '../../src/ins/matricule.ts';
import type { Matricule, Oid } from '../../src/ins/types.ts';
import {
  createCommitter,
  type Door,
  messageBatchHandler,
  receiveFrame,
  reReadMessage,
} from '../../src/intake/index.ts';
import { laneTaskHandler } from '../../src/lanes/index.ts';
import { mappingTaskHandler } from '../../src/mapping/index.ts';
import { matchBatchHandler, matchRunTaskHandler } from '../../src/matching/index.ts';
import { mailTaskHandler, openDirectory } from '../../src/mssante/index.ts';
import { startRecorder } from '../../src/observatory/index.ts';
import { claimTasks } from '../../src/queue/claims.testing.ts';
import type { Task, TaskKind } from '../../src/queue/tasks.ts';
import { recallNoticeTaskHandler, recallTaskHandler } from '../../src/recall/index.ts';
import { insiRules } from '../../src/rules/insi.ts';
import { many, one, openPool } from '../../src/store/db.ts';
import { type DeliveryRecord, deliveriesOf } from '../../src/store/deliveries.ts';
import { listDocuments } from '../../src/store/document-list.ts';
import { type DocumentRecord, eventsOf } from '../../src/store/documents.ts';
import { type IdentityRecord, identityByIdentifier } from '../../src/store/identities.ts';
import { type HistoryEntry, historyOf } from '../../src/store/identity-history.ts';
import { migrateUrl } from '../../src/store/migrate.testing.ts';
import {
  buildAdmission,
  buildDocumentMessage,
  buildResultMessage,
  type SampleAdmission,
  type SampleDocument,
  type SamplePatient,
  type SampleResult,
} from '../../src/wire/hl7v2/sample-messages.ts';
import type { InsiOutcome, ReturnedIns } from '../../src/wire/insi/outcome.ts';
import type { Stamper } from '../../src/wire/pdf/isolated-stamp.ts';
import { createTestDatabase } from './database.ts';
import { type FakeDmp, type FakeInsi, fakeDmp, fakeInsi, STAMPER } from './fake-services.ts';
import { type FakeSmtp, fakeSmtp } from './fake-smtp.ts';
import { nowhereConfig } from './nowhere.ts';

const START = new Date('2026-11-23T08:00:00Z');
const TEST_OID = '1.2.250.1.213.1.4.10' as Oid;

/** PAT-TROIS DOMINIQUE, the ANS reference patient, with the IPP of each test. */
export const PAT_TROIS: SamplePatient = {
  ipp: 'P1',
  domain: { namespace: 'CH-DEMO', oid: DEMO_IPP_DOMAIN },
  birthName: 'PAT-TROIS',
  firstGivenName: 'DOMINIQUE',
  birthGivenNames: 'DOMINIQUE MARIE',
  birthDate: '19790328',
  sex: 'F',
  birthPlace: '63220',
  status: 'VALI',
};
export const PAT_TROIS_INS = { matricule: '279035121518989' as Matricule, oid: TEST_OID };

export function found(
  traits: Partial<Record<'birthName' | 'givenNames' | 'sex' | 'birthDate' | 'birthPlace', string>> = {},
  number = '2790351215189',
  oid: Oid = TEST_OID,
  history: readonly ReturnedIns[] = [],
): InsiOutcome {
  const key = String(matriculeKey(number)).padStart(2, '0');
  return {
    kind: 'found',
    cr: { code: '00', label: 'OK' },
    identity: {
      ins: { matricule: `${number}${key}` as Matricule, oid },
      returned: { number, key, oid },
      history,
      traits: {
        birthName: 'PAT-TROIS',
        givenNames: 'DOMINIQUE MARIE',
        sex: 'F',
        birthDate: '1979-03-28',
        birthPlace: '63220',
        ...traits,
      },
      alerts: [],
    },
  };
}

/** The same person under a new number: INSHISTO names the one that she had. */
export function foundUnder(number: string, traits: Parameters<typeof found>[0] = {}): InsiOutcome {
  return found(traits, number, TEST_OID, [{ number: '2790351215189', key: '89', oid: TEST_OID }]);
}

export const NOBODY: InsiOutcome = {
  kind: 'none',
  cr: { code: '01', label: '' },
  refusal: { rule: insiRules.noIdentity },
};
export const SEVERAL: InsiOutcome = {
  kind: 'several',
  cr: { code: '02', label: '' },
  refusal: { rule: insiRules.severalIdentities },
};
export const INSI_102: InsiOutcome = {
  kind: 'transient',
  fault: { party: 'Receiver', code: 'insi_102' },
  refusal: { rule: insiRules.technicalError },
};
export const INSI_DOWN: InsiOutcome = { kind: 'unavailable', refusal: { rule: insiRules.unreachable } };

type AdmissionParts = Partial<Omit<SampleAdmission, 'patient'>> & { readonly patient?: Partial<SamplePatient> };
type DocumentParts = Partial<Omit<SampleDocument, 'patient'>> & { readonly patient?: Partial<SamplePatient> };

type ReportParts = Partial<Omit<SampleResult, 'patient'>> & { readonly patient?: Partial<SamplePatient> };

export interface UseCaseBench {
  readonly context: FeedContext;
  /** Of the MSSanté operator. */
  readonly smtp: FakeSmtp;
  /** Rule packs in service: read when a test refreshes it. */
  readonly conformance: Conformance;
  /** Through which `send` brings messages. */
  readonly door: Door;
  /** What the doors have seen is written when a test flushes it. */
  readonly observer: ReturnType<typeof startRecorder>;
  readonly insi: FakeInsi;
  readonly dmp: FakeDmp;
  advance(ms: number): void;
  /** From now on every document goes through its `document` task, as an unusual one does. */
  leaveToDocumentTask(): void;
  /** Hands a frame to the door; resolves to MSA-1. `edit` changes the text of the message before. */
  send(message: Buffer, edit?: (text: string) => string): Promise<string>;
  /** An ADT^A01 of PAT-TROIS, unless told otherwise, to be sent. */
  adt(parts?: AdmissionParts): Buffer;
  /** Sends it, and reads it. */
  admit(parts?: AdmissionParts, edit?: (text: string) => string): Promise<void>;
  /** An MDM^T02 with a short text for PAT-TROIS, unless told otherwise, to be sent. */
  mdm(parts?: DocumentParts): Buffer;
  /** Sends it, and reads it. */
  file(parts?: DocumentParts, edit?: (text: string) => string): Promise<void>;
  /** Sends an ORU^R01 with a report and its copy, two short texts unless told otherwise, and reads it. */
  report(parts?: ReportParts, edit?: (text: string) => string): Promise<void>;
  /** Runs each task of these kinds once, whenever it was due. */
  run(...kinds: TaskKind[]): Promise<void>;
  /** Runs every task of this kind that is due, all at once. */
  runTogether(kind: TaskKind): Promise<void>;
  /** Everything that is due, until nothing moves: what a running gateway would have done by now. */
  settle(): Promise<void>;
  tasks(): Promise<{ kind: TaskKind; inMs: number }[]>;
  identity(ipp?: string): Promise<IdentityRecord>;
  history(ipp?: string): Promise<HistoryEntry[]>;
  /** The last document received; of a message with several, the last one. */
  document(): Promise<DocumentRecord & { delivery: DeliveryRecord; steps: string[] }>;
  answers(): Promise<string[]>;
}

const DOCUMENT = {
  from: { application: 'DPI', facility: 'CH-DEMO' },
  kind: 'create',
  profile: 'raw',
  visit: { patientClass: 'I', number: 'S1' },
  type: { code: '11490-0', label: 'Lettre de liaison à la sortie' },
  writtenAt: '20261123083000+0100',
  mime: ['text', 'plain'],
  sender: DEMO_SENDER,
} as const;

export function benchConfig(change: (config: ConfigInput) => ConfigInput = (config) => config): Config {
  const checked = checkConfig(change(nowhereConfig()));
  assert.ok(checked.ok, checked.ok ? '' : checked.errors.join('\n'));
  return checked.config;
}

/** Changes every source of the demonstration alike. */
export function withSources(parts: Partial<ConfigInput['sources'][number]>): (config: ConfigInput) => ConfigInput {
  return (config) => ({ ...config, sources: config.sources.map((source) => ({ ...source, ...parts })) });
}

/** What closes a bench: a test, or a program that runs one. */
interface Ends {
  after(close: () => Promise<void>): void;
}

/** Closed with the test. */
export async function openBench(
  t: Ends,
  change?: (config: ConfigInput) => ConfigInput,
  stamper: Stamper = STAMPER,
): Promise<UseCaseBench> {
  const database = await createTestDatabase(migrateUrl);
  const pool = openPool(database.url, 4, () => undefined);
  const door: Door = {
    transport: 'mllp',
    committer: createCommitter(pool),
  };
  const observer = startRecorder(pool, 3_600_000, assert.ifError);
  let conformance: Conformance | undefined;
  let rehearsing: ReturnType<typeof createRehearsing> | undefined;
  t.after(async () => {
    await conformance?.stop();
    await rehearsing?.close();
    await door.committer.stop();
    await observer.stop();
    await pool.end();
    await database.drop();
  });
  const config = benchConfig(change);
  assert.ok(config.dmp);
  assert.ok(config.mssante);
  const smtp = fakeSmtp();
  let now = START;
  const insi = fakeInsi(() => found());
  const dmp = fakeDmp();
  const context: FeedContext = {
    config,
    pool,
    now: () => now,
    newUuid: randomUUID,
    log: pino({ level: 'silent' }),
    dmp,
    dmpConfig: config.dmp,
    observer,
  };
  conformance = await startConformance(context);
  rehearsing = createRehearsing(context);
  const foresight = createForesight(context, stamper, conformance);
  const relays = createRelaySender(context, undefined);
  t.after(() => relays.close());
  let foresees = true;
  const handlers: Partial<Record<TaskKind, (task: Task) => Promise<void>>> = {
    message: (task) => messageBatchHandler(context, foresees ? foresight : undefined).one(task),
    insi: insiTaskHandler(context, insi, async (ms) => {
      now = new Date(now.getTime() + ms);
    }),
    verify: verifyTaskHandler(context, insi, async (ms) => {
      now = new Date(now.getTime() + ms);
    }),
    release: releaseTaskHandler(context),
    mapping: mappingTaskHandler(context),
    resume: resumeTaskHandler(context),
    match: matchBatchHandler(context).one,
    'match-run': matchRunTaskHandler(context),
    'patient-import': patientImportTaskHandler(context),
    document: documentTaskHandler(context, stamper, conformance, composesFor(context)),
    lane: laneTaskHandler(context),
    relay: relays.handler,
    deliver: deliverTaskHandler({ ...context, conformance }),
    'dmp-state': dmpStateTaskHandler(context),
    reconcile: reconcileTaskHandler(context),
    bulk: bulkTaskHandler(context, reReadMessage),
    rehearsal: rehearsing.handler,
    recall: recallTaskHandler(context),
    'recall-notice': recallNoticeTaskHandler(context),
    mail: mailTaskHandler(context, {
      mssante: config.mssante,
      stamper,
      conformance,
      send: (mailbox, envelope) => smtp.send(mailbox, envelope),
      directory: openDirectory(config.mssante.directory),
    }),
  };
  const claim = (kinds: readonly TaskKind[], limit: number) =>
    claimTasks(pool, { kinds, worker: 1, limit, leaseMs: 60_000 });
  const run = async (...kinds: TaskKind[]): Promise<void> => {
    for (const kind of kinds) {
      await pool.query('update task set run_at = now(), leased_until = null where kind = $1', [kind]);
      const { count } = await one<{ count: number }>(pool, 'select count(*) as count from task where kind = $1', [
        kind,
      ]);
      for (let i = 0; i < count; i++) for (const task of await claim([kind], 1)) await handlers[kind]?.(task);
    }
  };
  const send: UseCaseBench['send'] = async (message, edit = (text) => text) => {
    const frame = Buffer.from(edit(message.toString('utf8')), 'utf8');
    const ack = await receiveFrame(context, door, frame, { address: '127.0.0.1' });
    return /\rMSA\|([A-Z]+)/.exec(ack?.toString('utf8') ?? '')?.[1] ?? '';
  };
  const envelope = () => ({
    to: { application: 'TRAITDUNION', facility: 'CH-DEMO' },
    controlId: randomUUID(),
    sentAt: '20261123090000+0100',
  });
  const adt: UseCaseBench['adt'] = ({ patient, ...parts } = {}) =>
    buildAdmission({
      ...envelope(),
      from: { application: 'GAM', facility: 'CH-DEMO' },
      event: 'A01',
      ...parts,
      patient: { ...PAT_TROIS, ...patient },
    });
  const mdm: UseCaseBench['mdm'] = ({ patient, ...parts } = {}) =>
    buildDocumentMessage({
      ...envelope(),
      ...DOCUMENT,
      number: 'L-1',
      title: 'Lettre de liaison',
      content: Buffer.from('Chère consœur,\n'),
      ...parts,
      patient: { ...PAT_TROIS, ...patient },
    });
  return {
    context,
    smtp,
    conformance,
    door,
    observer,
    insi,
    dmp,
    leaveToDocumentTask: () => {
      foresees = false;
    },
    advance: (ms) => {
      now = new Date(now.getTime() + ms);
    },
    send,
    adt,
    admit: async (parts, edit) => {
      assert.equal(await send(adt(parts), edit), 'AA');
      await run('message');
    },
    mdm,
    file: async (parts, edit) => {
      assert.equal(await send(mdm(parts), edit), 'AA');
      await run('message');
    },
    report: async ({ patient, ...parts } = {}, edit) => {
      const message = buildResultMessage({
        ...envelope(),
        ...DOCUMENT,
        type: { code: '11502-2', label: "CR d'examens biologiques" },
        orderNumber: '1001-E1',
        contents: [Buffer.from('Compte rendu\n'), Buffer.from('Sa copie\n')],
        ...parts,
        patient: { ...PAT_TROIS, ...patient },
      });
      assert.equal(await send(message, edit), 'AA');
      await run('message');
    },
    run,
    runTogether: async (kind) => {
      const tasks = await claim([kind], 100);
      await Promise.all(tasks.map(async (task) => handlers[kind]?.(task)));
    },
    settle: async () => {
      for (let i = 0; i < 100; i++) {
        const [task] = await claim(Object.keys(handlers) as TaskKind[], 1);
        if (task === undefined) return;
        await handlers[task.kind]?.(task);
      }
      assert.fail('tasks turn in circles');
    },
    tasks: async () =>
      many(
        pool,
        `select kind, round(extract(epoch from run_at - now()) * 1000)::integer as "inMs" from task order by id`,
      ),
    identity: (ipp = 'P1') => identityOf(pool, ipp),
    history: async (ipp = 'P1') => historyOf(pool, (await identityOf(pool, ipp)).id),
    document: async () => {
      const nothing = { eg: null, controlId: null, uniqueId: null, ipp: null, identityId: null };
      const documents = await listDocuments(pool, { ...nothing, state: null, ruleId: null, after: null, limit: 100 });
      const document = documents.toSorted((a, b) => a.messageId - b.messageId || a.part - b.part).at(-1);
      assert.ok(document, 'no document');
      const [delivery] = await deliveriesOf(pool, document.id);
      assert.ok(delivery);
      return { ...document, delivery, steps: (await eventsOf(pool, document.id)).map(({ step }) => step) };
    },
    answers: async () =>
      (await many<{ er7: Buffer }>(pool, 'select er7 from answer order by created_at, id')).map(({ er7 }) =>
        er7.toString('utf8'),
      ),
  };
}

async function identityOf(pool: FeedContext['pool'], ipp: string): Promise<IdentityRecord> {
  const identity = await identityByIdentifier(pool, DEMO_IPP_DOMAIN, ipp);
  assert.ok(identity, `no identity ${ipp}`);
  return identity;
}

export function sha1(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}
