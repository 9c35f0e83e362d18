/** T-R17: a backup taken while the gateway works, more work, the database destroyed, another one filled from the backup. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { cli } from '../../src/cli/cli.fixture.ts';
import { createTestDatabase } from '../support/database.ts';
import { type Demonstration, openPlace, type Place, startTestDemonstration, until } from '../support/demonstration.ts';
import { admission, pdfMessage } from './messages.fixture.ts';
import { PAT_TROIS } from './people.fixture.ts';
import { documentIn, qualified } from './waiting.fixture.ts';

/** An empty database: what a bare machine has. */
async function nothing(): Promise<void> {
  await Promise.resolve();
}

function last(stdout: string): Record<string, unknown> {
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}');
}

describe('backup and restore', () => {
  let folder: string;
  let place: Place;
  let demonstration: Demonstration;
  let elsewhere: Awaited<ReturnType<typeof createTestDatabase>>;
  const acknowledged: string[] = [];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tdu-backup-'));
    await writeFile(join(folder, 'cle'), randomBytes(32).toString('hex'));
    place = await openPlace();
    elsewhere = await createTestDatabase(nothing);
    demonstration = await startTestDemonstration({ place });
    await demonstration.send(admission(PAT_TROIS).bytes);
    await qualified(demonstration, PAT_TROIS.ipp);
  });
  after(async () => {
    await demonstration?.stop();
    await elsewhere?.drop();
    await place?.remove();
    await rm(folder, { recursive: true, force: true });
  });

  async function send(): Promise<string> {
    const letter = await pdfMessage(PAT_TROIS);
    assert.equal((await demonstration.send(letter.bytes)).code, 'AA');
    return letter.controlId;
  }
  const file = () => join(folder, 'nuit.sauvegarde');
  const key = () => ['--key-file', join(folder, 'cle')];

  test('everything acknowledged before the backup is there, and what the DMP already has is not sent twice', async () => {
    for (let i = 0; i < 3; i++) {
      const controlId = await send();
      acknowledged.push(controlId);
      await documentIn(demonstration, controlId, 'accepted');
    }
    await demonstration.dmp.set('down');
    for (let i = 0; i < 4; i++) {
      const controlId = await send();
      acknowledged.push(controlId);
      await documentIn(demonstration, controlId, 'ready');
    }
    const saved = await cli(['backup', '--to', file(), ...key(), '--json'], { DATABASE_URL: place.databaseUrl });
    assert.equal(saved.code, 0, saved.stdout + saved.stderr);
    assert.equal(last(saved.stdout).encrypted, true);

    // What the backup does not know: all four leave.
    await demonstration.dmp.clear();
    for (const controlId of acknowledged) await documentIn(demonstration, controlId, 'accepted');
    assert.equal((await demonstration.held()).length, 7);
    const after = await send();
    await documentIn(demonstration, after, 'accepted');
    await demonstration.stop();

    const back = await cli(['restore', file(), ...key(), '--json'], { DATABASE_URL: elsewhere.url });
    assert.equal(back.code, 0, back.stdout + back.stderr);
    assert.equal(last(back.stdout).askFirst, 4);
    demonstration = await startTestDemonstration({ place: { ...place, databaseUrl: elsewhere.url } });
    for (const controlId of acknowledged) await documentIn(demonstration, controlId, 'accepted');
    const held = await demonstration.held();
    assert.equal(held.length, 8, 'nothing was sent twice');
    assert.equal(new Set(held.map(({ uniqueId }) => uniqueId)).size, 8);
    assert.equal((await demonstration.dmp.stats()).byTransaction['TD2.1'], undefined, 'not even tried');

    const report = await until('reconciled', async () => {
      const said = await cli(['report', '--data', place.data, '--json'], { DATABASE_URL: elsewhere.url });
      assert.equal(said.code, 0, said.stdout + said.stderr);
      const { restored } = last(said.stdout) as { restored: Record<string, number> };
      return restored.toAsk === 0 ? restored : undefined;
    });
    assert.deepEqual(report, { restored: 4, held: 4, absent: 0, ended: 0, toAsk: 0, unexplained: 0 });
  });

  test('what had not left leaves once, after the DMP was asked', async () => {
    await demonstration.dmp.set('down');
    const controlId = await send();
    await documentIn(demonstration, controlId, 'ready');
    const elses = `insert into task (kind, subject, run_at, worker, leased_until, state) values ('essai', '1', now() + interval '1 day', 0, now() + interval '1 day', 'leased')`;
    await demonstration.pool.query(elses);
    const before = await readFile(file());
    const kept = await cli(['backup', '--to', file(), ...key()], { DATABASE_URL: elsewhere.url });
    assert.equal(kept.code, 1, 'a backup that is there is not replaced unasked');
    assert.match(kept.stdout, /existe déjà/);
    assert.ok(before.equals(await readFile(file())));
    const saved = await cli(['backup', '--to', file(), '--force', ...key()], { DATABASE_URL: elsewhere.url });
    assert.equal(saved.code, 0, saved.stdout + saved.stderr);
    const used = await cli(['restore', file(), ...key(), '--replace'], { DATABASE_URL: elsewhere.url });
    assert.equal(used.code, 1);
    assert.match(used.stdout, /l’arrêter d’abord/);
    await demonstration.stop();
    const full = await cli(['restore', file(), ...key()], { DATABASE_URL: elsewhere.url });
    assert.equal(full.code, 1);
    assert.match(full.stdout, /n’est pas vide/);
    const replaced = await cli(['restore', file(), ...key(), '--replace'], { DATABASE_URL: elsewhere.url });
    assert.equal(replaced.code, 0, replaced.stdout + replaced.stderr);
    demonstration = await startTestDemonstration({ place: { ...place, databaseUrl: elsewhere.url } });
    const document = await documentIn(demonstration, controlId, 'accepted');
    const steps = document.timeline.map(({ step }) => step);
    assert.ok(steps.indexOf('asked') < steps.lastIndexOf('sent') && steps.includes('resend'), steps.join());
    assert.equal((await demonstration.held({ uniqueId: document.uniqueId })).length, 1);
    const { rows } = await demonstration.pool.query(`select state, worker from task where kind = 'essai'`);
    assert.deepEqual(rows, [{ state: 'ready', worker: null }], 'what a worker of then held is nobody’s');
  });

  test('on a bare machine, the embedded server is made for it', async () => {
    await chmod(folder, 0o711);
    const data = join(folder, 'ailleurs');
    await mkdir(data, { mode: 0o711 });
    const back = await cli(['restore', file(), ...key(), '--data', data, '--json']);
    assert.equal(back.code, 0, back.stdout + back.stderr);
    assert.ok(Number(last(back.stdout).rows) > 50);
    const again = await cli(['backup', '--to', folder, '--data', data, '--json']);
    assert.equal(again.code, 0, again.stdout + again.stderr);
    assert.match(String(last(again.stdout).file), /traitdunion-.*\.sauvegarde$/);
  });

  test('a backup that was changed, cut, or is opened with another key is refused before anything is touched', async () => {
    const bytes = await readFile(file());
    const damaged = join(folder, 'abime');
    const refusedAs = async (name: string, args: string[], said: RegExp) => {
      const { code, stdout } = await cli(['restore', name, '--check', ...args]);
      assert.equal(code, 1, stdout);
      assert.match(stdout, said);
    };
    for (const position of [40, bytes.length >> 1, bytes.length - 3]) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(position) ^ 1, position);
      await writeFile(damaged, changed);
      await refusedAs(damaged, key(), /refusée/);
    }
    await writeFile(damaged, bytes.subarray(0, bytes.length - 2_000));
    await refusedAs(damaged, key(), /coupé|abîmé/);
    await writeFile(join(folder, 'autre'), randomBytes(32).toString('base64'));
    await refusedAs(file(), ['--key-file', join(folder, 'autre')], /clé différente/);
    await refusedAs(file(), [], /chiffrée/);
    assert.equal(bytes.includes(PAT_TROIS.birthName), false);
    const { code, stdout } = await cli(['restore', file(), '--check', ...key()]);
    assert.equal(code, 0, stdout);
  });
});
