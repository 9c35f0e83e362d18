/** Recalls for the tests of the API, each at the stage that a call expects. */
import assert from 'node:assert/strict';
import { DEMO_EG } from '../demo/structure.ts';
import { approveRecall, decideRecall, openRecall, prepareRecall } from '../recall/index.ts';
import type { Result } from '../rules/rule.ts';
import { recallById, updateRecall } from '../store/recalls.ts';
import type { ApiBench } from './api.fixture.ts';
import { createDocument, createPatient } from './samples.fixture.ts';

const SOMEBODY = { name: 'user:matrice', eg: null };
const ANOTHER = { name: 'user:seconde', eg: null };

/** A document of this patient that the DMP took under an INS which the record does not bear, as after a lost qualification. */
export async function sentDocument(bench: ApiBench, patient: string, unique: string): Promise<void> {
  const document = await createDocument(bench, { establishment: DEMO_EG, ipp: unique, requestId: unique });
  const { pool, now } = bench.context;
  await pool.query(`update document set identity_id = $1, state = 'accepted' where id = $2`, [patient, document]);
  await pool.query(
    `update delivery set state = 'accepted', sent_matricule = '279035121518989', sent_oid = '1.2.250.1.213.1.4.10',
       submission_unique_id = '1.2.3', first_sent_at = $2 where document_id = $1`,
    [document, now()],
  );
}

/** `step`: what is about to be called on it. */
export async function sampleRecall(bench: ApiBench, step: string, unique: string): Promise<string> {
  const { context } = bench;
  const patient = await createPatient(bench, unique);
  await sentDocument(bench, patient, unique);
  const { id } = settled(await openRecall(context, SOMEBODY, { identityId: patient, reason: 'essai' }));
  if (step === 'decide') return id;
  settled(await decideRecall(context, SOMEBODY, id, { decision: 'wrong-person', explanation: 'essai' }));
  if (step === 'prepare') return id;
  settled(await prepareRecall(context, SOMEBODY, id, undefined));
  if (step !== 'given' && step !== 'lift') return id;
  settled(await approveRecall(context, ANOTHER, id, 1));
  const running = await recallById(context.pool, id);
  assert.ok(running);
  if (step === 'lift') await updateRecall(context.pool, { ...running, state: 'done' });
  return id;
}

function settled<T>(result: Result<T>): T {
  assert.ok(result.ok, result.ok ? '' : result.refusal.rule.id);
  return result.value;
}
