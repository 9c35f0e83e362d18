/** Whom a recall concerns is told: by mail, by hand, by a business answer, by the diffusion. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { SMTPServer } from 'smtp-server';
import { useStrictDmp } from '../../test/support/strict-dmp.ts';
import { openBench, PAT_TROIS_INS } from '../../test/support/use-case-bench.ts';
import type { ConfigInput } from '../config/schema.ts';
import { openDiffusion, subscriber } from '../diffusion/subscriber.fixture.ts';
import { held, V1 } from '../feed/versions.fixture.ts';
import { recallRules } from '../rules/recall.ts';
import { INS_EXPORT } from '../store/emissions.ts';
import { addAudit } from '../store/proofs.ts';
import { markGiven, textOfNotice } from './notices.ts';
import { openRecall } from './open.ts';
import { approveRecall, prepareRecall } from './prepare.ts';
import { ANNE, approved, BRUNO, detailOf, ruleOf, settled, settleRecall, WRONG } from './recall.fixture.ts';
import { incidentFile } from './report.ts';

const DPO = 'dpo@ch-demo.example';

async function relay(t: TestContext) {
  const mails: { to: string[]; body: string }[] = [];
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData: async (stream, session, done) => {
      const body = await text(stream);
      mails.push({ to: session.envelope.rcptTo.map(({ address }) => address), body });
      done();
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  t.after(() => new Promise<void>((end) => server.close(() => end())));
  const address = server.server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : 0, mails };
}

function withMail(port: number): (config: ConfigInput) => ConfigInput {
  return (config) => ({
    ...config,
    alerts: {
      ...config.alerts,
      mail: { host: '127.0.0.1', port, security: 'none', from: 'passerelle@ch-demo.example' },
    },
    recalls: { dataProtectionOfficer: DPO, authors: [{ id: '801234567897', address: 'martin@ch-demo.example' }] },
  });
}

/** The text of a mail as its reader has it. */
function read(body: string): string {
  const [, ...parts] = body.split('\r\n\r\n');
  const encoded = parts.join('\n\n');
  const plain = /base64/i.test(body)
    ? Buffer.from(encoded, 'base64').toString('utf8')
    : Buffer.from(
        encoded
          .replace(/=\r?\n/g, '')
          .replace(/=([\dA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
        'latin1',
      ).toString('utf8');
  return plain;
}

test('author and data-protection officer have their mail after the approval, the referent’s is handed over; no trait of the patient', async (t) => {
  const { port, mails } = await relay(t);
  const bench = await openBench(t, withMail(port));
  Object.assign(bench, { strict: await useStrictDmp(t, bench) });
  await bench.admit();
  await bench.run('insi', 'release');
  await bench.file(V1);
  await bench.settle();
  const { id: identityId } = await bench.identity();
  const { id } = settled(await openRecall(bench.context, ANNE, { identityId, reason: 'essai', answer: WRONG }));
  settled(await prepareRecall(bench.context, ANNE, id, undefined));
  await bench.settle();
  assert.equal(mails.length, 0, 'not before the approval');
  settled(await approveRecall(bench.context, BRUNO, id, 1));
  await settleRecall(bench);
  assert.deepEqual(mails.map(({ to }) => to[0]).sort(), [DPO, 'martin@ch-demo.example']);
  const officer = read(mails.find(({ to }) => to[0] === DPO)?.body ?? '');
  // Opened at 8:00 UTC on the 23rd: three days later, in the time of its reader.
  assert.match(officer, /72 heures, soit avant le 26\/11\/2026 09:00 \(heure de Paris\)/);
  assert.match(officer, /préparé par anne, approuvé par bruno/);
  for (const { body } of mails) assert.doesNotMatch(read(body), /PAT-TROIS|DOMINIQUE|1979|2790351215189/);
  const { notices, report } = await detailOf(bench, id);
  const referent = notices.find(({ recipient }) => recipient === 'regional-referent');
  assert.equal(referent?.state, 'by-hand');
  assert.match(report.remaining.join('\n'), /Message à remettre en main propre : Référent régional/);
  assert.ok(referent);
  assert.match((await textOfNotice(bench.context.pool, bench.context, referent))?.text ?? '', /Documents : 1/);
  settled(await markGiven(bench.context, 'user:anne', id, { recipient: 'regional-referent', person: '' }));
  assert.deepEqual(
    (await detailOf(bench, id)).report.remaining.filter((line) => /main propre/.test(line)),
    [],
  );
  assert.equal(
    ruleOf(await markGiven(bench.context, 'user:anne', id, { recipient: 'regional-referent', person: '' })),
    recallRules.wrongMoment.id,
  );
});

test('a document that is its creator’s is asked for again: its sender hears that it is not in the DMP any more', async (t) => {
  const bench = await openBench(t);
  const strict = await useStrictDmp(t, bench);
  await bench.admit();
  await bench.run('insi', 'release');
  await bench.file(V1);
  await bench.settle();
  // What a retention rule leaves.
  await bench.context.pool.query(
    `update inbound_message set pruned_at = now(), pruned_rule = 'TDU-RET-001', body = '' where kind like 'MDM%'`,
  );
  const { id } = await approved(bench);
  await settleRecall(bench);
  assert.deepEqual(held({ ...bench, strict }), ['1 Deleted']);
  const { report, items } = await detailOf(bench, id);
  assert.deepEqual([items[0]?.resend, report.builtAgain, report.askedToSender], ['ask-sender', 0, 1]);
  // Both are given at one instant here.
  const told = (await bench.answers()).find((er7) => er7.includes(recallRules.toSendAgain.id)) ?? '';
  assert.match(told, /^MSH\|\^~\\&\|[^|]*\|[^|]*\|DPI\|CH-DEMO\|/);
});

test('what the DMP refuses to delete goes to its support, with an incident file that holds no INS', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  await bench.run('insi', 'release');
  await bench.file(V1);
  await bench.settle();
  bench.dmp.findAnswer = (uniqueId) => ({
    kind: 'answered',
    value: [{ entryUuid: 'urn:uuid:0', uniqueId, status: 'Deprecated' }],
  });
  const { id } = await approved(bench);
  await settleRecall(bench);
  const { recall, report } = await detailOf(bench, id);
  assert.deepEqual([recall.state, report.deleted, report.refused], ['done', 0, 1]);
  const file = (await incidentFile(bench.context.pool, bench.context, recall)) ?? '';
  const { uniqueId } = await bench.document();
  assert.match(file, /FICHE D’INCIDENT/);
  assert.ok(uniqueId.length > 0 && /Identifiant du document \(uniqueId\) : [\d.]+/.test(file));
  assert.ok(!file.includes(PAT_TROIS_INS.matricule.slice(0, 13)));
});

test('subscribers are told that the INS is withdrawn, and the recall waits until they have taken it', async (t) => {
  const bench = await openDiffusion(t, [subscriber('LABO')]);
  await useStrictDmp(t, bench);
  await bench.admit();
  await bench.run('insi', 'release');
  await bench.file(V1);
  await bench.settle();
  await bench.tell();
  assert.deepEqual(bench.told().at(-1), 'A28 P1+INS');
  const { id } = await approved(bench, 2);
  await settleRecall(bench);
  const waiting = await detailOf(bench, id);
  assert.deepEqual([waiting.recall.state, waiting.report.inProgress], ['running', 1]);
  await bench.tell();
  assert.deepEqual(bench.told(), ['A31 P1-INS']);
  await settleRecall(bench);
  const { recall, items } = await detailOf(bench, id);
  assert.equal(recall.state, 'done');
  assert.deepEqual(
    items.map(({ kind, state }) => [kind, state]),
    [
      ['dmp', 'done'],
      ['diffusion', 'done'],
    ],
  );
});

test('the exports that may hold the INS are listed with who asked for them; those of another time are not', async (t) => {
  const bench = await openBench(t);
  await useStrictDmp(t, bench);
  const { pool, now } = bench.context;
  const exported = (actor: string) =>
    addAudit(pool, {
      at: now(),
      actor,
      role: 'administrator',
      action: 'EXPORT INS',
      subject: INS_EXPORT,
      reason: null,
      outcome: 'done',
    });
  await exported('token:avant');
  bench.advance(1_000);
  await bench.admit();
  await bench.run('insi', 'release');
  await bench.file(V1);
  await bench.settle();
  bench.advance(1_000);
  await exported('token:dim');
  bench.advance(1_000);
  const { id } = await approved(bench);
  await settleRecall(bench);
  const { items, report, recall } = await detailOf(bench, id);
  assert.equal(recall.state, 'done');
  assert.deepEqual(
    items.filter(({ kind }) => kind === 'export').map(({ title, ruleId }) => [title, ruleId]),
    [['Export de patients avec INS, token:dim', recallRules.exported.id]],
  );
  assert.match(report.remaining.join('\n'), /Exports qui ont pu contenir cette INS.* : 1\./);
});
