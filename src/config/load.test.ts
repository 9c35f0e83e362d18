import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { benchConfig } from '../../test/support/use-case-bench.ts';
import { checkConfig, loadConfig } from './load.ts';
import type { Config } from './schema.ts';

const MINIMAL = {
  installation: 'test',
  context: 1,
  data: 'donnees',
  legalEntities: [
    {
      finess: '990000010',
      name: 'CH',
      documentRoot: '1.2.3.4',
      geographicEntities: [{ finess: '990000028', name: 'Site', sector: 'SA01' }],
    },
  ],
  identificationDomains: [{ oid: '1.2.3.9', authorities: ['CH'] }],
  acceptedInsOids: ['1.2.250.1.213.1.4.8'],
  sources: [{ application: 'DPI', eg: '990000028', ippDomain: '1.2.3.9' }],
  software: { version: '1', instance: 'i' },
};
const TLS = { ca: 'ca.pem', cert: 'cert.pem', key: 'key.pem' };
const NATIONAL = {
  insi: { url: 'https://insi.exemple', tls: TLS, authorisation: '4321' },
  dmp: {
    url: 'https://dmp.exemple',
    tls: TLS,
    signature: { cert: 'sign.pem', key: 'sign.key' },
    homologation: 'LPS-1',
    sourceId: '1.2.3.5',
    responsible: { id: '801234567897', family: 'MARTIN', given: 'CLAIRE' },
  },
};

/** How a file names a variable of the environment. */
function placeOf(variable: string): string {
  return `\${env:${variable}}`;
}

function errors(value: unknown): readonly string[] {
  const checked = checkConfig(value);
  return checked.ok ? [] : checked.errors;
}

async function file(t: TestContext, text: string, name = 'traitdunion.yaml'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tdu-config-'));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

function loaded(result: Awaited<ReturnType<typeof loadConfig>>): Config {
  assert.ok(result.ok, result.ok ? '' : result.errors.join('\n'));
  return result.config;
}

test('the defaults are those of the specification', () => {
  const checked = checkConfig({ ...MINIMAL, ...NATIONAL });
  assert.ok(checked.ok);
  const { insi, dmp, lateQualificationDays, legalEntities, sources } = checked.config;
  assert.deepEqual([insi?.ratePerSecond, insi?.askForProvisional, lateQualificationDays], [1, false, 90]);
  assert.deepEqual([dmp?.vihfVersion, dmp?.xadesAlgorithm, dmp?.checkExistence], ['3.0', 'rsa-sha1', true]);
  assert.deepEqual([dmp?.retry.maxMs, dmp?.reconciliation.asksBeforeResend], [300_000, 2]);
  const [site] = legalEntities[0]?.geographicEntities ?? [];
  assert.deepEqual([site?.practiceSetting, site?.timeZone], ['ETABLISSEMENT', 'Europe/Paris']);
  assert.deepEqual(
    [sources[0]?.trustsIdentityStatus, sources[0]?.stampRawPdf, sources[0]?.facility],
    [false, false, '*'],
  );
});

test('every error is listed at once, in French, with its path', () => {
  const found = errors({
    ...MINIMAL,
    context: 4,
    data: '',
    unknown: true,
    acceptedInsOids: [],
    legalEntities: [{ ...MINIMAL.legalEntities[0], finess: '99', documentRoot: 'racine' }],
  });
  assert.deepEqual(found.map((error) => error.split(' : ')[0]).toSorted(), [
    '(racine)',
    'acceptedInsOids',
    'context',
    'data',
    'legalEntities.0.documentRoot',
    'legalEntities.0.finess',
  ]);
  assert.ok(found.includes('legalEntities.0.finess : un numéro FINESS de 9 caractères est attendu'));
  assert.ok(found.includes('(racine) : Clé non reconnue : "unknown"'));
  for (const error of found) assert.doesNotMatch(error, /Invalid|expected|Too small|Unrecognized/);
});

test('codes, time zones and identifiers are checked before the first document', () => {
  const withSite = (parts: object) => ({
    ...MINIMAL,
    legalEntities: [
      {
        ...MINIMAL.legalEntities[0],
        geographicEntities: [{ finess: '990000028', name: 'S', sector: 'SA01', ...parts }],
      },
    ],
  });
  assert.deepEqual(errors(withSite({ timeZone: 'Indian/Reunion', finess: '990000028' })), []);
  assert.match(errors(withSite({ timeZone: 'Paris' }))[0] ?? '', /fuseau horaire/);
  assert.match(errors(withSite({ sector: 'SA99' }))[0] ?? '', /secteur d'activité/);
  assert.match(errors(withSite({ practiceSetting: 'HOPITAL' }))[0] ?? '', /cadre d'exercice/);
  const long = `1.2.${'9'.repeat(40)}`;
  const root = { ...MINIMAL, legalEntities: [{ ...MINIMAL.legalEntities[0], documentRoot: long }] };
  assert.match(errors(root)[0] ?? '', /documentRoot : 38 caractères au plus/);
  const corsican = { ...MINIMAL, legalEntities: [{ ...MINIMAL.legalEntities[0], finess: '2A0000014' }] };
  assert.deepEqual(errors(corsican), []);
});

test('what does not hold together is refused: EG, domain, duplicates, upstream source', () => {
  const [source] = MINIMAL.sources;
  const sources = [source, source, { ...source, application: 'LABO', eg: '990000036', ippDomain: '1.2.3.8' }];
  const domains = [...MINIMAL.identificationDomains, { oid: '1.2.3.7', authorities: ['CH'] }];
  assert.deepEqual(errors({ ...MINIMAL, sources, identificationDomains: domains, context: 2 }), [
    'identificationDomains : CH déclaré plusieurs fois',
    'sources : application DPI (*) déclarée plusieurs fois',
    'sources.2.eg : EG 990000036 non déclarée',
    "sources.2.ippDomain : domaine d'identification 1.2.3.8 non déclaré",
    'sources : les contextes 2 et 3 déclarent la source amont des identités (upstreamIdentities)',
  ]);
  const twice = [...MINIMAL.legalEntities, ...MINIMAL.legalEntities];
  assert.deepEqual(errors({ ...MINIMAL, legalEntities: twice }), [
    'legalEntities : EG 990000028 déclarée plusieurs fois',
  ]);
  assert.deepEqual(errors({ ...MINIMAL, context: 3, sources: [{ ...source, upstreamIdentities: true }] }), []);
});

test('production refuses wildcards, test OIDs, demonstration numbers and missing services', () => {
  const production = { ...MINIMAL, ...NATIONAL, installation: 'production' };
  assert.deepEqual(errors(production), []);
  const demonstration = {
    ...production,
    acceptedInsOids: ['1.2.250.1.213.1.4.8', '1.2.250.1.213.1.4.10', '1.2.250.1.213.1.4.11'],
    sources: [{ ...MINIMAL.sources[0], application: '*' }],
    insi: { ...NATIONAL.insi, authorisation: 'DEMO-INSI-0001' },
    dmp: { ...NATIONAL.dmp, homologation: 'demo' },
  };
  assert.deepEqual(
    errors(demonstration).map((error) => error.split(' : ')[0]),
    ['sources.0.application', 'acceptedInsOids', 'acceptedInsOids', 'dmp.homologation', 'insi.authorisation'],
  );
  assert.deepEqual(
    errors({ ...MINIMAL, installation: 'production' }).map((error) => error.split(' : ')[0]),
    ['dmp', 'insi'],
  );
  assert.equal(benchConfig().installation, 'demonstration', 'what production refuses, the demonstration needs');
});

test('a way to connect stays open, and a provider is declared with what it needs', () => {
  const openid = {
    issuer: 'https://psc.exemple',
    clientId: 'client',
    authentication: { method: 'client_secret_basic', secret: 'un secret assez long' },
    redirectUri: 'https://console.exemple/console/connexion/retour',
  };
  const production = { ...MINIMAL, ...NATIONAL, installation: 'production' };
  const faults = (signIn: object) => errors({ ...production, signIn }).map((error) => error.split(' : ')[0]);
  assert.deepEqual(faults({ localAccounts: false, openid }), []);
  assert.deepEqual(faults({ localAccounts: false }), ['signIn.localAccounts']);
  assert.deepEqual(faults({ openid: { ...openid, redirectUri: 'http://console.exemple/' } }), [
    'signIn.openid.redirectUri',
  ]);
  assert.deepEqual(faults({ openid: { ...openid, redirectUri: undefined } }), ['signIn.openid.redirectUri']);
  assert.deepEqual(faults({ openid: { ...openid, issuer: 'http://psc.exemple' } }), ['signIn.openid.issuer']);
  assert.deepEqual(faults({ openid: { ...openid, scopes: ['scope_all'] } }), ['signIn.openid.scopes']);
  const byCertificate = { ...openid, authentication: { method: 'tls_client_auth' } };
  assert.deepEqual(faults({ openid: byCertificate }), ['signIn.openid.tls']);
  assert.deepEqual(faults({ openid: { ...byCertificate, tls: { cert: 'psc.pem', key: 'psc.key' } } }), []);
});

test('a file is read with its environment; PEM paths are relative to it', async (t) => {
  const path = await file(
    t,
    JSON.stringify({ ...MINIMAL, ...NATIONAL, insi: { ...NATIONAL.insi, authorisation: placeOf('CNDA') } }),
  );
  const config = loaded(await loadConfig(path, { CNDA: '4321' }));
  assert.deepEqual([config.insi?.authorisation, config.insi?.tls.ca], ['4321', join(path, '..', 'ca.pem')]);
  assert.equal(config.data, join(path, '..', 'donnees'));
});

test('a key of the DMP is in PEM files, in a PKCS#12 file or in a card, whose code is a secret', async (t) => {
  const library = '/usr/lib/libcps3.so';
  const dmp = {
    ...NATIONAL.dmp,
    tls: { ca: 'ca.pem', pkcs12: 'auth.p12', passphrase: { file: 'secret' } },
    signature: { pkcs11: { library, pin: placeOf('CODE_PORTEUR') } },
    direct: { roles: [{ code: '10', system: '1.2.250.1.71.1.2.7', label: 'Médecin' }] },
  };
  const path = await file(t, JSON.stringify({ ...MINIMAL, ...NATIONAL, dmp }));
  const config = loaded(await loadConfig(path, { CODE_PORTEUR: '1234' }));
  const folder = join(path, '..');
  assert.deepEqual(config.dmp?.tls, {
    ca: join(folder, 'ca.pem'),
    pkcs12: join(folder, 'auth.p12'),
    passphrase: { file: join(folder, 'secret') },
  });
  assert.deepEqual(config.dmp?.signature, { pkcs11: { library, keyId: '10', pin: '1234', timeoutMs: 10_000 } });
  assert.deepEqual(
    errors({ ...MINIMAL, ...NATIONAL, dmp: { ...dmp, tls: { relayPort: 0 } } }).map((error) => error.split(' : ')[0]),
    ['dmp.tls.relayPort'],
  );
});

test('missing variables are named once, with the other errors', async (t) => {
  const path = await file(
    t,
    JSON.stringify({ ...MINIMAL, data: `${placeOf('TDU_DATA')}/${placeOf('TDU_DATA')}`, context: 7 }),
  );
  const result = await loadConfig(path, {});
  assert.ok(!result.ok);
  assert.equal(result.errors[0], "variable d'environnement absente : TDU_DATA");
  assert.match(result.errors[1] ?? '', /^context : /);
  assert.equal(result.errors.length, 2);
});

test('an absent or broken file is said in French', async (t) => {
  assert.deepEqual(await loadConfig('/nulle/part.yaml', {}), {
    ok: false,
    errors: ['/nulle/part.yaml : fichier absent'],
  });
  const result = await loadConfig(await file(t, 'a: [1'), {});
  assert.ok(!result.ok);
  assert.match(result.errors[0] ?? '', /: fichier illisible \(/);
});

test('the three sample configurations of a hospital are taken as they stand, each in its context', async () => {
  const secrets = { DATABASE_URL: 'postgres://x', DMP_HOMOLOGATION: 'HOMOLOGATION', INSI_AUTORISATION: 'IDAM' };
  const folder = join(import.meta.dirname, '../../samples/configuration');
  for (const context of [1, 2, 3]) {
    const loaded = await loadConfig(join(folder, `contexte-${context}.yaml`), secrets);
    assert.deepEqual(loaded.ok ? [] : loaded.errors, []);
    assert.ok(loaded.ok);
    const { config } = loaded;
    assert.deepEqual([config.installation, config.context], ['production', context]);
    assert.equal(config.insi !== undefined, context === 1, 'INSi is called from here in context 1 alone');
    assert.equal(config.sources.find(({ application }) => application === 'DPI')?.stampRawPdf, context !== 3);
  }
});
