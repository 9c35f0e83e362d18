import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cli, lastLine } from './cli.fixture.ts';

const COMMANDS = [
  'start',
  'sim',
  'stamp',
  'scan',
  'ins',
  'cda',
  'xds',
  'hl7',
  'import',
  'account',
  'token',
  'conformance',
  'doctor',
  'report',
];

test('the help is in French, names every command and ends with 0', async () => {
  const { code, stdout, stderr } = await cli(['--help']);
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /^Utilisation : traitdunion/);
  for (const command of COMMANDS) assert.match(stdout, new RegExp(`^  ${command}\\b`, 'm'));
  assert.doesNotMatch(stdout, /Usage|Commands|display help/);
  assert.match((await cli(['stamp', '--help'])).stdout, /--patient <json>/);
});

test('the version is that of package.json', async () => {
  const { code, stdout } = await cli(['--version']);
  assert.equal(code, 0);
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
});

const WRONG: readonly (readonly [call: string, said: RegExp])[] = [
  ['', /commande absente/],
  ['ins', /commande absente/],
  ['nettoyer', /commande inconnue : nettoyer/],
  ['scan', /argument obligatoire absent : fichier/],
  ['scan a.pdf b.pdf', /trop d'arguments/],
  ['scan a.pdf --rapide', /option inconnue : --rapide/],
  ['scan /absent.pdf', /Fichier illisible : \/absent\.pdf \(ENOENT\)/],
  ['stamp a.pdf -o b.pdf', /option obligatoire absente : --patient/],
  ['stamp a.pdf --patient', /valeur d'option absente/],
  ['stamp a.pdf --patient p --output o --module-mm 0,2', /valeur refusée.*0,4 à 2 mm/],
  ['start --port 70000', /valeur refusée.*0 \(libre\) à 65535/],
  ['start --context 4', /Le contexte est 1, 2 ou 3/],
  ['report --from hier', /AAAA-MM-JJ/],
  ['hl7 send a.hl7 --to http://127.0.0.1:1', /Destination incorrecte/],
  ['hl7 send a.hl7 --to mllp://198.51.100.7:2575', /en clair.*--allow-plain/],
  ['hl7 send a.hl7 --to mllp://127.0.0.1:2575', /Fichier illisible/],
  ['import patients a.csv --to http://127.0.0.1:1', /--to demande --token/],
  ['import patients a.csv --to x --token t', /Adresse incorrecte/],
  ['import patients a.csv --to http://127.0.0.1:1 --token t --encoding ebcdic', /utf-8 ou windows-1252/],
  ['sim insi --mode lent', /Modes du simulateur INSi/],
  ['sim dmp --mode lent', /Modes du simulateur DMP/],
  ['sim dmp --options /absent.json', /Fichier illisible : \/absent\.json/],
  ['sim dmp --pki /absent', /Fichier illisible : \/absent\/ca\.pem/],
];

for (const [call, said] of WRONG) {
  test(`a wrong call ends with 2 and says why: ${call === '' ? '(nothing)' : call}`, async () => {
    const { code, stdout, stderr } = await cli(call.split(' ').filter((word) => word !== ''));
    assert.equal(code, 2, stderr);
    assert.match(stderr, said);
    assert.equal(stdout, '');
  });
}

test('with --json a wrong call gives its reason as the last line of stdout too', async () => {
  const run = await cli(['scan', '/absent.pdf', '--json']);
  assert.equal(run.code, 2);
  assert.deepEqual(lastLine(run), { ok: false, error: 'Fichier illisible : /absent.pdf (ENOENT).' });
});
