import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { MATRICULE } from '../dmp/cda.fixture.ts';
import { connectorOf, dayBefore, documentOf, newOrder, outboxOf, PATIENT, profileOf } from './bench.fixture.ts';
import type { JournalEntry } from './outbox.ts';

async function told(journal: string): Promise<string[]> {
  const lines = (await readFile(journal, 'utf8')).trim().split('\n');
  return lines
    .map((line): JournalEntry => JSON.parse(line))
    .flatMap((entry) => (entry.type === 'told' ? [`${entry.transaction} ${entry.said}`] : []));
}

test('a document is tried until it is taken, always the same, and what was told is kept', async (t) => {
  const bench = await dayBefore(t);
  const connector = connectorOf(t, bench, profileOf('DXCARE'));
  const pauses: number[] = [];
  const outbox = await outboxOf(t, connector, {
    wait: async (ms) => {
      pauses.push(ms);
    },
  });
  await bench.control('POST /refusals', { transaction: 'TD2.1', code: 'XDSRegistryBusy', times: 2 });
  assert.deepEqual(await outbox.send(newOrder(connector.profile)), { said: 'accepted' });
  assert.deepEqual(await told(outbox.journal), ['TD0.0 accepted', 'TD2.1 busy', 'TD2.1 busy', 'TD2.1 accepted']);
  assert.deepEqual(pauses, [600_000, 1_200_000], 'it doubles its patience');
  assert.ok(!(await readFile(outbox.journal, 'utf8')).includes(MATRICULE.slice(0, 13)), 'no national number');
});

test('after a lost answer, what is known already counts as done', async (t) => {
  const bench = await dayBefore(t);
  const connector = connectorOf(t, bench, profileOf('DMPCONNECT'));
  const lost = await outboxOf(t, connector, { wait: async () => void (await bench.control('DELETE /faults')) });
  await lost.send(newOrder(connector.profile));
  await bench.control('POST /faults', { fault: 'lost-answer', rate: 1 });
  assert.deepEqual(
    await lost.send(newOrder(connector.profile)),
    { said: 'accepted' },
    'the question was lost, not the document',
  );
  const direct = connectorOf(t, bench, profileOf('CLOVERLEAF'));
  const outbox = await outboxOf(t, direct, { wait: async () => void (await bench.control('DELETE /faults')) });
  await outbox.send(newOrder(direct.profile));
  await bench.control('POST /faults', { fault: 'lost-answer', rate: 1 });
  assert.deepEqual(await outbox.send(newOrder(direct.profile)), { said: 'duplicate' });
});

test('a version replaces the one before, and is deleted', async (t) => {
  const bench = await dayBefore(t);
  const connector = connectorOf(t, bench, profileOf('JEEBOP SANTE'));
  const outbox = await outboxOf(t, connector);
  const first = newOrder(connector.profile);
  await outbox.send(first);
  const { setId, uniqueId } = first.document;
  const document = documentOf(connector.profile, { setId, version: 2 });
  const second = { kind: 'replacement', patient: PATIENT, document, replaces: uniqueId } as const;
  assert.deepEqual(await outbox.send(second), { said: 'accepted' });
  const end = await outbox.send({ kind: 'deletion', patient: PATIENT, uniqueId: document.uniqueId });
  assert.deepEqual(end, { said: 'accepted' });
  const { items } = (await bench.control('POST /documents/search', {})) as { items: { status: string }[] };
  assert.deepEqual(
    items.map(({ status }) => status),
    ['Deprecated', 'Deleted'],
  );
});

test('without TD0.0 the card names the patient; a refusal ends the order, unless somebody insists', async (t) => {
  const bench = await dayBefore(t, { td00: 'closed' });
  const connector = connectorOf(t, bench, profileOf('HOPITAL MANAGER'));
  const outbox = await outboxOf(t, connector);
  assert.deepEqual(await outbox.send(newOrder(connector.profile)), { said: 'accepted' });
  assert.deepEqual((await told(outbox.journal))[0], 'TD0.0 refused');
  await bench.control('POST /refusals', { transaction: 'TD2.1', code: 'XDSRegistryError', reason: 'non', times: 1 });
  const refused = await outbox.send(newOrder(connector.profile));
  assert.deepEqual(refused, { said: 'refused', reason: 'XDSRegistryError non' });
  await bench.control('POST /refusals', { transaction: 'TD2.1', code: 'XDSRegistryError', reason: 'non', times: 1 });
  const insistent = await outboxOf(t, connector, { insistent: true });
  assert.deepEqual(await insistent.send(newOrder(connector.profile)), { said: 'accepted' });
});

test('on the day of the cut-over only the endpoint and its authority change', async (t) => {
  const before = await dayBefore(t);
  const after = await dayBefore(t);
  const connector = connectorOf(t, before, profileOf('MIDDLEC@RE'));
  const outbox = await outboxOf(t, connector);
  await outbox.send(newOrder(connector.profile));
  await outbox.cutOver({ url: after.dmp.urlV1, ca: after.ca });
  await outbox.send(newOrder(connector.profile));
  for (const { control } of [before, after]) {
    const { items } = (await control('POST /documents/search', {})) as { items: unknown[] };
    assert.equal(items.length, 1);
  }
  const journal = await readFile(outbox.journal, 'utf8');
  assert.ok(journal.includes(`"type":"cut-over","at":"2026-11-23T10:00:00.000Z","endpoint":"${after.dmp.urlV1}"`));
});
