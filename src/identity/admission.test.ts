import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench, SEVERAL, type UseCaseBench, withSources } from '../../test/support/use-case-bench.ts';
import { DEMO_IPP_DOMAIN } from '../demo/structure.ts';
import { identityRules } from '../rules/identity.ts';
import { many, maybe } from '../store/db.ts';
import { identifiersOf } from '../store/identities.ts';

const CARD = { deviceType: 'CN' };

/** Rule and detail that the last message was settled with. */
async function lastNotice({ context }: UseCaseBench): Promise<{ rule: string | null; detail: string | null }> {
  const row = await maybe<{ rule: string | null; detail: string | null }>(
    context.pool,
    `select rule_id as rule, detail from inbound_message where state = 'processed' order by id desc limit 1`,
  );
  assert.ok(row);
  return row;
}

async function qualified(bench: UseCaseBench): Promise<void> {
  await bench.admit({ proof: CARD });
  await bench.run('insi');
  assert.equal((await bench.identity()).status, 'QUAL');
}

test('a first VALI message with a device makes a validated identity and asks INSi, each step in the history', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ proof: CARD });
  const identity = await bench.identity();
  assert.deepEqual(
    [identity.status, identity.deviceType, identity.deviceCheckedBy, identity.insiState],
    ['VALI', 'CN', 'source:GAM', 'queued'],
  );
  assert.deepEqual(
    (await bench.history()).map(({ event }) => event),
    ['création', 'admission'],
  );
  assert.deepEqual((await bench.tasks()).map(({ kind }) => kind).toSorted(), ['insi', 'match', 'release', 'release']);
});

test('VALI without a device is the word of a trusted source; a low device, or an untrusted source, stays PROV', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  assert.deepEqual([(await bench.identity()).status, (await bench.identity()).deviceType], ['VALI', 'DECL']);
  await bench.admit({ patient: { ipp: 'P2' }, proof: { deviceType: 'PC' } });
  assert.equal((await bench.identity('P2')).status, 'PROV');
  assert.equal((await lastNotice(bench)).rule, identityRules.deviceNotHighTrust.id);
  await bench.admit({ patient: { ipp: 'P3' }, proof: { deviceType: '??' } });
  assert.equal((await lastNotice(bench)).rule, identityRules.deviceMissing.id);
  const untrusting = await openBench(t, withSources({ trustsIdentityStatus: false }));
  await untrusting.admit({ proof: CARD, patient: { statusCodes: ['DOUT'] } });
  const identity = await untrusting.identity();
  assert.deepEqual([identity.status, identity.douteuse, identity.insiState], ['PROV', false, 'none']);
});

test('PROV is not asked about alone unless the site opted in, and nothing is asked without INSi', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { status: 'PROV' } });
  assert.equal((await bench.identity()).insiState, 'none');
  const eager = await openBench(t, (config) => ({
    ...config,
    ...(config.insi === undefined ? {} : { insi: { ...config.insi, askForProvisional: true } }),
  }));
  await eager.admit({ patient: { status: 'PROV' } });
  assert.equal((await eager.identity()).insiState, 'queued');
});

test('an incomplete birth date is completed and marked; ZFD-4 marks a date that the sender completed', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { birthDate: '19790000' } });
  assert.deepEqual(
    [(await bench.identity()).birthDate, (await bench.identity()).birthDateInterpreted],
    ['1979-12-31', true],
  );
  await bench.admit({ patient: { ipp: 'P2', birthDate: '' }, proof: CARD }, (text) =>
    text.replace(/\rZFD\|[^\r]*/, '\rZFD|00^03^1979||||||CN'),
  );
  assert.deepEqual(
    [(await bench.identity('P2')).birthDate, (await bench.identity('P2')).birthDateInterpreted],
    ['1979-03-01', true],
  );
  await bench.admit({ patient: { ipp: 'P3' }, proof: CARD }, (text) => text.replace('\rZFD||||N', '\rZFD||||Y'));
  const third = await bench.identity('P3');
  assert.deepEqual([third.birthDate, third.birthDateInterpreted], ['1979-03-28', true]);
});

test('used names: given, kept when the message is silent, erased by the HL7 null', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { usedName: 'DURAND', usedGivenName: 'DOMI' } });
  await bench.admit({ event: 'A08' });
  assert.deepEqual([(await bench.identity()).usedName, (await bench.identity()).usedGivenName], ['DURAND', 'DOMI']);
  await bench.admit({ event: 'A31', patient: { usedName: '""', usedGivenName: '""' } });
  assert.deepEqual([(await bench.identity()).usedName, (await bench.identity()).usedGivenName], [null, null]);
});

test('opposition: IO is taken, NA and silence change nothing, INO lifts it', async (t) => {
  const bench = await openBench(t);
  const says = async (feeding?: 'IO' | 'INO' | 'NA') => {
    await bench.admit(feeding === undefined ? {} : { consent: { feeding, consultation: 'NA' } });
    return (await bench.identity()).feedOpposition;
  };
  assert.deepEqual(
    [await says(), await says('IO'), await says('NA'), await says(), await says('INO')],
    [false, true, true, true, false],
  );
});

test('changed traits on PROV and on VALI: taken, the former proofs lost, the device of the message counts anew', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { status: 'PROV' } });
  await bench.admit({ event: 'A08', patient: { status: 'PROV', birthName: 'PAT-QUATRE' } });
  assert.equal((await bench.identity()).birthName, 'PAT-QUATRE');
  await bench.admit({ event: 'A31', proof: CARD });
  const first = await bench.identity();
  assert.deepEqual([first.status, first.birthName], ['VALI', 'PAT-TROIS']);
  bench.advance(1_000);
  await bench.admit({
    event: 'A31',
    proof: { deviceType: 'PA' },
    patient: { firstGivenName: 'MARIE', birthGivenNames: 'MARIE' },
  });
  const second = await bench.identity();
  assert.deepEqual([second.status, second.deviceType, second.firstGivenName], ['VALI', 'PA', 'MARIE']);
  assert.ok((second.deviceCheckedAt?.getTime() ?? 0) > (first.deviceCheckedAt?.getTime() ?? 0));
  await bench.admit({ event: 'A31', proof: { deviceType: 'PC' } });
  const third = await bench.identity();
  assert.deepEqual([third.status, third.insiState, third.firstGivenName], ['PROV', 'none', 'DOMINIQUE']);
  assert.equal(
    (await bench.history()).at(-1)?.event,
    'modification : premier prénom de naissance, prénoms de naissance',
  );
});

test('traits that a device proved give way only to a source whose status is trusted', async (t) => {
  const bench = await openBench(t, (config) => ({
    ...config,
    sources: config.sources.flatMap((source) => [
      source,
      { ...source, application: 'LABO', trustsIdentityStatus: false },
    ]),
  }));
  await bench.admit({ proof: CARD });
  await bench.admit({
    from: { application: 'LABO', facility: 'CH-DEMO' },
    event: 'A08',
    patient: { birthName: 'AUTRE', usedName: 'DURAND' },
  });
  const identity = await bench.identity();
  assert.deepEqual([identity.status, identity.birthName, identity.usedName], ['VALI', 'PAT-TROIS', 'DURAND']);
  assert.deepEqual(await lastNotice(bench), {
    rule: identityRules.qualifiedTraitsLocked.id,
    detail: 'nom de naissance',
  });
});

test('traits that INSi gave are locked, but the rest of the message counts: opposition, doubt', async (t) => {
  const bench = await openBench(t);
  await qualified(bench);
  await bench.admit({
    event: 'A31',
    patient: { birthName: 'AUTRE' },
    consent: { feeding: 'IO', consultation: 'NA' },
  });
  const locked = await bench.identity();
  assert.deepEqual([locked.status, locked.birthName, locked.feedOpposition], ['QUAL', 'PAT-TROIS', true]);
  assert.equal((await lastNotice(bench)).rule, identityRules.qualifiedTraitsLocked.id);
  await bench.admit({ event: 'A31', patient: { birthName: 'AUTRE', statusCodes: ['DOUT'] } });
  const doubted = await bench.identity();
  assert.deepEqual(
    [doubted.status, doubted.matricule, doubted.insiState, doubted.douteuse],
    ['PROV', null, 'none', true],
  );
});

test('a message that says less than INSi does not contradict it', async (t) => {
  const bench = await openBench(t);
  await qualified(bench);
  await bench.admit({ event: 'A08', patient: { birthGivenNames: 'DOMINIQUE', birthName: 'PAT TROIS' } });
  assert.equal((await lastNotice(bench)).rule, null);
  assert.equal((await bench.identity()).birthGivenNames, 'DOMINIQUE MARIE');
});

test('PROV after VALI: an identity message of the same source takes its check back, a movement does not', async (t) => {
  const bench = await openBench(t);
  await qualified(bench);
  await bench.admit({ event: 'A01', patient: { status: 'PROV' } });
  await bench.admit({ event: 'A08', patient: { status: 'PROV' } });
  assert.equal((await bench.identity()).status, 'QUAL');
  await bench.admit({ from: { application: 'AUTRE', facility: 'CH-DEMO' }, event: 'A31', patient: { status: 'PROV' } });
  assert.equal((await bench.identity()).status, 'QUAL');
  await bench.admit({ event: 'A31', patient: { status: 'PROV' } });
  const back = await bench.identity();
  assert.deepEqual([back.status, back.deviceType], ['RECUP', null]);
  assert.ok(back.matricule);
  await bench.admit({ patient: { ipp: 'P2' } });
  await bench.admit({ event: 'A31', patient: { ipp: 'P2', status: 'PROV' } });
  assert.deepEqual([(await bench.identity('P2')).status, (await bench.identity('P2')).insiState], ['PROV', 'none']);
});

test('attributes: a homonym keeps its qualification, a fictive one stands alone, doubt on a fictive one is a notice', async (t) => {
  const bench = await openBench(t);
  await qualified(bench);
  await bench.admit({ event: 'A31', patient: { statusCodes: ['HOMD'] } });
  assert.deepEqual([(await bench.identity()).status, (await bench.identity()).homonyme], ['QUAL', true]);
  await bench.admit({ event: 'A31', patient: { statusCodes: ['HOMA', 'FICT'] } });
  const fictive = await bench.identity();
  assert.deepEqual([fictive.status, fictive.fictive, fictive.homonyme], ['PROV', true, false]);
  await bench.admit({ event: 'A31', patient: { statusCodes: ['DOUT'] } });
  assert.equal((await lastNotice(bench)).rule, identityRules.attributesIncompatible.id);
  await bench.admit({ event: 'A31', proof: CARD, patient: { statusCodes: ['XXXX'] } });
  assert.equal((await bench.identity()).status, 'PROV', 'a fictive identity is not validated by a message');
});

test('a homonym that waits for INSi goes on waiting', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  await bench.admit({ event: 'A31', patient: { statusCodes: ['HOMD'] } });
  assert.equal((await bench.identity()).insiState, 'queued');
});

test('what was missing is filled in, and a search that it may help is asked again', async (t) => {
  const bench = await openBench(t);
  bench.insi.answer = () => SEVERAL;
  await bench.admit({}, (text) => text.replace('^DOMINIQUE MARIE', '^').replace('63220', ''));
  assert.deepEqual([(await bench.identity()).birthGivenNames, (await bench.identity()).birthPlace], [null, null]);
  await bench.run('insi');
  assert.equal((await bench.identity()).insiState, 'several');
  await bench.admit({ event: 'A08' }, (text) => text.replace('63220', ''));
  assert.equal((await bench.identity()).birthGivenNames, 'DOMINIQUE MARIE');
  assert.equal((await bench.identity()).insiState, 'queued');
});

test('two domains are one identity; an identifier that comes later is traced and wakes the documents', async (t) => {
  const bench = await openBench(t);
  const second = (text: string) => text.replace('^PI', '^PI~77^^^AUTRE&1.2.3.99&ISO^PI');
  await bench.admit();
  await bench.settle();
  await bench.admit({ event: 'A31' }, second);
  const identity = await bench.identity();
  assert.deepEqual(
    (await identifiersOf(bench.context.pool, identity.id)).map(({ domain, value }) => `${domain}|${value}`),
    [`1.2.3.4.567.8.9.10|P1`, '1.2.3.99|77'],
  );
  assert.match((await bench.history()).at(-1)?.event ?? '', /^identifiant ajouté : 77/);
  assert.deepEqual(
    (await bench.tasks()).map(({ kind }) => kind),
    ['release'],
  );
});

test('two local numbers of two patients are a conflict that changes nothing', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  await bench.admit({ patient: { ipp: 'P2', birthName: 'AUTRE' } });
  const before = await many(bench.context.pool, 'select * from identity order by id');
  await bench.admit({ event: 'A31', patient: { birthName: 'TROISIEME' } }, (text) =>
    text.replace('^PI', `^PI~P2^^^CH-DEMO&${DEMO_IPP_DOMAIN}&ISO^PI`),
  );
  assert.equal((await lastNotice(bench)).rule, identityRules.ippConflict.id);
  assert.deepEqual(await many(bench.context.pool, 'select * from identity order by id'), before);
});

test('the same number twice, or the number of an undeclared authority beside ours, is no trouble', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { ipp: 'P9' } });
  await bench.admit({}, (text) => text.replace('^PI', '^PI~P1^^^CHU-X^PI~P9^^^AILLEURS^PI'));
  const identity = await bench.identity();
  assert.deepEqual(
    (await identifiersOf(bench.context.pool, identity.id)).map(({ value }) => value),
    ['P1'],
  );
});

test('traits that cannot be stored refuse the message and name the trait, never its value', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { birthName: 'PAT/TROIS' } });
  const notice = await lastNotice(bench);
  assert.equal(notice.rule, identityRules.traitIllegalCharacter.id);
  assert.match(notice.detail ?? '', /^nom de naissance : caractère/);
  await bench.admit({ patient: { birthDate: '19790231' } });
  assert.equal((await lastNotice(bench)).rule, identityRules.malformedCivilDate.id);
  await bench.admit({ patient: { birthPlace: 'PARIS' } });
  assert.equal((await lastNotice(bench)).rule, identityRules.malformedCogCode.id);
  assert.equal((await many(bench.context.pool, 'select 1 from identity')).length, 0);
});

test('an antecedent with the same traits is named in the history, nothing is merged', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  await bench.admit({ patient: { ipp: 'P2' } });
  const [created] = await bench.history('P2');
  assert.equal(created?.event, 'création, doublon potentiel');
  assert.deepEqual(created.after, { status: 'PROV', antecedents: [(await bench.identity()).id] });
});
