import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recompose } from '../../test/support/fake-services.ts';
import { PAT_TROIS_INS } from '../../test/support/use-case-bench.ts';
import { DEMO_EG, DEMO_IPP_DOMAIN, DEMO_SECOND_EG } from '../demo/structure.ts';
import { requestDeletion, submitDocument } from '../documents/index.ts';
import { changeStatus } from '../identity/index.ts';
import { parseDocumentUniqueId, parseIpp } from '../ins/identifiers.ts';
import { parseOid } from '../ins/oids.ts';
import { documentRules } from '../rules/document.ts';
import { recallRules } from '../rules/recall.ts';
import { versionRules } from '../rules/versions.ts';
import { many } from '../store/db.ts';
import { buildLevelOneCda } from '../wire/cda/build-level-one.ts';
import { levelOneDocument, qualifiedIdentity, valueOfResult } from '../wire/cda/cda.fixture.ts';
import type { ComposedSubmission } from '../wire/dmp/client.ts';
import { answers, del, held, open, states, V1, V2 } from './versions.fixture.ts';

const V3 = { kind: 'replace', number: 'L-3', parent: 'L-2', content: Buffer.from('Version trois\n') } as const;
const SUPERSEDED = versionRules.superseded.id;

/** A CDA as a care software makes it, with the message that brings it. */
function cda(uniqueId: string, parts: { version?: number; replaces?: string; setId?: string; title?: string } = {}) {
  const { version = 1, replaces, setId = '1.2.250.1.999.3.1', title = 'Lettre de liaison' } = parts;
  const content = buildLevelOneCda(
    levelOneDocument({
      uniqueId: valueOfResult(parseDocumentUniqueId(uniqueId)),
      setId: { root: setId },
      versionNumber: version,
      title,
      patient: qualifiedIdentity({ birthName: 'PAT-TROIS', firstGivenName: 'DOMINIQUE' }),
      ipp: { value: valueOfResult(parseIpp('P1')), domain: valueOfResult(parseOid(DEMO_IPP_DOMAIN)) },
      ...(replaces === undefined ? {} : { replaces: { root: replaces } }),
    }),
  );
  return { profile: 'cisis', mime: ['text', 'XML'], number: uniqueId, content } as const;
}

test('a version replaces the one before it in the DMP, and its deletion leaves nothing alive', async (t) => {
  const bench = await open(t);
  for (const document of [V1, V2, V3, del('L-3')]) {
    await bench.file(document);
    await bench.settle();
  }
  assert.deepEqual(held(bench), ['1 Deprecated', '2 Deprecated', '3 Deleted']);
  assert.deepEqual(await states(bench), ['create replaced', 'replace replaced', 'replace deleted', 'delete deleted']);
  assert.deepEqual(await answers(bench), ['Y', 'Y', 'Y', 'Y']);
  assert.deepEqual(
    (await many<{ what: string }>(bench.context.pool, 'select destination as what from ledger order by id')).map(
      ({ what }) => what.replace(/ of \S+$/, ' of …'),
    ),
    ['DMP', 'DMP replacement of …', 'DMP replacement of …', 'DMP deletion'],
  );
  assert.deepEqual(bench.strict.refused, []);
});

test('the CDA that we build keeps the set, counts the version and names the one before', async (t) => {
  const bench = await open(t);
  await bench.file(V1);
  await bench.settle();
  const first = await bench.document();
  await bench.file(V2);
  await bench.settle();
  const [submission] = bench.strict.holdings.documents().slice(-2);
  assert.equal(submission?.setId, `${first.uniqueId}^`);
  assert.equal(submission?.versionNumber, 2);
  const content = await bench.strict.holdings.content(submission?.entryUUID ?? '');
  assert.match(content.toString('utf8'), new RegExp(`RPLC"><parentDocument><id root="${first.uniqueId}"`));
});

test('with the DMP down, a version or a deletion takes the place of what has not left', async (t) => {
  const bench = await open(t);
  bench.strict.line = () => 'down';
  await bench.file(V1);
  await bench.settle();
  await bench.file(V2);
  await bench.settle();
  await bench.file(V3);
  await bench.settle();
  assert.deepEqual(await states(bench), [
    `create withdrawn ${SUPERSEDED}`,
    `replace withdrawn ${SUPERSEDED}`,
    'replace ready',
  ]);
  bench.strict.line = () => 'up';
  bench.advance(60_000);
  await bench.run('deliver');
  await bench.settle();
  assert.deepEqual(held(bench), ['3 Approved']);
  assert.deepEqual(await answers(bench), [`N ${SUPERSEDED}`, `N ${SUPERSEDED}`, 'Y']);

  bench.strict.line = () => 'down';
  await bench.file({ ...V1, number: 'M-1' });
  await bench.settle();
  await bench.file(del('M-1'));
  await bench.settle();
  assert.deepEqual((await states(bench)).slice(3), [
    `create withdrawn ${versionRules.deletedBeforeSending.id}`,
    'delete deleted',
  ]);
  assert.equal(held(bench).length, 1);
});

test('while the outcome of a version is unknown, what follows it waits, and goes in order once it is known', async (t) => {
  const bench = await open(t);
  bench.strict.line = (service) => (service === '/repository' ? 'lost' : 'up');
  await bench.file(V1);
  await bench.settle();
  for (const document of [V2, V3, del('L-3')]) {
    await bench.file(document);
    await bench.settle();
  }
  assert.deepEqual(await answers(bench), []);
  assert.deepEqual(held(bench), ['1 Approved']);
  bench.strict.line = () => 'up';
  await bench.run('reconcile');
  await bench.settle();
  // The third was taken back before it left: what it would have replaced is deleted in its place.
  assert.deepEqual(held(bench), ['1 Deprecated', '2 Deleted']);
  const takenBack = `replace withdrawn ${versionRules.deletedBeforeSending.id}`;
  assert.deepEqual(await states(bench), ['create replaced', 'replace deleted', takenBack, 'delete deleted']);
  assert.deepEqual(bench.strict.refused, []);
});

test('a version that comes while the one before it is on the wire does not overtake it', async (t) => {
  const bench = await open(t);
  const meanwhile = ({ leaving, send }: ComposedSubmission): ComposedSubmission => ({
    leaving,
    send: async () => {
      await bench.file(V2);
      await bench.run('document');
      bench.strict.line = () => 'lost';
      return send();
    },
  });
  recompose(bench.dmp, meanwhile, { once: true });
  await bench.file(V1);
  await bench.run('document', 'deliver');
  bench.strict.line = () => 'up';
  await bench.run('deliver');
  assert.deepEqual((await states(bench)).slice(1), [`replace ready ${versionRules.behindAnother.id}`]);
  assert.ok(!(await bench.tasks()).some(({ kind }) => kind === 'deliver'), 'it does not stand before the question');
  await bench.run('reconcile');
  await bench.settle();
  assert.deepEqual(held(bench), ['1 Deprecated', '2 Approved']);
});

test('the answer to a replacement or a deletion is lost: the DMP is asked, nothing is sent twice', async (t) => {
  const bench = await open(t);
  await bench.file(V1);
  await bench.settle();
  for (const document of [V2, del('L-2')]) {
    await bench.file(document);
    const { length } = bench.strict.calls;
    const sends = () => bench.strict.calls.slice(length).filter(({ line }) => line === 'lost').length;
    // The questions are answered, what changes something is not.
    let asked = 0;
    bench.strict.line = (service) => {
      if (service === '/registry') asked += 1;
      return service === '/repository' || (service === '/registry' && document.kind === 'delete' && asked === 2)
        ? 'lost'
        : 'up';
    };
    await bench.settle();
    assert.equal((await bench.document()).state, 'unknown');
    bench.strict.line = (service) => (service === '/repository' ? assert.fail('sent again') : 'up');
    await bench.run('reconcile');
    await bench.settle();
    assert.equal(sends(), 1);
    assert.equal((await bench.document()).delivery.state, 'accepted');
    assert.ok((await bench.document()).steps.includes('reconciled'));
  }
  assert.deepEqual(held(bench), ['1 Deprecated', '2 Deleted']);
  assert.deepEqual(await answers(bench), ['Y', 'Y', 'Y']);
});

test('a replacement or a deletion that never arrived goes again, the very same, after several questions', async (t) => {
  const bench = await open(t);
  await bench.file(V1);
  await bench.settle();
  await bench.file(V2);
  bench.strict.line = (service) => (service === '/repository' ? 'cut' : 'up');
  await bench.settle();
  const before = (await bench.document()).delivery.submissionUniqueId;
  bench.strict.line = () => 'up';
  await bench.run('reconcile');
  assert.equal((await bench.document()).state, 'unknown');
  await bench.run('reconcile');
  await bench.settle();
  assert.deepEqual(
    [(await bench.document()).state, (await bench.document()).delivery.submissionUniqueId],
    ['accepted', before],
  );

  await bench.file(del('L-2'));
  let asked = 0;
  bench.strict.line = (service) => {
    if (service === '/registry') asked += 1;
    return asked === 2 ? 'cut' : 'up';
  };
  await bench.settle();
  assert.equal((await bench.document()).state, 'unknown');
  await bench.run('reconcile', 'reconcile');
  await bench.settle();
  assert.deepEqual(held(bench), ['1 Deprecated', '2 Deleted']);
});

test('a version that was refused does not stop the next, which replaces what is in the DMP or stands alone', async (t) => {
  const bench = await open(t);
  const refused = { rule: documentRules.cdaTooLarge };
  const refusal = { kind: 'refused', class: 'permanent', refusal: refused, errors: [] } as const;
  const refuseOnce = () =>
    recompose(bench.dmp, ({ leaving }) => ({ leaving, send: async () => refusal }), { once: true });
  refuseOnce();
  await bench.file(V1);
  await bench.settle();
  await bench.file(V2);
  await bench.settle();
  assert.deepEqual(await states(bench), [`create refused ${refused.rule.id}`, 'replace accepted']);
  refuseOnce();
  await bench.file(V3);
  await bench.settle();
  await bench.file({ ...V3, number: 'L-4', parent: 'L-3' });
  await bench.settle();
  assert.deepEqual(held(bench), ['2 Deprecated', '4 Approved']);
  assert.equal((await states(bench))[1], 'replace replaced');
});

test('a received CDA goes untouched: it replaces the version that it names, or the last one that got there', async (t) => {
  const bench = await open(t);
  const send = async (document: ReturnType<typeof cda>, kind: 'create' | 'replace', parent?: string) => {
    await bench.file({ ...document, kind, ...(parent === undefined ? {} : { parent }) });
    await bench.settle();
  };
  await send(cda('1.2.250.1.999.1'), 'create');
  const second = cda('1.2.250.1.999.2', { version: 2, replaces: '1.2.250.1.999.1', title: 'Lettre corrigée' });
  await send(second, 'replace', '1.2.250.1.999.1');
  // The message says nothing of it, the CDA does.
  const third = cda('1.2.250.1.999.4', { version: 3, replaces: '1.2.250.1.999.2' });
  await send(third, 'create');
  assert.deepEqual(held(bench), ['1 Deprecated', '2 Deprecated', '3 Approved']);
  const last = bench.strict.holdings.documents().findLast(({ kind }) => kind === 'document');
  assert.ok((await bench.strict.holdings.content(last?.entryUUID ?? '')).equals(third.content));
  // An old version, and one that the message names otherwise.
  await send(cda('1.2.250.1.999.5', { version: 4, replaces: '1.2.250.1.999.2' }), 'replace', '1.2.250.1.999.2');
  await send(cda('1.2.250.1.999.6', { version: 4, replaces: '1.2.250.1.999.4' }), 'replace', '1.2.250.1.999.2');
  await send(cda('1.2.250.1.999.7', { version: 4 }), 'replace', '1.2.250.1.999.4');
  assert.deepEqual((await states(bench)).slice(3), [
    `replace refused ${versionRules.notTheCurrentVersion.id}`,
    `replace refused ${versionRules.parentsDiffer.id}`,
    `replace refused ${documentRules.cdaReplacement.id}`,
  ]);
  assert.deepEqual(held(bench), ['1 Deprecated', '2 Deprecated', '3 Approved']);
});

test('the same CDA under a new message is not sent again: its sender gets the answer of the first', async (t) => {
  const bench = await open(t);
  const document = cda('1.2.250.1.999.1');
  bench.strict.line = () => 'down';
  await bench.file(document);
  await bench.settle();
  await bench.file(document);
  await bench.settle();
  const copy = `create withdrawn ${versionRules.identicalCopy.id}`;
  assert.deepEqual([(await states(bench))[1], await answers(bench)], [copy, []]);
  bench.strict.line = () => 'up';
  bench.advance(60_000);
  await bench.run('deliver');
  await bench.settle();
  await bench.file(document);
  await bench.settle();
  assert.deepEqual(await states(bench), ['create accepted', copy, copy]);
  assert.deepEqual(await answers(bench), ['Y', 'Y', 'Y']);
  await bench.file(cda('1.2.250.1.999.1', { title: 'Autre contenu' }));
  await bench.settle();
  assert.deepEqual(
    (await answers(bench)).filter((answer) => answer !== 'Y'),
    ['N TDU-FEED-040'],
  );
  assert.deepEqual(held(bench), ['1 Approved']);
});

test('fed by another product: found in the DMP by its uniqueId, replaced and deleted; not found, stopped or sent as new', async (t) => {
  const foreign = await open(t);
  // What the other product fed: its traces here are gone.
  await foreign.file(cda('1.2.250.1.999.1'));
  await foreign.settle();
  await foreign.context.pool.query('truncate document, inbound_message cascade');
  await foreign.file({
    ...cda('1.2.250.1.999.2', { version: 2, replaces: '1.2.250.1.999.1' }),
    kind: 'replace',
    parent: '1.2.250.1.999.1',
  });
  await foreign.settle();
  assert.deepEqual(held(foreign), ['1 Deprecated', '2 Approved']);
  await foreign.context.pool.query('truncate document, inbound_message cascade');
  await foreign.file({ ...cda('1.2.250.1.999.2'), kind: 'delete' });
  await foreign.settle();
  assert.deepEqual(held(foreign), ['1 Deprecated', '2 Deleted']);
  await foreign.file({ ...cda('1.2.250.1.999.2'), kind: 'delete' });
  await foreign.settle();
  assert.deepEqual(await states(foreign), ['delete deleted', 'delete deleted']);
  assert.deepEqual(await answers(foreign), ['Y', 'Y']);

  const lost = {
    ...cda('1.2.250.1.999.8', { version: 2, replaces: '1.2.250.1.999.7' }),
    kind: 'replace',
    parent: '1.2.250.1.999.7',
  } as const;
  await foreign.file(lost);
  await foreign.settle();
  assert.equal((await states(foreign)).at(-1), `replace refused ${versionRules.originalUnknown.id}`);
  await foreign.file({ ...V2, parent: 'INCONNU' });
  await foreign.settle();
  assert.equal((await states(foreign)).at(-1), `replace refused ${versionRules.originalUnknown.id}`);
  const lenient = await open(t, { unknownOriginal: 'create' });
  await lenient.file(lost);
  await lenient.settle();
  assert.deepEqual([await states(lenient), held(lenient)], [['replace accepted'], ['2 Approved']]);
});

test('a document of another patient, or of another establishment, is neither replaced nor deleted', async (t) => {
  const bench = await open(t);
  await bench.file(V1);
  await bench.settle();
  await bench.admit({ patient: { ipp: 'P2', birthName: 'AUTRE' } });
  for (const document of [V2, del('L-1')]) {
    await bench.file({ ...document, patient: { ipp: 'P2', birthName: 'AUTRE' } });
    await bench.settle();
  }
  const stopped = (await states(bench)).slice(1);
  assert.equal(stopped[1], `delete refused ${versionRules.otherPatient.id}`);
  assert.doesNotMatch(stopped[0] ?? '', /accepted/);
  await bench.context.pool.query(`update document set eg = '990000036' where action = 'create'`);
  await bench.file(V2);
  await bench.settle();
  assert.equal((await states(bench)).at(-1), `replace refused ${versionRules.otherStructure.id}`);
  assert.deepEqual(held(bench), ['1 Approved']);
});

test('a deletion goes under the INS that was sent, even when the qualification is lost since', async (t) => {
  const bench = await open(t);
  await bench.file(V1);
  await bench.settle();
  const lost = { action: 'downgrade', to: 'PROV', reason: 'essai' } as const;
  await changeStatus(bench.context, (await bench.identity()).id, lost, { name: 'user:x', settles: true });
  await bench.file(V2);
  await bench.settle();
  assert.match((await states(bench))[1] ?? '', /^replace waiting/);
  const first = await many<{ id: string }>(bench.context.pool, `select id from document where action = 'create'`);
  // A person here needs an approved recall for it; the software that made the document does not (practice 12, 23).
  const asked = await requestDeletion(bench.context, first[0]?.id ?? '', { actor: 'user:x', reason: 'erreur' });
  assert.equal(asked.ok ? '' : asked.refusal.rule.id, recallRules.recallNeeded.id);
  await bench.file(del('L-1'));
  await bench.settle();
  assert.deepEqual(held(bench), ['1 Deleted']);
  assert.equal((await bench.document()).delivery.sentMatricule, PAT_TROIS_INS.matricule);
});

test('a person asks for a deletion once: asked again, it is the same request', async (t) => {
  const bench = await open(t);
  await bench.file(V1);
  await bench.settle();
  const { id } = await bench.document();
  const by = { actor: 'user:x', reason: 'erreur' };
  const asked = await requestDeletion(bench.context, id, by);
  assert.ok(asked.ok);
  await bench.settle();
  assert.deepEqual(held(bench), ['1 Deleted']);
  assert.deepEqual(await requestDeletion(bench.context, id, by), asked);
});

test('a caller of the API replaces by our identifier, by uniqueId or by set', async (t) => {
  const bench = await open(t);
  const submit = async (text: string, replaces?: string) => {
    const content = Buffer.from(text).toString('base64');
    const body = {
      content,
      mimeType: 'text/plain',
      typeCode: '11490-0',
      title: 'Lettre',
      ipp: 'P1',
      establishment: DEMO_EG,
    };
    const result = await submitDocument(bench.context, { ...body, ...(replaces && { replaces }) }, 'token:x');
    if (result.ok) await bench.settle();
    return result;
  };
  const first = valueOfResult(await submit('un'));
  const { uniqueId: set } = await bench.document();
  valueOfResult(await submit('deux', first));
  valueOfResult(await submit('trois', (await bench.document()).uniqueId));
  valueOfResult(await submit('quatre', set));
  assert.equal((await states(bench))[3], `replace refused ${versionRules.notTheCurrentVersion.id}`);
  assert.deepEqual(held(bench), ['1 Deprecated', '2 Deprecated', '3 Approved']);
  const unknown = await submit('cinq', '00000000-0000-4000-8000-000000000000');
  assert.equal(unknown.ok, false);
});

test('units that belong to another entity do not part the versions of a document', async (t) => {
  const bench = await open(t);
  await bench.file(V1);
  await bench.settle();
  // As the mapping desk leaves a document whose unit is of the second site; the sender is declared for the first.
  await bench.context.pool.query(`update document set eg = $1 where state = 'accepted'`, [DEMO_SECOND_EG]);
  await bench.file(del('L-1'));
  await bench.run('document');
  const deletion = await bench.document();
  assert.deepEqual([deletion.eg, deletion.state], [DEMO_SECOND_EG, 'ready']);
});
