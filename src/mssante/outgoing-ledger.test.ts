/** Mails stand in the ledger as acceptances of the DMP do: once per document, with what came back and what was withdrawn. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TAKEN } from '../../test/support/fake-smtp.ts';
import { NOBODY, openBench, PAT_TROIS_INS, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { foldOnce } from '../proof/fold.ts';
import { proofCounts } from '../proof/index.ts';
import { many, transaction } from '../store/db.ts';
import { mailsOf } from '../store/mails.ts';
import { sealChain } from '../store/proofs.ts';
import { askMailsAgain } from './outgoing-desk.ts';
import { applyReceipt } from './receipts.ts';

const DOCTOR = 'claire.martin@medecin.mssante.fr';
const BOTH = { DESTDMP: true, DESTMSSANTEPS: true, DESTMSSANTEPAT: true };
const TO_DOCTOR = { DESTDMP: false, DESTMSSANTEPS: true, DESTMSSANTEPAT: false, INVISIBLE_PATIENT: true };

async function flush(bench: UseCaseBench): Promise<void> {
  await bench.settle();
  for (let i = 0; i < 3; i++) {
    bench.advance(1_000);
    await bench.run('mail');
  }
  await bench.settle();
}

async function lines(bench: UseCaseBench): Promise<string[]> {
  const rows = await many<{ what: string; oid: string }>(
    bench.context.pool,
    'select destination as what, oid from ledger order by id',
  );
  return rows.map(({ what, oid }) => `${what.replace(/ of \S+/, ' of …')}${oid === '' ? ', no INS' : ''}`);
}

/** Destination, documents under a qualified INS or not, and those that were taken out. */
async function counted(bench: UseCaseBench): Promise<string[]> {
  const { pool } = bench.context;
  while ((await sealChain(pool, 'ledger')) > 0);
  await foldOnce(pool);
  return (await proofCounts(pool, {})).map(
    ({ destination, qualified, documents, ended }) =>
      `${destination} ${qualified ? '' : 'unqualified '}${documents}-${ended}`,
  );
}

async function cameBack(bench: UseCaseBench, outcome: 'failed' | 'delivered'): Promise<void> {
  const { id } = await bench.document();
  const mail = (await mailsOf(bench.context.pool, id)).find(({ destination }) => destination === 'MSSANTE-PS');
  const at = bench.context.now();
  const status = outcome === 'failed' ? '5.2.2' : '2.0.0';
  const about = { originalMessageId: mail?.messageId ?? '', recipient: DOCTOR, outcome, status, at };
  await transaction(bench.context.pool, (tx) => applyReceipt(bench.context, tx, { kind: 'delivery', ...about }));
}

test('a document for the DMP, a professional and its patient is one document at each of them', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  await bench.settle();
  await bench.file({ number: 'L-1', recipients: [DOCTOR], flags: BOTH });
  await flush(bench);
  await cameBack(bench, 'delivered');
  assert.deepEqual((await lines(bench)).toSorted(), ['DMP', 'MSSANTE-PATIENT', 'MSSANTE-PS']);
  assert.deepEqual(await counted(bench), ['DMP 1-0', 'MSSANTE-PATIENT 1-0', 'MSSANTE-PS 1-0']);
  const { rows } = await bench.context.pool.query('select ledger::text as line from ledger');
  assert.ok(rows.every(({ line }) => !line.includes(PAT_TROIS_INS.matricule.slice(0, 13))));
});

test('replaced, then withdrawn: counted once, then no more', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  await bench.settle();
  const alone = { recipients: [DOCTOR], flags: TO_DOCTOR };
  await bench.file({ ...alone, number: 'L-1' });
  await flush(bench);
  await bench.file({ ...alone, kind: 'replace', number: 'L-2', parent: 'L-1', content: Buffer.from('Version deux\n') });
  await flush(bench);
  assert.deepEqual(await counted(bench), ['MSSANTE-PS 1-0']);
  await bench.file({ ...alone, kind: 'delete', number: 'L-2', content: Buffer.from('sans objet\n') });
  await flush(bench);
  assert.deepEqual(await lines(bench), ['MSSANTE-PS', 'MSSANTE-PS replacement of …', 'MSSANTE-PS deletion, no INS']);
  assert.deepEqual(await counted(bench), ['MSSANTE-PS 0-1']);
});

test('what comes back counts no more, and again once it has been sent again', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  await bench.settle();
  await bench.file({ number: 'L-1', recipients: [DOCTOR], flags: TO_DOCTOR });
  await flush(bench);
  await cameBack(bench, 'failed');
  assert.deepEqual(await counted(bench), ['MSSANTE-PS 0-1']);
  const { id } = await bench.document();
  assert.ok((await askMailsAgain(bench.context, id, 'alice')).ok);
  await flush(bench);
  assert.deepEqual(await lines(bench), ['MSSANTE-PS', 'MSSANTE-PS return', 'MSSANTE-PS acceptance 3']);
  assert.deepEqual(await counted(bench), ['MSSANTE-PS 1-1']);
});

test('a mail without a qualified INS is counted apart; one that was never taken is not counted', async (t) => {
  const bench = await openBench(t);
  bench.insi.answer = () => NOBODY;
  await bench.admit({ patient: { status: 'PROV' } });
  await bench.settle();
  await bench.file({ number: 'L-1', recipients: [DOCTOR], flags: BOTH, patient: { status: 'PROV' } });
  await flush(bench);
  assert.deepEqual(await counted(bench), ['MSSANTE-PS unqualified 1-0']);
  bench.smtp.answer = () => ({ kind: 'unknown', reason: 'connexion coupée' });
  await bench.file({ number: 'L-2', recipients: [DOCTOR], flags: TO_DOCTOR, patient: { status: 'PROV' } });
  await bench.settle();
  assert.equal((await lines(bench)).length, 1);
  bench.smtp.answer = () => TAKEN;
  bench.advance(bench.context.config.mssante?.ambiguous.waitForReceiptMs ?? 0);
  await bench.run('mail', 'mail');
  assert.deepEqual(await counted(bench), ['MSSANTE-PS unqualified 2-0']);
});
