/** An export is verified by its file alone, by us and by OpenSSL with Python; whatever is done to it afterwards is named. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import pino from 'pino';
import { ZipFile } from 'yazl';
import { createTestDatabase, type TestDatabase } from '../../test/support/database.ts';
import { nowhereConfig } from '../../test/support/nowhere.ts';
import { hasTool } from '../../test/support/tools.ts';
import { checkConfig } from '../config/load.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { openPool } from '../store/db.ts';
import { migrateUrl } from '../store/migrate.testing.ts';
import { addLedgerEntry, type LedgerEntry, sealChain } from '../store/proofs.ts';
import { keyFolder, missingTool, pem } from '../wire/keys/keys.fixture.ts';
import { createSigner } from '../wire/xml/signer.ts';
import { proofCounts } from './counts.ts';
import { exportProof } from './export.ts';
import { foldOnce } from './fold.ts';
import { continuityFault, proofSigner, verifyExport } from './index.ts';
import { FILES } from './manifest.ts';

const FROM = new Date('2025-12-31T23:00:00Z');
const TO = new Date('2026-06-30T22:00:00Z');
const PERIOD = { ej: null, eg: null, from: FROM, to: TO, actor: 'user:essai' };
const EJ = '990000010';

type Files = Record<string, Buffer>;

describe('an export of the proof', () => {
  let database: TestDatabase;
  let context: UseCaseContext;
  const folder = mkdtempSync(join(tmpdir(), 'preuve-'));
  let now = new Date('2026-07-10T08:00:00Z');
  before(async () => {
    database = await createTestDatabase(migrateUrl);
    const pool = openPool(database.url, 3, () => undefined);
    // Ledger lines name a document: these need none.
    await pool.query('alter table ledger drop constraint ledger_document_id_fkey');
    const checked = checkConfig({ ...nowhereConfig({ data: folder }), proof: { signature: 'own' } });
    assert.ok(checked.ok);
    const log = pino({ level: 'silent' });
    context = { config: checked.config, pool, log, now: () => now, newUuid: randomUUID };
    await feed();
  });
  after(async () => {
    await context.pool.end();
    await database.drop();
    rmSync(folder, { recursive: true });
  });

  let made = 0;
  async function line(parts: Partial<LedgerEntry> & { at: Date }): Promise<string> {
    const uniqueId = `1.2.250.1.${++made}`;
    const act = { destination: 'DMP', act: 'acceptance', typeCode: '11490-0', uniqueId } as const;
    const place = { ej: EJ, eg: '990000028', documentId: randomUUID(), submissionUniqueId: '1.3', documentSha1: '00' };
    await addLedgerEntry(context.pool, { ...place, oid: '1.2.250.1.213.1.4.10', ...act, ...parts });
    return parts.uniqueId ?? uniqueId;
  }

  /** Half a year and a little before: letters, reports replaced and deleted, mails with and without an INS. */
  async function feed(): Promise<void> {
    const day = (n: number) => new Date(Date.UTC(2025, 11, 20 + n, 9, 30));
    const types = ['11490-0', '34874-8', '11502-2', '18748-4', '60591-5'];
    for (let n = 0; n < 60; n++) {
      const eg = n % 3 === 0 ? '990000036' : '990000028';
      const typeCode = types[n % types.length] ?? '';
      const uniqueId = await line({ at: day(n * 3), eg, typeCode });
      if (n % 7 === 3)
        await line({ at: day(n * 3 + 1), eg, typeCode: '34112-3', act: 'replacement', replaces: uniqueId });
      if (n % 11 === 5) await line({ at: day(n * 3 + 2), eg, typeCode, act: 'deletion', uniqueId });
      if (n % 4 === 0) await line({ at: day(n * 3), eg, typeCode, destination: 'MSSANTE-PS', uniqueId, oid: '' });
      if (n % 4 === 1) await line({ at: day(n * 3), eg, typeCode, destination: 'MSSANTE-PATIENT', uniqueId });
    }
    await sealed();
  }

  async function sealed(): Promise<void> {
    await sealChain(context.pool, 'ledger', 10_000);
    while (((await foldOnce(context.pool)) ?? 0) > 0);
  }

  async function exported(parts: Partial<Parameters<typeof exportProof>[1]> = {}): Promise<string> {
    const made = await exportProof(context, { ...PERIOD, ...parts }, () => proofSigner(context));
    assert.ok(made.ok, JSON.stringify(made));
    const chunks: Buffer[] = [];
    for await (const chunk of made.value.bytes) chunks.push(chunk);
    const file = join(folder, `${randomUUID()}.zip`);
    writeFileSync(file, Buffer.concat(chunks));
    return file;
  }

  /** Unpacked by a tool of its own. */
  function unpacked(file: string): { files: Files; directory: string } {
    const directory = `${file}.d`;
    mkdirSync(directory);
    const script = 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])';
    assert.equal(spawnSync('python3', ['-c', script, file, directory]).status, 0);
    const names = Object.values(FILES);
    return { directory, files: Object.fromEntries(names.map((name) => [name, readFileSync(join(directory, name))])) };
  }

  async function packed(files: Files): Promise<string> {
    const zip = new ZipFile();
    for (const [name, bytes] of Object.entries(files)) zip.addBuffer(bytes, name);
    zip.end();
    const chunks: Buffer[] = [];
    for await (const chunk of zip.outputStream) chunks.push(Buffer.from(chunk));
    const file = join(folder, `${randomUUID()}.zip`);
    writeFileSync(file, Buffer.concat(chunks));
    return file;
  }

  const found = async (file: string, expected = {}) =>
    (await verifyExport(file, expected)).problems.map(({ rule, detail }) => `${rule.id} ${detail ?? ''}`.trim());

  test('says what the console says, by the file alone', async () => {
    const verified = await verifyExport(await exported(), {});
    assert.deepEqual(verified.problems, []);
    const kept = await proofCounts(context.pool, { from: FROM, to: TO });
    const sum = (rows: readonly { documents: number }[]) => rows.reduce((all, { documents }) => all + documents, 0);
    assert.ok(sum(kept) > 40);
    assert.deepEqual(
      verified.manifest?.counts
        .map((row) => [row.destination, row.establishment, row.month, row.typeCode, row.documents, row.takenOut])
        .toSorted(),
      kept.map((row) => [row.destination, row.eg, row.month, row.typeCode, row.documents, row.ended]).toSorted(),
    );
    const surgery = verified.manifest?.figures.filter(({ formula }) => formula === 'hopen2.operative') ?? [];
    assert.equal(
      sum(surgery),
      sum(kept.filter(({ typeCode, destination }) => typeCode === '34874-8' && destination === 'DMP')),
    );
    // A professional's mail without a qualified INS is counted, and is in no figure.
    assert.equal(
      verified.manifest?.figures.some(({ formula }) => formula.endsWith('mss-professional')),
      false,
    );
    const one = await verifyExport(await exported({ eg: '990000036' }), {});
    assert.deepEqual(new Set(one.manifest?.counts.map(({ establishment }) => establishment)), new Set(['990000036']));
    assert.ok(one.valid);
  });

  test('is verified with OpenSSL and the lines of Python that it carries', async (t) => {
    if (missingTool('openssl') !== undefined || !hasTool('python3'))
      return t.skip('openssl or python3 is not installed');
    const { files, directory } = unpacked(await exported());
    const text = files[FILES.readMe]?.toString('utf8') ?? '';
    const commands = text.slice(text.indexOf('  openssl cms'), text.indexOf("\n'\n") + 3);
    const run = () =>
      spawnSync('bash', ['-ec', commands.replace('autorite.pem', FILES.certificate)], { cwd: directory });
    const whole = run();
    assert.equal(whole.status, 0, whole.stderr.toString());
    assert.match(whole.stdout.toString(), /^intact \d+$/m);
    writeFileSync(
      join(directory, FILES.lines),
      (files[FILES.lines]?.toString('utf8') ?? '').replace('34112-3', '34112-4'),
    );
    assert.notEqual(run().status, 0);
    writeFileSync(join(directory, FILES.lines), files[FILES.lines] ?? '');
    writeFileSync(
      join(directory, FILES.manifest),
      (files[FILES.manifest]?.toString('utf8') ?? '').replace('"DMP"', '"DMQ"'),
    );
    assert.notEqual(run().status, 0);
  });

  test('that somebody changed says where', async () => {
    const { files } = unpacked(await exported());
    const lines = (files[FILES.lines]?.toString('utf8') ?? '').trimEnd().split('\n');
    const withLines = (changed: readonly string[]) =>
      packed({ ...files, [FILES.lines]: Buffer.from(`${changed.join('\n')}\n`) });
    const first: number = JSON.parse(lines[0] ?? '').position;
    const others = 'TDU-PRF-027';
    const of = async (changed: readonly string[]) =>
      (await found(await withLines(changed))).filter(
        (each) => !each.startsWith(others) && !each.startsWith('TDU-PRF-028'),
      );
    const altered = lines.with(4, (lines[4] ?? '').replaceAll('2026-', '2025-'));
    assert.deepEqual(await of(altered), [`TDU-PRF-023 maillon ${first + 4} : empreinte`]);
    const field = lines.with(4, (lines[4] ?? '').replace('"establishment":"99', '"establishment":"98'));
    assert.deepEqual(await of(field), [`TDU-PRF-023 maillon ${first + 4} : champ`]);
    assert.deepEqual(await of(lines.toSpliced(6, 2)), [`TDU-PRF-024 maillons ${first + 6} à ${first + 7} absents`]);
    assert.deepEqual(await of(lines.slice(0, -1)), [`TDU-PRF-024 maillon ${first + lines.length - 1} absent`]);
    const moved = lines.with(3, lines[4] ?? '').with(4, lines[3] ?? '');
    assert.match(
      (await of(moved)).join('\n'),
      new RegExp(`TDU-PRF-025 maillon ${first + 3}, après le maillon ${first + 4}`),
    );
    assert.match((await of([...lines, lines[2] ?? ''])).join(), /TDU-PRF-025/);
    const last: { position: number } = JSON.parse(lines.at(-1) ?? '');
    const added = JSON.stringify({ ...last, position: last.position + 1 });
    assert.deepEqual(await of([...lines, added]), [`TDU-PRF-026 maillon ${last.position + 1}`]);
    for (const changed of [altered, field, moved, lines.slice(1)])
      assert.ok((await found(await withLines(changed))).some((each) => each.startsWith(others)));
    assert.deepEqual(await of(lines.with(2, '{}')), [`TDU-PRF-023 ligne 3`, `TDU-PRF-024 maillon ${first + 2} absent`]);
  });

  test('whose manifest was changed, or signed again by another key, or that is no export, is refused', async (t) => {
    const { files } = unpacked(await exported());
    const text = files[FILES.manifest]?.toString('utf8') ?? '';
    const more = Buffer.from(text.replace(/"documents": (\d+)/, (_, count) => `"documents": ${Number(count) + 1}`));
    const changed = await found(await packed({ ...files, [FILES.manifest]: more }));
    assert.equal(changed[0], 'TDU-PRF-021');
    assert.match(changed[1] ?? '', /^TDU-PRF-028 .*: \d+ annoncés, \d+ dans les lignes/);
    const formula = Buffer.from(text.replace(/"discharge",\s+"operative"/, '"discharge","biology"'));
    assert.match(
      (await found(await packed({ ...files, [FILES.manifest]: formula }))).join(),
      /TDU-PRF-029 sun-es\.discharge/,
    );
    const kind = Buffer.from(text.replace('"34874-8"', '"34875-8"'));
    assert.match(
      (await found(await packed({ ...files, [FILES.manifest]: kind }))).join(),
      /TDU-PRF-029 types de documents/,
    );
    assert.deepEqual(await found(await packed({ [FILES.manifest]: more })), [
      `TDU-PRF-020 ${FILES.signature}, ${FILES.lines} absent`,
    ]);
    writeFileSync(join(folder, 'letter.pdf'), '%PDF-1.4');
    assert.deepEqual(await found(join(folder, 'letter.pdf')), ['TDU-PRF-020']);
    const whole = readFileSync(await packed(files));
    writeFileSync(join(folder, 'cut.zip'), whole.subarray(0, whole.length - 200));
    assert.deepEqual(await found(join(folder, 'cut.zip')), ['TDU-PRF-020']);
    if (missingTool('openssl') !== undefined) return t.skip('openssl is not installed');
    const keys = keyFolder();
    t.after(() => keys.remove());
    const own = (await proofSigner(context)).certificate.fingerprint256;
    const stranger = createSigner({ certPem: pem(keys, 'rsa.crt'), keyPem: pem(keys, 'rsa.pem') });
    now = new Date();
    const theirs = await exportProof(context, PERIOD, async () => stranger);
    assert.ok(theirs.ok);
    const chunks: Buffer[] = [];
    for await (const chunk of theirs.value.bytes) chunks.push(chunk);
    const file = join(folder, 'stranger.zip');
    writeFileSync(file, Buffer.concat(chunks));
    assert.deepEqual(await found(file), []);
    assert.deepEqual(await found(file, { fingerprint: stranger.certificate.fingerprint256 }), []);
    assert.match((await found(file, { fingerprint: own })).join(), /TDU-PRF-022 empreinte/);
    assert.deepEqual(await found(file, { authorities: pem(keys, 'rsa.crt') }), []);
    assert.deepEqual(await found(file, { authorities: pem(keys, 'ec.crt') }), ['TDU-PRF-022 autorité']);
  });

  test('carries on from the one before, unless history was written again in between', async () => {
    const earlier = await verifyExport(await exported(), {});
    await line({ at: new Date('2026-07-02T08:00:00Z') });
    await sealed();
    const summer = { from: TO, to: new Date('2026-12-31T23:00:00Z') };
    const later = await verifyExport(await exported(summer), {});
    assert.equal(continuityFault(later, earlier), undefined);
    assert.match(continuityFault(earlier, later)?.detail ?? '', /va plus loin/);
    assert.ok(later.manifest?.earlierHeads.some(({ position }) => position === earlier.manifest?.chain.last));
    const far = await verifyExport(await exported({ ...summer, after: 10 }), {});
    assert.equal(far.manifest?.chain.first, 11);
    // The same house, another history: every line sealed again.
    await context.pool.query('truncate ledger_seal');
    await context.pool.query(`update ledger set type_code = '18748-4' where id = 30`);
    await sealChain(context.pool, 'ledger', 10_000);
    const rewritten = await verifyExport(await exported({ after: 0 }), {});
    assert.ok(rewritten.valid, 'by itself it holds');
    assert.match(continuityFault(rewritten, earlier)?.detail ?? '', /autre empreinte/);
  });

  test('is not made of a chain that does not hold, nor of nothing', async () => {
    const { rows } = await context.pool.query<{ text: string }>('select type_code as text from ledger where id = 40');
    await context.pool.query(`update ledger set type_code = 'X' where id = 40`);
    const broken = await exportProof(context, PERIOD, () => proofSigner(context));
    assert.ok(!broken.ok && broken.refusal.rule.id === 'TDU-PRF-001');
    assert.match(broken.refusal.detail ?? '', /^maillon \d+$/);
    await context.pool.query('update ledger set type_code = $1 where id = 40', [rows[0]?.text]);
    const order = { ...PERIOD, to: FROM };
    assert.equal(refusalOf(await exportProof(context, order, () => proofSigner(context))), 'TDU-PRF-004');
    const unusable = await exportProof(context, PERIOD, () => Promise.reject(new Error('no such file')));
    assert.equal(refusalOf(unusable), 'TDU-PRF-003');
    await context.pool.query('truncate ledger_seal');
    assert.equal(refusalOf(await exportProof(context, PERIOD, () => proofSigner(context))), 'TDU-PRF-002');
  });
});

function refusalOf(result: Awaited<ReturnType<typeof exportProof>>): string {
  return result.ok ? '' : result.refusal.rule.id;
}
