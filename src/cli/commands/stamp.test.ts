import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { hasTool, run as runTool } from '../../../test/support/tools.ts';
import { letter } from '../../wire/pdf/pdf.fixture.ts';
import { cli, lastLine, scratch } from '../cli.fixture.ts';

const folder = scratch();
const PATIENT = {
  birthName: 'PAT-TROIS',
  firstGivenName: 'DOMINIQUE',
  birthGivenNames: 'DOMINIQUE',
  sex: 'F',
  birthDate: '1979-03-28',
  birthPlace: '63220',
  identifiers: [{ value: 'D1', domain: '1.2.3.4', type: 'PI' }],
  status: 'QUAL',
  attributes: [],
  matricule: '279035121518989',
  oid: '1.2.250.1.213.1.4.10',
};

function patientFile(name: string, changes: object = {}): Promise<string> {
  return folder.file(name, JSON.stringify({ ...PATIENT, ...changes }));
}

test('a stamped letter is read back by scan, block by block; a second stamp is refused', async () => {
  const source = await folder.file('lettre.pdf', await letter());
  const patient = await patientFile('patient.json');
  const output = join(folder.path, 'marquee.pdf');
  const stamped = await cli(['stamp', source, '--patient', patient, '-o', output, '--json']);
  assert.equal(stamped.code, 0, stamped.stderr);
  const { ok, outcome, coverPage } = lastLine(stamped);
  assert.deepEqual([ok, outcome, coverPage], [true, 'stamped', false]);

  const scanned = await cli(['scan', output]);
  assert.equal(scanned.code, 0, scanned.stdout);
  for (const said of ['Page 1', 'S1 matricule INS : 279035121518989', 'S4 nom de naissance : PAT-TROIS', 'Conforme'])
    assert.ok(scanned.stdout.includes(said), `${said} not in ${scanned.stdout}`);
  const someoneElse = await patientFile('autre.json', { birthName: 'AUTRE' });
  const compared = await cli(['scan', output, '--patient', someoneElse]);
  assert.equal(compared.code, 1);
  assert.match(compared.stdout, /S4 \(nom de naissance\) diffère de l’attendu \(TDU-MOD-015\)/);
  assert.equal((await cli(['scan', output, '--patient', patient])).code, 0);
  const json = lastLine(await cli(['scan', output, '--json']));
  assert.deepEqual([json.ok, json.pageCount], [true, 1]);

  const again = await cli(['stamp', output, '--patient', patient, '-o', join(folder.path, 'deux.pdf')]);
  assert.equal(again.code, 1);
  assert.match(again.stdout, /déjà un DataMatrix, celui de ce patient/);
  assert.ok(!existsSync(join(folder.path, 'deux.pdf')));
  const other = await patientFile('autre.json', { birthName: 'AUTRE' });
  const wrong = await cli(['stamp', output, '--patient', other, '-o', join(folder.path, 'trois.pdf')]);
  assert.match(wrong.stdout, /qui n'est PAS celui de ce patient/);
});

test('the patient may be given as JSON on the command line, and is not quoted when it is broken', async () => {
  const source = await folder.file('ligne.pdf', await letter());
  const output = join(folder.path, 'ligne-marquee.pdf');
  const run = await cli(['stamp', source, '--patient', JSON.stringify(PATIENT), '-o', output]);
  assert.equal(run.code, 0, run.stderr);
  assert.ok(existsSync(output));
  const broken = await cli(['stamp', source, '--patient', '{"matricule":"279035121518989"', '-o', output]);
  assert.equal(broken.code, 2);
  assert.match(broken.stderr, /pas du JSON/);
  assert.doesNotMatch(broken.stderr, /279035121518989/);
});

test('an identity that is not qualified, or ill-shaped, is refused and nothing is written', async () => {
  const source = await folder.file('source.pdf', await letter());
  const output = join(folder.path, 'jamais.pdf');
  for (const [changes, rule] of [
    [{ status: 'VALI' }, 'TDU-ID-040'],
    [{ attributes: ['douteuse'] }, 'TDU-ID-033'],
    [{ matricule: '12' }, 'TDU-ID-001'],
    [{ oid: undefined }, 'TDU-API-004'],
    [{ birthDate: '1979-02-30' }, 'TDU-ID-007'],
  ] as const) {
    const { code, stdout } = await cli([
      'stamp',
      source,
      '--patient',
      await patientFile('p.json', changes),
      '-o',
      output,
    ]);
    assert.equal(code, 1);
    assert.ok(stdout.startsWith(rule), stdout);
    assert.ok(!stdout.includes(PATIENT.matricule));
  }
  const noJson = await folder.file('p.txt', '{ 279035121518989');
  const { code, stderr } = await cli(['stamp', source, '--patient', noJson, '-o', output]);
  assert.equal(code, 2);
  assert.match(stderr, /n'est pas du JSON/);
  assert.ok(!stderr.includes(PATIENT.matricule));
  assert.ok(!existsSync(output));
});

test('a file that is not a PDF is refused with its rule', async () => {
  const source = await folder.file('texte.pdf', 'bonjour');
  const patient = await patientFile('patient.json');
  const run = await cli(['stamp', source, '--patient', patient, '-o', join(folder.path, 'x.pdf')]);
  assert.equal(run.code, 1);
  assert.match(run.stdout, /^TDU-DOC-1/);
});

test('scan: no symbol, or a wrong one, ends with 1; what is not an image or PDF is a wrong call', async (t) => {
  const plain = await cli(['scan', await folder.file('vide.pdf', await letter())]);
  assert.equal(plain.code, 1);
  assert.match(plain.stdout, /Aucun DataMatrix trouvé/);
  const text = await cli(['scan', await folder.file('notes.txt', 'bonjour')]);
  assert.equal(text.code, 2);
  assert.match(text.stderr, /ni un PDF, ni une image/);

  if (!hasTool('dmtxwrite')) return t.skip('dmtxwrite absent');
  const image = join(folder.path, 'faux.png');
  await runTool('dmtxwrite', ['-o', image, '-d', '8'], 'IS010000000000000000000000S1123S21.2.3');
  const run = await cli(['scan', image, '--json']);
  assert.equal(run.code, 1);
  const { ok, symbols, pages } = lastLine(run);
  assert.equal(ok, false);
  assert.match(JSON.stringify(pages), /"page":1,"right":false/);
  assert.match(JSON.stringify(symbols), /"rule":"TDU-MOD-007","severity":"error","block":"S1"/);
  assert.ok(Array.isArray(symbols) && symbols.length === 1);
  const shown = await cli(['scan', image]);
  assert.match(shown.stdout, /Défaut : S1 \(matricule INS\)/);
  assert.match(shown.stdout, /NON CONFORME/);
});
