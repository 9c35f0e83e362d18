import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ApiBench, startApi } from './api.fixture.ts';
import { sentDocument } from './recalls.fixture.ts';
import {
  acceptInvisible,
  addWaitingMail,
  cardBody,
  createDocument,
  createMergedPatient,
  createPatient,
  documentBody,
  patientBody,
  refusedMessage,
  splitBody,
} from './samples.fixture.ts';
import { holdDoubtfulIns } from './verifications.fixture.ts';

interface AuditRow {
  readonly actor: string;
  readonly role: string;
  readonly action: string;
  readonly subject: string;
  readonly reason: string | null;
  readonly outcome: string;
}

describe('The audit trail of the API', () => {
  let bench: ApiBench;
  let patient: string;
  let document: string;
  let closed: string;
  before(async () => {
    bench = await startApi();
    patient = await createPatient(bench, 'IPP-TRACE');
    closed = await createMergedPatient(bench, 'IPP-CLOS');
    document = await createDocument(bench);
    await sentDocument(bench, patient, 'IPP-TRACE');
    await refusedMessage(bench, 'M-TRACE');
  });
  after(() => bench.close());

  /** The rows that `work` leaves. */
  async function traced(work: () => Promise<unknown>): Promise<AuditRow[]> {
    const { pool } = bench.context;
    const last = await pool.query<{ id: number | null }>('select max(id) as id from audit');
    await work();
    const sql = 'select actor, role, action, subject, reason, outcome from audit where id > $1 order by id';
    return (await pool.query<AuditRow>(sql, [last.rows[0]?.id ?? 0])).rows;
  }

  test('each access to a document, a patient or a message leaves exactly one row', async () => {
    const values: Readonly<Record<string, object>> = {
      'POST /documents': { body: documentBody() },
      'POST /patients': { body: patientBody('IPP-TRACE-2') },
      'POST /patients/search': { body: { name: 'MARTIN', birthDate: '1950' } },
      'POST /documents/{id}/withdraw': { body: { reason: 'essai' } },
      'POST /documents/{id}/deletion': { body: { reason: 'essai' } },
      'POST /documents/{id}/legal-hold': { body: { hold: true, reason: 'essai' } },
      'POST /patients/{id}/identity-check': {
        body: { documentType: 'CN', checkedAt: '2026-11-20T09:00:00Z', coherent: true },
      },
      'POST /documents/{id}/visibility': { body: { visible: true, reason: 'essai' } },
      'POST /patients/{id}/feeding': { body: { informed: true, reason: 'essai' } },
      'POST /patients/{id}/correction-advice': { body: {} },
      'POST /patients/{id}/corrections': {
        body: { side: 'document', document: { birthName: 'AUTRE' }, deviceType: 'CN', reason: 'essai' },
      },
      'POST /patients/{id}/insi-verification/failure': { body: { reason: 'essai' } },
      'POST /patients/{id}/insi-search-card': { body: cardBody() },
      'POST /patients/{id}/unmerge': { body: { reason: 'essai' } },
      'POST /patients/{id}/split': { body: splitBody('IPP-TRACE-9') },
      'POST /patients/{id}/traits': { body: { usedName: 'ESSAI', reason: 'essai' } },
      'POST /patients/{id}/recalls': { body: { reason: 'essai' } },
      'POST /patients/{id}/status': { body: { action: 'downgrade', to: 'PROV', reason: 'essai' } },
    };
    const accessing = bench.routes.filter(({ path }) => /^\/(documents|patients|messages)/.test(path));
    assert.ok(accessing.length >= 14);
    for (const { method, path } of accessing) {
      const kind = path.split('/')[1] ?? '';
      const ofPatient = path.endsWith('/unmerge') ? closed : patient;
      const id = kind === 'documents' ? document : ofPatient;
      const name = `${method} ${path}`;
      if (path.endsWith('/visibility')) await acceptInvisible(bench.context.pool, document);
      if (path.includes('/mails/')) await addWaitingMail(bench, document);
      if (path.includes('insi-verification')) await holdDoubtfulIns(bench.context, patient);
      const rows = await traced(async () => {
        const answer = await bench.call(method, path.replace('{id}', id), values[name] ?? {});
        assert.ok(answer.status < 300, `${name}: ${answer.bytes.toString('utf8')}`);
      });
      assert.equal(rows.length, 1, name);
      assert.deepEqual(
        rows[0],
        {
          actor: 'token:administrator-tout',
          role: 'administrator',
          action: name,
          subject: path.includes('{id}') ? `${kind}:${id}` : kind,
          reason: null,
          outcome: 'done',
        },
        name,
      );
    }
  });

  test('the stated reason is kept with the access', async () => {
    const rows = await traced(() => bench.call('GET', `/documents/${document}/content?reason=plainte%20du%20patient`));
    assert.deepEqual(
      rows.map(({ reason, outcome }) => [reason, outcome]),
      [['plainte du patient', 'done']],
    );
  });

  test('what a role or a rule refuses leaves one row as well', async () => {
    const token = await bench.token('admissions');
    const byRole = await traced(() => bench.call('GET', `/documents/${document}/content?reason=essai`, { token }));
    assert.deepEqual(
      byRole.map(({ role, subject, outcome }) => [role, subject, outcome]),
      [['admissions', `documents:${document}`, 'refused']],
    );
    const byRule = await traced(() => bench.call('GET', `/documents/${patient}`));
    assert.deepEqual(
      byRule.map(({ subject, outcome }) => [subject, outcome]),
      [[`documents:${patient}`, 'TDU-API-003']],
    );
  });

  test('a matricule put in the address or in the reason is not kept', async () => {
    const token = await bench.token('regional');
    const rows = await traced(async () => {
      await bench.call('GET', '/patients/279035121518989', { token });
      await bench.call('GET', `/documents/${document}/content?reason=dossier%20279035121518989`);
      await bench.call('GET', `/documents/${document}/content?reason=%00`, { token });
      await bench.call('GET', `/documents/${document}/content?reason=a&reason=b`, { token });
    });
    assert.equal(rows.length, 4);
    assert.doesNotMatch(JSON.stringify(rows), /\d{13}/);
    assert.deepEqual(
      rows.map(({ subject, reason }) => [subject, reason]),
      [
        ['patients', null],
        [`documents:${document}`, 'dossier [matricule]'],
        [`documents:${document}`, null],
        [`documents:${document}`, null],
      ],
    );
  });

  test('who is not known leaves nothing: anybody could fill the disk', async () => {
    assert.deepEqual(await traced(() => bench.call('GET', `/patients/${patient}`, { token: null })), []);
  });
});
