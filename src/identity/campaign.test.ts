import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  found,
  foundUnder,
  INSI_102,
  INSI_DOWN,
  NOBODY,
  openBench,
  type UseCaseBench,
} from '../../test/support/use-case-bench.ts';
import type { ConfigInput } from '../config/schema.ts';
import { identityRules } from '../rules/identity.ts';
import { many, one } from '../store/db.ts';
import { type Campaign, campaignById, listCampaigns } from '../store/verification-campaigns.ts';
import type { InsiOutcome } from '../wire/insi/outcome.ts';
import { changeCampaign, openDueCampaign, progressOf, startCampaign } from './campaign.ts';
import { confirmVerificationFailure, requestVerification } from './verification.ts';

const DAY_MS = 86_400_000;
const ACTOR = 'user:claire';

type Settings = NonNullable<NonNullable<ConfigInput['insi']>['reverification']>;

/** So many qualified people, each under a number of their own. */
async function qualified(
  t: TestContext,
  people: number,
  settings: Settings = {},
  by: 'traits' | 'operation' = 'traits',
) {
  const bench = await openBench(t, (config) => ({
    ...config,
    ...(config.insi && {
      insi: { ...config.insi, reverification: { spreadDays: 0, ...settings }, verification: { by } },
    }),
  }));
  bench.insi.answer = ({ birthName }) => answerFor(birthName);
  for (let person = 0; person < people; person++) {
    await bench.admit({ patient: { ipp: `P${person + 1}`, birthName: nameOf(person) } });
    await bench.run('insi');
  }
  return bench;
}

function nameOf(person: number): string {
  return `PAT${String.fromCharCode(65 + person)}`;
}

function answerFor(birthName: string): InsiOutcome {
  const order = String(birthName.charCodeAt(3) - 64).padStart(3, '0');
  return found({ birthName }, `2790351215${order}`);
}

async function campaignOf({ context }: UseCaseBench): Promise<Campaign> {
  const [campaign] = await listCampaigns(context.pool, 1);
  assert.ok(campaign);
  return campaign;
}

/** Everything that a running gateway would have done by then. */
async function untilStill(bench: UseCaseBench): Promise<Campaign> {
  for (let i = 0; i < 20; i++) await bench.run('verify');
  return campaignOf(bench);
}

async function start(bench: UseCaseBench): Promise<Campaign> {
  bench.advance(DAY_MS);
  const started = await startCampaign(bench.context, bench.context.now(), ACTOR);
  assert.ok(started.ok);
  return started.value;
}

test('what INSi confirms is dated, and nothing else of the identity moves', async (t) => {
  const bench = await qualified(t, 3);
  const before = await Promise.all(['P1', 'P2', 'P3'].map(async (ipp) => (await bench.identity(ipp)).version));
  const { total } = await start(bench);
  const campaign = await untilStill(bench);
  assert.deepEqual([total, campaign.state, campaign.identical], [3, 'done', 3]);
  const after = await Promise.all(['P1', 'P2', 'P3'].map(async (ipp) => (await bench.identity(ipp)).version));
  assert.deepEqual(after, before);
  const again = await startCampaign(bench.context, new Date(bench.context.now().getTime() - 1_000 * 60), ACTOR);
  assert.equal(again.ok ? '' : again.refusal.rule.id, 'TDU-ID-145', 'none is due twice');
});

test('each outcome does what it says: traits of INSi adopted, a successor number followed, a doubt that stops what leaves', async (t) => {
  const bench = await qualified(t, 5, { brake: { failures: 100 } });
  bench.insi.answer = ({ birthName }) => {
    switch (birthName) {
      case 'PATA':
        return found({ birthName, givenNames: 'DOMINIQUE MARIE LOUISE' }, '2790351215001');
      case 'PATB':
        return NOBODY;
      case 'PATC':
        return found({ birthName, sex: 'M' }, '2790351215003');
      case 'PATD':
        return INSI_102;
      default:
        return answerFor(birthName);
    }
  };
  await start(bench);
  const campaign = await untilStill(bench);
  const { identical, updated, notFound, differing, unanswered } = campaign;
  assert.deepEqual(
    { identical, updated, notFound, differing, unanswered },
    { identical: 1, updated: 1, notFound: 1, differing: 1, unanswered: 1 },
  );
  assert.equal((await bench.identity('P1')).birthGivenNames, 'DOMINIQUE MARIE LOUISE');
  const states = await Promise.all(
    ['P1', 'P2', 'P3', 'P4'].map(async (ipp) => {
      const { status, insDoubt, matricule } = await bench.identity(ipp);
      return `${status} ${insDoubt ?? '-'} ${matricule === null ? '-' : 'INS'}`;
    }),
  );
  assert.deepEqual(states, [
    'QUAL - INS',
    'QUAL TDU-INSI-001 INS',
    `QUAL ${identityRules.discrepancySex.id} INS`,
    'QUAL - INS',
  ]);
  assert.equal(
    (await bench.history('P2')).at(-1)?.event,
    'vérification INSi : INSi : aucune identité trouvée ; INS non confirmée, envois suspendus',
  );
  await bench.file({ patient: { ipp: 'P2', birthName: 'PATB' } });
  await bench.run('document');
  assert.equal((await bench.document()).ruleId, 'TDU-ID-140');
});

test('the same person under a new number keeps the qualification', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  await bench.run('insi');
  await start(bench);
  bench.insi.answer = () => foundUnder('2790363220829');
  const campaign = await untilStill(bench);
  const { status, matricule, insDoubt } = await bench.identity();
  assert.deepEqual(
    [campaign.insChanged, status, matricule?.slice(0, 13), insDoubt],
    [1, 'QUAL', '2790363220829', null],
  );
});

test('a person confirms the failure: the INS is withdrawn, once, and only where there is a doubt', async (t) => {
  const bench = await qualified(t, 1);
  const { id } = await bench.identity();
  const early = await confirmVerificationFailure(bench.context, id, 'essai', ACTOR);
  assert.equal(early.ok ? '' : early.refusal.rule.id, 'TDU-ID-143');
  bench.insi.answer = () => NOBODY;
  await start(bench);
  await untilStill(bench);
  const confirmed = await confirmVerificationFailure(bench.context, id, 'carte relue', ACTOR);
  assert.ok(confirmed.ok);
  const { status, matricule, insDoubt, insiState } = confirmed.value;
  assert.deepEqual([status, matricule, insDoubt, insiState], ['VALI', null, null, 'none']);
  assert.equal(
    (await bench.history()).at(-1)?.event,
    'échec de vérification INSi confirmé : INS retirée (carte relue)',
  );
});

test('asked again, INSi knows the person: the doubt is lifted and the documents leave by themselves', async (t) => {
  const bench = await qualified(t, 1);
  bench.insi.answer = () => NOBODY;
  await start(bench);
  await untilStill(bench);
  await bench.file({ patient: { birthName: 'PATA' } });
  await bench.settle();
  assert.equal((await bench.document()).state, 'waiting');
  const { id } = await bench.identity();
  assert.ok((await requestVerification(bench.context, id, ACTOR)).ok);
  assert.equal((await bench.identity()).insDoubt, 'TDU-INSI-001', 'the doubt lasts while the question waits');
  bench.insi.answer = ({ birthName }) => answerFor(birthName);
  await bench.settle();
  assert.equal((await bench.identity()).insDoubt, null);
  assert.equal((await bench.document()).state, 'accepted');
});

test('one at a time; paused, it stops behind the identity in hand; resumed, it goes on from there', async (t) => {
  const bench = await qualified(t, 4);
  const { id } = await start(bench);
  assert.equal((await startCampaign(bench.context, bench.context.now(), ACTOR)).ok, false);
  let asked = 0;
  const usual = bench.insi.answer;
  bench.insi.answer = async (query) => {
    asked += 1;
    if (asked === 2) await changeCampaign(bench.context, id, 'pause', ACTOR);
    return usual(query);
  };
  assert.equal((await untilStill(bench)).state, 'paused');
  const stopped = await campaignOf(bench);
  assert.deepEqual(
    [stopped.identical, stopped.pausedBy],
    [1, ACTOR],
    'the answer under way when it was paused is asked again',
  );
  assert.equal((await changeCampaign(bench.context, id, 'pause', ACTOR)).ok, false);
  await changeCampaign(bench.context, id, 'resume', ACTOR);
  const { state, identical } = await untilStill(bench);
  assert.deepEqual([state, identical], ['done', 4]);
});

test('a stop in the middle resumes behind what was settled: nobody is asked twice, nobody is left out', async (t) => {
  const bench = await qualified(t, 4);
  const { id } = await start(bench);
  const asked: string[] = [];
  const usual = bench.insi.answer;
  bench.insi.answer = (query) => {
    asked.push(query.birthName);
    if (asked.length === 3) throw new Error('the process dies here');
    return usual(query);
  };
  await assert.rejects(bench.run('verify'));
  await bench.context.pool.query(
    `update task set state = 'ready', leased_until = null, worker = null where kind = 'verify'`,
  );
  const { state, identical } = await untilStill(bench);
  assert.deepEqual([state, identical, asked.length], ['done', 4, 5]);
  assert.equal(new Set(asked).size, 4);
  assert.equal((await campaignById(bench.context.pool, id))?.total, 4);
});

test('an outage takes nothing away: no doubt, no count, and everyone is verified once it is over', async (t) => {
  const bench = await qualified(t, 3);
  await start(bench);
  const usual = bench.insi.answer;
  bench.insi.answer = () => INSI_DOWN;
  for (let i = 0; i < 5; i++) await bench.run('verify');
  const during = await campaignOf(bench);
  assert.deepEqual([during.state, during.identical + during.unanswered + during.notFound], ['running', 0]);
  bench.insi.answer = usual;
  bench.advance(60_000);
  const { state, identical } = await untilStill(bench);
  assert.deepEqual([state, identical], ['done', 3]);
  for (const ipp of ['P1', 'P2', 'P3']) assert.equal((await bench.identity(ipp)).insDoubt, null);
});

test('the quota of the day and the pace are kept, and a desk goes first', async (t) => {
  const bench = await qualified(t, 4, { callsPerDay: 3, ratePerSecond: 0.5 });
  const { id } = await start(bench);
  const from = bench.context.now().getTime();
  await bench.run('verify');
  assert.equal((await campaignById(bench.context.pool, id))?.identical, 3);
  assert.ok(bench.context.now().getTime() - from >= 4_000, 'two seconds between two calls');
  const waiting = (await bench.tasks()).find(({ kind }) => kind === 'verify');
  assert.ok(waiting && waiting.inMs > 60_000, 'until the next look at the quota');
  bench.advance(DAY_MS);
  await bench.admit({ patient: { ipp: 'P9', birthName: 'PATZ' } });
  const calls = bench.insi.asked.length;
  await bench.run('verify');
  assert.equal(bench.insi.asked.length, calls, 'somebody waits at a desk');
  await bench.run('insi');
  assert.equal((await untilStill(bench)).state, 'done');
});

test('out of its hours a campaign does not call', async (t) => {
  const bench = await qualified(t, 1, { hours: { from: '20:00', to: '06:00' } });
  await start(bench);
  const calls = bench.insi.asked.length;
  await bench.run('verify');
  assert.equal(bench.insi.asked.length, calls, 'it is 9 in the morning in Paris');
  bench.advance(12 * 3_600_000);
  assert.equal((await untilStill(bench)).state, 'done');
});

test('when too many fail the campaign brakes by itself; who resumes has looked', async (t) => {
  const bench = await qualified(t, 4, { brake: { failures: 2, percent: 50 } });
  const usual = bench.insi.answer;
  bench.insi.answer = () => NOBODY;
  const { id } = await start(bench);
  const braked = await untilStill(bench);
  assert.deepEqual(
    [braked.state, braked.notFound, braked.pausedBy, braked.pausedReason],
    ['paused', 2, 'system', 'TDU-ID-147'],
  );
  bench.insi.answer = usual;
  await changeCampaign(bench.context, id, 'resume', ACTOR);
  const { state, identical } = await untilStill(bench);
  assert.deepEqual([state, identical], ['done', 2]);
});

test('by the calendar: due after three years, each by its own share of the spread, and never two campaigns', async (t) => {
  const bench = await qualified(t, 3, { spreadDays: 180 });
  assert.equal(await openDueCampaign(bench.context), undefined);
  bench.advance((1_095 - 181) * DAY_MS);
  assert.equal(await openDueCampaign(bench.context), undefined, 'before the spread nobody is due');
  bench.advance(182 * DAY_MS);
  const opened = await openDueCampaign(bench.context);
  assert.deepEqual([opened?.total, opened?.origin, opened?.startedBy], [3, 'periodic', 'system']);
  assert.equal(await openDueCampaign(bench.context), undefined);
  assert.equal((await untilStill(bench)).identical, 3);
  assert.equal(await openDueCampaign(bench.context), undefined, 'all of them were just verified');
});

test('a campaign whose task a restore took away gets it back', async (t) => {
  const bench = await qualified(t, 1);
  await start(bench);
  await bench.context.pool.query(`delete from task where kind = 'verify'`);
  await openDueCampaign(bench.context);
  assert.equal((await untilStill(bench)).state, 'done');
});

test('by the operation where the platform has it, by the traits where it is refused or says no', async (t) => {
  const bench = await qualified(t, 2, {}, 'operation');
  bench.insi.verifyAnswer = ({ traits }) =>
    traits.birthName === 'PATA' ? { kind: 'identical' } : { kind: 'different' };
  const calls = bench.insi.asked.length;
  await start(bench);
  assert.equal((await untilStill(bench)).identical, 2);
  assert.equal(bench.insi.verified.length, 2);
  assert.deepEqual(
    bench.insi.asked.slice(calls).map(({ birthName }) => birthName),
    ['PATB'],
  );
  const rows = await many<{ outcome: string }>(
    bench.context.pool,
    `select outcome from insi_call order by id desc limit 2`,
  );
  assert.deepEqual(rows.map(({ outcome }) => outcome).toSorted(), ['found', 'identical']);
});

test('what remains is said at the permitted pace: the second, the day, the hours', async (t) => {
  const bench = await qualified(t, 2);
  const campaign = { ...(await start(bench)), total: 7_200 };
  const { insi } = bench.context.config;
  assert.ok(insi);
  const at = (change: Partial<typeof insi.reverification>) =>
    progressOf(campaign, { ...insi, ratePerSecond: 1, reverification: { ...insi.reverification, ...change } })
      .remainingMs;
  assert.equal(at({ callsPerDay: 1_000_000 }), 7_200_000);
  assert.equal(at({ callsPerDay: 3_600 }), 2 * DAY_MS);
  assert.equal(
    at({ callsPerDay: 1_000_000, hours: { from: '23:00', to: '00:00', timeZone: 'Europe/Paris' } }),
    2 * DAY_MS,
  );
  assert.equal(
    (await one<{ n: number }>(bench.context.pool, 'select count(*)::integer as n from verification_campaign')).n,
    1,
  );
});
