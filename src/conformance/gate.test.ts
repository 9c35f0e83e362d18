import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { openBench, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { takeUpOf } from '../feed/take-up.ts';
import { conformanceRules } from '../rules/conformance.ts';
import { mailsOf } from '../store/mails.ts';
import type { InstalledPack, PackMode } from '../store/rule-packs.ts';
import { judgementsOf } from '../store/rule-packs.ts';
import { packFolder, schemaText } from '../wire/schematron/pack.fixture.ts';
import { installPack, setPackMode, sourceNames } from './packs.ts';

const TITLE = '<assert test=". = \'Autre\'">Le titre <value-of select="."/> n\'est pas admis</assert>';

function packTexts(rule: string, manifest: Readonly<Record<string, unknown>> = {}) {
  return {
    'essai/main.sch': schemaText(`<pattern><rule context="h:title">${rule}</rule></pattern>`),
    'essai/pack.json': JSON.stringify({
      name: 'Essai',
      version: '1',
      schematrons: [{ path: 'main.sch' }],
      ...manifest,
    }),
  };
}

interface Opened {
  readonly bench: UseCaseBench;
  readonly folder: string;
  readonly pack: InstalledPack;
  readonly set: (mode: PackMode | undefined, source?: string) => Promise<void>;
}

async function opened(t: TestContext, rule = TITLE, manifest: Readonly<Record<string, unknown>> = {}): Promise<Opened> {
  const folder = packFolder(packTexts(rule, manifest));
  const bench = await openBench(t, (config) => ({ ...config, conformance: { packs: folder, timeoutMs: 3_000 } }));
  const installed = await installPack(bench.context, 'essai', 'user:test');
  assert.ok(installed.ok);
  await bench.admit();
  await bench.settle();
  return {
    bench,
    folder,
    pack: installed.value,
    set: async (mode, source) => {
      assert.ok((await setPackMode(bench.context, installed.value.id, { mode, source }, 'user:test')).ok);
      await bench.conformance.refresh();
    },
  };
}

/** What became of a letter sent now. */
async function sent({ bench, pack }: Opened) {
  await bench.file();
  await bench.settle();
  const { id, state, ruleId, detail, steps } = await bench.document();
  const [said] = await judgementsOf(bench.context.pool, id);
  assert.ok(said === undefined || said.packId === pack.id);
  return { state, ruleId, detail, warned: steps.includes('warning'), said };
}

describe('A rule pack', () => {
  test('that is installed and not in service changes nothing', async (t) => {
    const open = await opened(t);
    assert.equal(open.bench.conformance.active(), false);
    const { state, said } = await sent(open);
    assert.deepEqual([state, said], ['accepted', undefined]);
  });

  test('in observation lets the document go, with a warning and what it found', async (t) => {
    const open = await opened(t);
    await open.set('observe');
    const { state, warned, said } = await sent(open);
    assert.deepEqual([state, warned, said?.outcome, said?.failed], ['accepted', true, 'failed', 1]);
    assert.equal(said?.ruleId, conformanceRules.observed.id);
    assert.deepEqual(
      said?.failures.map(({ entry, location, text }) => [entry, location, text]),
      [['main.sch', '/ClinicalDocument/title', "Le titre Lettre de liaison n'est pas admis"]],
    );
  });

  test('that blocks stops the document with the assert, its place and who corrects', async (t) => {
    const open = await opened(t);
    await open.set('block');
    const { state, ruleId, detail, said } = await sent(open);
    assert.deepEqual([state, ruleId], ['refused', conformanceRules.builtNotConformant.id]);
    assert.match(detail ?? '', /Essai 1 : Le titre .* – \/ClinicalDocument\/title/);
    assert.equal(said?.outcome, 'failed');
    assert.equal(open.bench.dmp.submitted.length, 0);
  });

  test('may block one application and only observe the others', async (t) => {
    const open = await opened(t);
    await open.set('block');
    const [source] = sourceNames(open.bench.context.config);
    await open.set('observe', source);
    assert.equal((await sent(open)).state, 'accepted');
    await open.set(undefined, source);
    assert.equal((await sent(open)).state, 'refused');
  });

  test('looks at a mail of MSSanté as it does at the DMP, and a document may be taken up again once it is observed', async (t) => {
    const open = await opened(t);
    const { bench } = open;
    await open.set('block');
    await bench.file({
      recipients: ['claire.martin@medecin.mssante.fr'],
      flags: { DESTDMP: true, DESTMSSANTEPS: true },
    });
    await bench.settle();
    bench.advance(1_000);
    await bench.run('mail');
    const stopped = await bench.document();
    const [mail] = await mailsOf(bench.context.pool, stopped.id);
    assert.deepEqual([mail?.state, mail?.ruleId], ['refused', conformanceRules.builtNotConformant.id]);
    assert.equal(stopped.delivery.ruleId, conformanceRules.builtNotConformant.id);
    assert.ok(takeUpOf({ state: 'refused', ruleId: stopped.delivery.ruleId }).ok);
  });

  test('stops what was ready before it was put in service, and had not left', async (t) => {
    const open = await opened(t);
    const { bench } = open;
    bench.leaveToDocumentTask();
    await bench.file();
    await bench.run('document');
    assert.equal((await bench.document()).state, 'ready');
    await open.set('block');
    await bench.settle();
    assert.equal((await bench.document()).ruleId, conformanceRules.builtNotConformant.id);
    assert.equal(bench.dmp.submitted.length, 0);
  });

  test('applies from its first day to its last', async (t) => {
    const later = await opened(t, TITLE, { validFrom: '2026-11-24' });
    await later.set('block');
    const { state, said } = await sent(later);
    assert.deepEqual([state, said], ['accepted', undefined]);
    later.bench.advance(86_400_000);
    assert.equal((await sent(later)).state, 'refused');
  });

  test('that cannot say anything lets the document go, and why is said', async (t) => {
    const endless = '<assert test="count(for $a in 1 to 100000, $b in 1 to 100000, $c in 1 to 100000 return $a) = 0"/>';
    const slow = await opened(t, endless);
    await slow.set('block');
    const tooLong = await sent(slow);
    assert.deepEqual(
      [tooLong.state, tooLong.said?.outcome, tooLong.said?.ruleId],
      ['accepted', 'undecided', conformanceRules.tooLong.id],
    );
  });

  test('whose files changed since it was installed is not applied', async (t) => {
    const open = await opened(t);
    await open.set('block');
    writeFileSync(join(open.folder, 'essai/main.sch'), schemaText('<pattern/>'));
    const { state, said } = await sent(open);
    assert.deepEqual([state, said?.ruleId], ['accepted', conformanceRules.unusable.id]);
  });
});

describe('An installation of a pack', () => {
  test('is refused for what is no pack, for a folder elsewhere, and the second time', async (t) => {
    const { bench, folder } = await opened(t);
    mkdirSync(join(folder, 'vide'));
    const idOf = async (name: string): Promise<string | undefined> => {
      const result = await installPack(bench.context, name, 'user:test');
      return result.ok ? undefined : result.refusal.rule.id;
    };
    assert.equal(await idOf('vide'), conformanceRules.folderUnusable.id);
    assert.equal(await idOf('../autre'), conformanceRules.folderUnusable.id);
    assert.equal(await idOf('essai'), conformanceRules.alreadyInstalled.id);
  });
});
