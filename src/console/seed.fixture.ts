/** A database with synthetic people and documents in every state that a page can show. */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { prepareBulk, submitBulk } from '../feed/index.ts';
import { openCorrection, recordEvent, traitsOf } from '../identity/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { prepareRecall } from '../recall/index.ts';
import { dmpRules } from '../rules/dmp.ts';
import { feedRules } from '../rules/feed.ts';
import { gatewayRules } from '../rules/gateway.ts';
import { hl7Rules } from '../rules/hl7.ts';
import { identityRules } from '../rules/identity.ts';
import { insertNotice } from '../store/alert-notices.ts';
import { insertAlert, type NewAlert } from '../store/alerts.ts';
import { recordFailure, recordHealthy } from '../store/circuits.ts';
import type { Pool } from '../store/db.ts';
import { reportDiscrepancy } from '../store/discrepancies.ts';
import { addToFlows } from '../store/flows.ts';
import type { IdentityRecord } from '../store/identities.ts';
import { keepRefusedMessage } from '../store/messages.ts';
import { addLedgerEntry } from '../store/proofs.ts';
import { insertRecall, recallById, updateRecall } from '../store/recalls.ts';
import { letter } from '../wire/pdf/pdf.fixture.ts';
import { giveBuiltCda, seedDocument } from './seed-documents.fixture.ts';
import { seedMails } from './seed-mails.fixture.ts';
import { seedMappings } from './seed-mappings.fixture.ts';
import { seedPair } from './seed-pairs.fixture.ts';
import { seedPatients } from './seed-patients.fixture.ts';
import { seedSubscribers } from './seed-subscribers.fixture.ts';

export interface Seeded {
  readonly patients: {
    readonly qualified: string;
    readonly provisional: string;
    readonly discrepancy: string;
    readonly hostile: string;
  };
  readonly documents: {
    readonly accepted: string;
    readonly waiting: string;
    readonly unknown: string;
    readonly hostile: string;
  };
  /** An operation on what the DMP accepted, that waits for its second person. */
  readonly operation: string;
  /** A correction of the register, opened. */
  readonly correction: string;
  /** Of the accepted documents of the qualified patient, prepared by somebody, that waits for its second person. */
  readonly recall: string;
  /** A doubt about the same patient, that waits for a decision. */
  readonly doubt: string;
  /** Traits that an application says otherwise of the qualified patient. */
  readonly traitDiscrepancy: string;
  /** Two patients who are perhaps one, found and not decided on. */
  readonly pair: string;
  /** An adverse event of the qualified patient, open. */
  readonly event: string;
  /** A received mail whose document waits for a person, and one without a document. */
  readonly mail: string;
  readonly message: string;
  /** A row of the types, of the own establishment. */
  readonly mapping: string;
}

interface Egs {
  readonly own: string;
  readonly other: string;
}
type Patients = Awaited<ReturnType<typeof seedPatients>>;

/** A letter that the DMP has, with its CDA and its line in the ledger, and the other acceptances of the day. */
async function seedAccepted(context: UseCaseContext, { own }: Egs, patient: IdentityRecord, pdf: Uint8Array) {
  const of = { patient, ipp: '000001', state: 'accepted' } as const;
  const title = 'Lettre de liaison à la sortie';
  const accepted = await seedDocument(context, own, { ...of, title, minutes: 65, content: pdf });
  await giveBuiltCda(context, accepted.id, pdf);
  await addLedgerEntry(context.pool, {
    at: context.now(),
    ej: accepted.ej,
    eg: accepted.eg,
    documentId: accepted.id,
    destination: 'DMP',
    act: 'acceptance',
    uniqueId: accepted.uniqueId,
    typeCode: accepted.typeCode,
    submissionUniqueId: '1.2',
    documentSha1: '00',
    oid: '1.2.250.1.213.1.4.10',
  });
  for (const [index, minutes] of [80, 95, 130, 150, 155, 170, 180, 200, 205, 214, 260, 275, 320].entries())
    await seedDocument(context, own, { ...of, title: `Compte rendu de consultation ${index + 1}`, minutes });
  return accepted;
}

/** Five that wait, one of them in the other establishment, and one refused. */
async function seedStopped(context: UseCaseContext, { own, other }: Egs, patients: Patients, pdf: Uint8Array) {
  const { qualified, provisional, discrepancy, hostile } = patients;
  const waits = { state: 'waiting', ruleId: feedRules.identityProvisional.id } as const;
  const ofProvisional = { patient: provisional, ipp: '000002', ...waits };
  const ofQualified = { patient: qualified, ipp: '000001' };
  const waiting = await seedDocument(context, own, {
    ...ofProvisional,
    title: 'CR d’imagerie médicale',
    minutes: 190,
    content: pdf,
  });
  await seedDocument(context, own, { ...ofProvisional, title: 'Ordonnance de sortie', minutes: 40 });
  await seedDocument(context, own, {
    patient: discrepancy,
    ipp: '000003',
    title: 'CR opératoire',
    minutes: 85,
    state: 'waiting',
    ruleId: identityRules.discrepancyFirstGivenName.id,
  });
  const unknown = await seedDocument(context, own, {
    ...ofQualified,
    title: 'CR d’examens biologiques',
    minutes: 12,
    state: 'unknown',
    ruleId: dmpRules.outcomeUnknown.id,
  });
  await seedDocument(context, own, {
    ...ofQualified,
    title: 'CR d’hospitalisation',
    minutes: 33,
    state: 'refused',
    ruleId: feedRules.typeUnknown.id,
    detail: 'LOCAL-12',
  });
  const title = '"><script>alert(1)</script>';
  const detail = '<b onclick=alert(1)>';
  const hostileOne = await seedDocument(context, other, {
    ...waits,
    patient: hostile,
    ipp: '000004',
    minutes: 5,
    title,
    detail,
  });
  return { waiting, unknown, hostile: hostileOne };
}

/** Two alerts that go on, one that ended. */
async function seedAlerts(pool: Pool, now: Date, eg: string): Promise<void> {
  const at = (minutes: number): Date => new Date(now.getTime() - minutes * 60_000);
  const shared = { scope: 'installation', step: null, endedAt: null };
  const subject = 'Certificat DMP (ORG AUTH_CLI) · machine <b>a</b>';
  const alerts: readonly NewAlert[] = [
    {
      ...shared,
      ruleId: 'TDU-ALR-001',
      subject: 'INSi',
      eg: null,
      severity: 'critical',
      detail: 'ne répond plus depuis 12 minutes',
      startedAt: at(12),
    },
    {
      ...shared,
      ruleId: 'TDU-ALR-008',
      subject,
      eg: null,
      severity: 'warning',
      detail: "encore 12 jours, jusqu'au 05/12/2026",
      startedAt: at(4_000),
    },
    {
      ...shared,
      ruleId: 'TDU-ALR-004',
      subject: `Établissement ${eg} · TDU-FEED-001`,
      eg,
      severity: 'warning',
      detail: '3 document(s), le plus ancien depuis 8 jours',
      startedAt: at(900),
      endedAt: at(300),
    },
  ];
  for (const alert of alerts) await insertAlert(pool, alert);
  const notice = { alertId: 1, event: 'start', step: '', channel: 'mail', at: at(12) } as const;
  await insertNotice(pool, { ...notice, id: randomUUID(), target: 'astreinte@ch-demo.example', state: 'sent' });
}

/** Refused messages, flows, and the state of the two services. */
async function seedSurroundings({ pool, now }: UseCaseContext, { own }: Egs): Promise<void> {
  const refused = { receivedAt: now(), transport: 'mllp', peer: '127.0.0.1', sender: 'LABO|<i>SITE</i>' } as const;
  for (const [controlId, rule] of [
    ['L-1', gatewayRules.senderUnknown],
    ['L-2', hl7Rules.frameTooLarge],
  ] as const)
    await keepRefusedMessage(
      pool,
      { ...refused, controlId, digest: Buffer.from(controlId), kind: 'MDM^T02', eg: own, body: Buffer.from('MSH|') },
      { ruleId: rule.id, detail: 'PID-3 est vide', location: 'PID-3' },
    );
  for (const [application, messageKind] of [
    ['DPI', 'MDM^T02'],
    ['DPI', 'ADT^A01'],
    ['LABO', 'ORU^R01'],
  ] as const) {
    const version = application === 'LABO' ? '' : '8.2';
    const kinds = { messageKind, api: 'HL7v2', identityKind: 'INS' };
    const seen = { firstSeen: now(), lastSeen: now(), messages: 1 };
    await addToFlows(pool, [{ application, facility: 'HOPITAL', version, ...kinds, ...seen }]);
  }
  await seedAlerts(pool, now(), own);
  await recordHealthy(pool, 'DMP', now());
  for (let failure = 0; failure < 3; failure += 1)
    await recordFailure(pool, 'INSi', now(), { error: 'INSi ne répond pas', limit: 3, probeAfterMs: 15_000 });
}

async function seedOperation(context: UseCaseContext): Promise<string> {
  const author = { name: 'user:interop', eg: null };
  const prepared = await prepareBulk(context, author, {
    action: 'verify',
    selection: { state: 'accepted' },
    reason: '<b>incident</b> du DMP le 22 novembre',
  });
  assert.ok(prepared.ok);
  const { id, count } = prepared.value;
  assert.ok((await submitBulk(context, author, id, count)).ok);
  return id;
}

/** Of the patient whose traits INSi contradicts. */
async function seedCorrection(context: UseCaseContext, { discrepancy }: Patients): Promise<string> {
  const opened = await openCorrection(
    context,
    discrepancy.id,
    {
      side: 'document',
      addressee: 'civil-status',
      document: { birthName: 'Autre' },
      reason: '<b>lu</b> sur la carte',
    },
    { name: 'user:claire', settles: true },
  );
  assert.ok(opened.ok, opened.ok ? '' : opened.refusal.rule.id);
  return opened.value.id;
}

/** Without the freeze that goes with them: the other pages show this patient as it is. */
async function seedRecalls(
  context: UseCaseContext,
  { id: identityId, matricule, oid }: IdentityRecord,
): Promise<Pick<Seeded, 'recall' | 'doubt'>> {
  const { pool } = context;
  const openedAt = new Date(context.now().getTime() - 3_600_000);
  const what = { identityId, matricule: matricule ?? '', path: 'doubt', cause: 'report', openedAt } as const;
  const opened = { ...what, reason: '<b>deux</b> patients confondus', openedBy: 'user:accueil' };
  const id = await insertRecall(pool, { ...opened, oid: oid ?? '' });
  const doubt = await insertRecall(pool, { ...opened, oid: '1.2.250.1.213.1.4.8', cause: 'doubtful' });
  const recall = await recallById(pool, id ?? '');
  assert.ok(recall);
  await updateRecall(pool, { ...recall, path: 'wrong-person', explanation: 'pièce revue', decidedBy: 'user:cellule' });
  assert.ok((await prepareRecall(context, { name: 'user:cellule', eg: null }, recall.id, undefined)).ok);
  return { recall: recall.id, doubt: doubt ?? '' };
}

async function seedDiscrepancy({ pool, now }: UseCaseContext, { qualified }: Patients): Promise<string> {
  const id = randomUUID();
  const received = '<b>AUTRE</b>';
  const marks = { local: [0], received: [0] };
  await reportDiscrepancy(
    pool,
    {
      id,
      identityId: qualified.id,
      actor: 'source:<i>LABO</i>',
      source: 'ADT^A31 <i>7</i>',
      traits: { ...traitsOf(qualified), birthName: received },
      comparison: [{ trait: 'birthName', local: qualified.birthName, received, marks }],
    },
    now(),
  );
  return id;
}

async function seedEvent(context: UseCaseContext, { own }: Egs, { qualified }: Patients): Promise<string> {
  const recorded = await recordEvent(
    context,
    {
      nature: 'wrong-patient',
      consequence: 'stopped',
      description: 'Étiquettes <b>inversées</b> à l’accueil',
      foundAt: new Date(context.now().getTime() - 7_200_000),
      foundBy: 'Service <i>imagerie</i>',
      eg: own,
      identityId: qualified.id,
    },
    'user:claire',
  );
  assert.ok(recorded.ok);
  return recorded.value.id;
}

/** Fills a migrated database. Times count back from the context's own clock. */
export async function seedConsole(context: UseCaseContext, egs: Egs): Promise<Seeded> {
  const patients = await seedPatients(context);
  const { qualified, provisional, discrepancy, hostile } = patients;
  const pdf = await letter();
  const accepted = await seedAccepted(context, egs, qualified, pdf);
  const stopped = await seedStopped(context, egs, patients, pdf);
  await seedSurroundings(context, egs);
  await seedSubscribers(context, { qualified, hostile });
  const mapping = await seedMappings(context, egs, { waiting: stopped.waiting.id, hostile: stopped.hostile.id });
  return {
    pair: await seedPair(context, [qualified, provisional]),
    operation: await seedOperation(context),
    ...(await seedRecalls(context, qualified)),
    ...(await seedMails(context, egs.own, qualified)),
    mapping,
    correction: await seedCorrection(context, patients),
    traitDiscrepancy: await seedDiscrepancy(context, patients),
    event: await seedEvent(context, egs, patients),
    patients: {
      qualified: qualified.id,
      provisional: provisional.id,
      discrepancy: discrepancy.id,
      hostile: hostile.id,
    },
    documents: {
      accepted: accepted.id,
      waiting: stopped.waiting.id,
      unknown: stopped.unknown.id,
      hostile: stopped.hostile.id,
    },
  };
}
