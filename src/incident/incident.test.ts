import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBufferPromise } from 'yauzl';
import { found, openBench, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { DEMO_EG } from '../demo/structure.ts';
import { dmpRules } from '../rules/dmp.ts';
import { folded } from './folded.ts';
import { callsAbout, incidentFile } from './index.ts';

const MESSAGE_ID = 'urn:uuid:7a2b3c4d-0000-4000-8000-000000000003';
const MATRICULE = '279035121518989';
/** Each trait of a synthetic person, and what is left of it however it is written. */
const TRAITS = {
  birthName: ['OEILLET', 'GARCIA'],
  givenNames: ['ZEPHYRINE', 'AIDA'],
  usedName: ['BOISSEREE'],
  matricule: [MATRICULE, MATRICULE.slice(0, 13)],
  birthDate: ['19790328', '1979-03-28', '28/03/1979', '28 MARS 1979'],
  birthPlace: ['63220'],
  ipp: ['IPP-84512', 'IPP84512'],
  visit: ['SEJOUR-7741'],
  address: ['EGLANTINES', 'MALAKOFF', '92240'],
  phone: ['0612345678', '06 12 34 56 78'],
  mail: ['ZEPHYRINE@EXEMPLE.FR'],
} as const;

/** What a registry may well say: everything that it was sent, in its own way. */
const SAID =
  `Patient ${MATRICULE}^^^&1.2.250.1.213.1.4.10&ISO^NH (2 79 03 51 215 189 89), Œillet-García Zéphyrine Aïda née BOISSERÉE, ` +
  'née le 28/03/1979 (19790328, 28 mars 1979) à 63220, IPP-84512, SEJOUR-7741, 4 rue des ÉGLANTINES 92240 Malakoff, ' +
  '06 12 34 56 78, zephyrine@exemple.fr : typeCode 11490-0 refusé';

const PATIENT = {
  ipp: 'IPP-84512',
  birthName: 'OEILLET-GARCIA',
  firstGivenName: 'ZEPHYRINE',
  birthGivenNames: 'ZEPHYRINE AIDA',
};

function withContact(text: string): string {
  return text.replace(/\rPID\|[^\r]*/, (pid) => {
    const fields = pid.slice(1).split('|');
    fields[5] += '~BOISSERÉE^ZEPHYRINE^^^^^D';
    fields[11] += '~4 RUE DES ÉGLANTINES^^MALAKOFF^^92240^FRA^H';
    fields[13] = '^PRN^PH^^^^^^^^^0612345678~^NET^Internet^zephyrine@exemple.fr';
    return `\r${fields.join('|')}`;
  });
}

async function refusedDocument(t: Parameters<typeof openBench>[0], change?: Parameters<typeof openBench>[1]) {
  const bench = await openBench(t, change);
  bench.insi.answer = () => found({ birthName: 'OEILLET-GARCIA', givenNames: 'ZEPHYRINE AIDA' });
  const rule = dmpRules.XDSRegistryMetadataError;
  bench.dmp.submitAnswer = () => ({
    kind: 'refused',
    class: 'permanent',
    refusal: { rule, detail: SAID, location: 'typeCode', messageId: MESSAGE_ID },
    errors: [{ severity: 'error', code: 'XDSRegistryMetadataError', context: SAID, location: `//[${SAID}]` }],
  });
  await bench.admit({ patient: PATIENT }, withContact);
  await bench.file({ patient: PATIENT, visit: { patientClass: 'I', number: 'SEJOUR-7741' } }, withContact);
  await bench.settle();
  const document = await bench.document();
  assert.deepEqual([document.state, document.ruleId], ['refused', rule.id]);
  return { bench, document };
}

async function filesOf(bench: UseCaseBench): Promise<Record<string, string>> {
  const { bytes } = await incidentFile(bench.context, await bench.document());
  const zip = await fromBufferPromise(bytes, { lazyEntries: true });
  const files: Record<string, string> = {};
  for await (const entry of zip.eachEntry()) {
    const parts: Buffer[] = [];
    for await (const part of await zip.openReadStreamPromise(entry)) parts.push(Buffer.from(part));
    files[entry.fileName] = Buffer.concat(parts).toString('utf8');
  }
  return files;
}

test('an incident holds what it takes to find the document elsewhere, and not one trait of its patient', async (t) => {
  const { bench, document } = await refusedDocument(t);
  const files = await filesOf(bench);
  assert.deepEqual(Object.keys(files).sort(), ['incident.json', 'incident.txt']);
  for (const [name, text] of Object.entries(files)) {
    const { text: plain } = folded(text);
    for (const [trait, forms] of Object.entries(TRAITS))
      for (const form of forms) assert.ok(!plain.includes(form), `${trait} ${form} in ${name}`);
    for (const needed of [
      document.uniqueId,
      document.controlId,
      document.delivery.submissionUniqueId,
      DEMO_EG,
      bench.context.config.dmp?.homologation,
      'XDSRegistryMetadataError',
      MESSAGE_ID,
      'typeCode 11490-0 refusé',
      'TDU-DMP-115',
      'MSH|',
    ])
      assert.ok(needed && text.includes(needed), `${needed} not in ${name}`);
  }
  const incident = JSON.parse(files['incident.json'] ?? '');
  assert.partialDeepStrictEqual(incident, {
    why: { ruleId: 'TDU-DMP-115', owner: 'interopérabilité', safeToResend: true },
    calls: [
      { party: 'vendor', contact: null },
      { party: 'gie', contact: null },
    ],
    deliveries: [{ destination: 'DMP', state: 'refused', attempts: 1 }],
  });
  assert.ok(incident.timeline.length >= 4);
  assert.deepEqual(
    incident.exchanges.map(({ kind }: { kind: string }) => kind),
    ['MDM^T02', 'ZAM^Z01'],
  );
});

test('what the traits said before a correction is masked too', async (t) => {
  const { bench } = await refusedDocument(t);
  await bench.context.pool.query(
    `update delivery set outcome = '{"errors":[{"context":"MARTINEAU née le 2 janvier 1980"}]}'`,
  );
  const before = { birthName: 'MARTINEAU', birthDate: '1980-01-02' };
  await bench.context.pool.query(
    `insert into identity_history (identity_id, at, actor, source, event, before)
     select id, now(), 'system', 'console', 'correction', $1 from identity`,
    [JSON.stringify(before)],
  );
  const text = (await filesOf(bench))['incident.json'] ?? '';
  assert.ok(text.includes('[masqué] née le [masqué]'));
  assert.ok(!text.includes('MARTINEAU'));
});

test('whom to call is what the site declared: the vendor of the sender, then GIE SESAM-Vitale', async (t) => {
  const { bench, document } = await refusedDocument(t, (config) => ({
    ...config,
    sources: config.sources.map((source) => ({
      ...source,
      vendor: { name: 'Éditeur DPI', contact: 'support@dpi.exemple' },
    })),
    support: { gieSesamVitale: 'centre de service déclaré' },
  }));
  assert.deepEqual(callsAbout(bench.context, document), [
    { party: 'vendor', name: 'Éditeur DPI', contact: 'support@dpi.exemple' },
    { party: 'gie', name: 'GIE SESAM-Vitale', contact: 'centre de service déclaré' },
  ]);
});

test('a request whose answer was lost is known by its WS-Addressing identifier', async (t) => {
  const bench = await openBench(t);
  const refusal = { rule: dmpRules.outcomeUnknown, messageId: MESSAGE_ID };
  bench.dmp.submitAnswer = () => ({ kind: 'ambiguous', class: 'ambiguous', refusal });
  await bench.admit();
  await bench.run('insi');
  await bench.file();
  await bench.run('release', 'document', 'deliver');
  assert.equal((await bench.document()).state, 'unknown');
  assert.ok((await filesOf(bench))['incident.txt']?.includes(MESSAGE_ID));
});
