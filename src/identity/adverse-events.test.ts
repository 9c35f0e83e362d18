import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { openBench } from '../../test/support/use-case-bench.ts';
import { adverseEventRules } from '../rules/adverse-event.ts';
import { apiRules } from '../rules/api.ts';
import type { Result } from '../rules/rule.ts';
import { eventById, eventStepsOf, eventWork } from '../store/adverse-events.ts';
import { historyOf } from '../store/identity-history.ts';
import { eventsCsv } from './adverse-event-csv.ts';
import { advanceEvent, eventReference, recordEvent } from './adverse-events.ts';

const FOUND = {
  nature: 'duplicate',
  consequence: 'unknown',
  description: 'Deux dossiers pour la même personne',
  foundAt: new Date('2026-11-22T10:00:00Z'),
} as const;

function refusedBy(result: Result<unknown>): string | undefined {
  return result.ok ? undefined : result.refusal.rule.id;
}

test('an event is recorded, completed, settled with how, and reopened with why; the identity’s history names it', async (t) => {
  const bench = await openBench(t);
  const { context } = bench;
  await bench.admit();
  const { id: identityId } = await bench.identity();
  const recorded = await recordEvent(context, { ...FOUND, identityId }, 'user:accueil');
  assert.ok(recorded.ok);
  const { id } = recorded.value;
  assert.deepEqual([eventReference(recorded.value), recorded.value.foundBy], ['EI-2026-1', 'user:accueil']);
  assert.deepEqual(await eventWork(context.pool), { events: 1, oldest: FOUND.foundAt });
  const step = (wanted: Parameters<typeof advanceEvent>[2]) => advanceEvent(context, id, wanted, 'user:cellule');
  assert.ok((await step({ step: 'noted', consequence: 'stopped' })).ok);
  assert.equal(refusedBy(await step({ step: 'settled' })), adverseEventRules.stepNotPossible.id, 'how is wanted');
  assert.ok((await step({ step: 'settled', note: 'dossiers fusionnés' })).ok);
  const settled = await eventById(context.pool, id);
  assert.deepEqual(
    [settled?.state, settled?.consequence, settled?.settledBy, settled?.settlement],
    ['settled', 'stopped', 'user:cellule', 'dossiers fusionnés'],
  );
  assert.equal(refusedBy(await step({ step: 'noted', note: 'trop tard' })), adverseEventRules.stepNotPossible.id);
  assert.ok((await step({ step: 'reopened', note: 'un troisième dossier' })).ok);
  assert.equal((await eventById(context.pool, id))?.settlement, null);
  assert.deepEqual(
    (await eventStepsOf(context.pool, id)).map(({ step: name, note }) => [name, note]),
    [
      ['recorded', null],
      ['noted', null],
      ['settled', 'dossiers fusionnés'],
      ['reopened', 'un troisième dossier'],
    ],
  );
  const lines = (await historyOf(context.pool, identityId)).map(({ event }) => event);
  assert.ok(lines.includes('événement indésirable clos : EI-2026-1'));
});

test('no matricule is written in the register, in groups neither; nothing unknown or to come is recorded', async (t) => {
  const { context } = await openBench(t);
  const record = (change: object) => recordEvent(context, { ...FOUND, ...change }, 'user:accueil');
  const { numberInText, foundInTheFuture, subjectUnknown } = adverseEventRules;
  for (const description of ['INS 279035121518989 lue', 'INS 2 79 03 51 215 189 lue', 'NIR 1 80 03 2B 020 401'])
    assert.equal(refusedBy(await record({ description })), numberInText.id, description);
  assert.equal(refusedBy(await record({ foundAt: new Date('2027-01-01') })), foundInTheFuture.id);
  const nobody = '00000000-0000-4000-8000-000000000000';
  for (const unknown of [{ identityId: nobody }, { documentId: nobody }, { eg: '000000000' }])
    assert.equal(refusedBy(await record(unknown)), subjectUnknown.id);
  assert.equal(refusedBy(await advanceEvent(context, nobody, { step: 'noted', note: 'x' }, 'u')), apiRules.notFound.id);
  const event = await record({});
  assert.ok(event.ok);
  const linked = await advanceEvent(context, event.value.id, { step: 'linked', recallId: nobody }, 'user:cellule');
  assert.equal(refusedBy(linked), subjectUnknown.id);
});

test('the file of the register bears no trait of the patient and no formula', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  const { id: identityId } = await bench.identity();
  await recordEvent(bench.context, { ...FOUND, identityId, description: '=1+1; "deux"' }, 'user:accueil');
  const [titles = '', ...lines] = (await text(Readable.from(eventsCsv(bench.context.pool, {})))).split('\r\n');
  assert.match(titles, /^\ufeff?référence;découvert le;/);
  assert.match(lines[0] ?? '', /^EI-2026-1;2026-11-22T10:00:00.000Z;user:accueil;;Doublon;/);
  assert.ok(lines[0]?.includes(`"'=1+1; ""deux"""`));
  assert.doesNotMatch(lines.join(), /PAT-TROIS|P1/);
});
