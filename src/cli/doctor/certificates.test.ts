import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { ensureDemoPki } from '../../demo/pki.ts';
import { scratch } from '../cli.fixture.ts';
import { checkCertificate } from './certificates.ts';

const folder = scratch();
const MADE = new Date('2026-11-23T07:00:00Z');

test('a certificate is good, then to be renewed, then expired; before its first day it is not valid', async () => {
  const pki = await ensureDemoPki(join(folder.path, 'pki'), { ej: '990000010', otherEj: '990000093' }, () => MADE);
  const files = { ca: pki.caFile, cert: pki.authCli.certFile, key: pki.authCli.keyFile };
  const at = async (days: number): Promise<string> => {
    const now = new Date(MADE.getTime() + days * 86_400_000);
    const checks = await checkCertificate('Certificat', files, {}, now);
    return checks.map(({ state, detail }) => `${state} ${detail}`).join('\n');
  };
  assert.equal(await at(0), "ok valable encore 730 jour(s), jusqu'au 22/11/2028");
  assert.equal(await at(686), "alert valable encore 44 jour(s), jusqu'au 22/11/2028 : à renouveler");
  assert.equal(await at(731), 'fault expiré depuis le 22/11/2028');
  assert.equal(await at(-2), 'fault pas encore valable : à partir du 22/11/2026');
});
