import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench } from '../../test/support/use-case-bench.ts';
import { DEMO_EG, DEMO_SECOND_EG } from '../demo/structure.ts';
import { importInventory } from '../observatory/index.ts';
import { planRules } from '../rules/plan.ts';
import { insertTemplateAudit } from '../store/template-audits.ts';
import { NO_AIM } from './checks.ts';
import { FACTS_SHAPE, type Facts } from './facts.ts';
import { declare, setAim } from './manage.ts';
import { type Plan, photograph, planOf, stepsReached } from './plan.ts';
import { questionsOf } from './questions.ts';
import { stepsOf } from './steps.ts';

const DAY_MS = 86_400_000;
const VISIT = {
  event: 'A01',
  visit: { patientClass: 'I', number: 'V1', unit: 'URG' },
  movement: { id: 'M1', startsAt: '20261123080000', action: 'INSERT', unit: 'URG' },
} as const;

/** What the plan says of one check. */
function verdictOf(plan: Plan, rule: { id: string }): string {
  const check = plan.steps.flatMap(({ checks }) => checks).find((one) => one.rule.id === rule.id);
  const percent = check?.verdict.kind === 'running' ? ` ${check.verdict.percent}` : '';
  return `${check?.verdict.kind}${percent}`;
}

const NOTHING: Facts = {
  shape: FACTS_SHAPE,
  eg: DEMO_EG,
  at: '2026-11-23T08:00:00.000Z',
  context: 1,
  insi: { declared: true, demonstration: true, first: null, last: null },
  dmp: { homologation: null, certificates: [], first: null },
  upstream: [],
  admissions: { admitted: 0, qualified: 0, mirrored: 0, firstQualified: null, units: [], days: [] },
  identitySenders: [],
  documentSenders: [],
  templates: [],
  subscribers: [],
  feed: { first: null, last: null, accepted: 0 },
  legacy: [],
  lanes: [],
  software: [],
  flows: { seen: 0, since: null },
  waiting: [],
};

test('without evidence nothing is green, in any context', () => {
  for (const context of [1, 2, 3] as const) {
    const asked = { facts: { ...NOTHING, context }, declarations: [], aim: NO_AIM };
    const kinds = stepsOf(asked).flatMap(({ checks }) => checks.map(({ verdict }) => verdict.kind));
    assert.deepEqual(
      kinds.filter((kind) => kind === 'done' || kind === 'running'),
      [],
    );
    assert.ok(kinds.filter((kind) => kind === 'todo').length >= 8, `context ${context}`);
  }
});

test('a day of work fills the plan: what was seen is done, what nobody can see is asked', async (t) => {
  const bench = await openBench(t);
  const { context, observer } = bench;
  const before = await planOf(context, DEMO_EG);
  assert.equal(verdictOf(before, planRules.repositoryNotReady), 'todo');
  assert.equal(verdictOf(before, planRules.organisation), 'to-declare');
  await bench.admit(VISIT);
  await bench.settle();
  await bench.file();
  await bench.settle();
  await bench.admit({ ...VISIT, visit: { ...VISIT.visit, number: 'V2' }, patient: { ipp: 'P2', status: 'PROV' } });
  await observer.flush();
  const plan = await planOf(context, DEMO_EG, true);
  const said = (rule: { id: string }) => verdictOf(plan, rule);
  assert.equal(said(planRules.repositoryNotReady), 'done');
  assert.equal(said(planRules.qualificationRunning), 'running 50');
  assert.equal(said(planRules.versionTwoNotSeen), 'done');
  assert.equal(said(planRules.feedRunning), 'done');
  assert.equal(said(planRules.legacyRemains), 'done');
  assert.equal(said(planRules.insNotReceived), 'not-applicable');
  assert.ok(plan.readiness > before.readiness);
  assert.deepEqual(plan.facts.admissions.units, [{ unit: 'URG', admitted: 2, qualified: 1 }]);
  // What is done says since when, or names what it is.
  for (const { verdict, evidence } of plan.steps.flatMap(({ checks }) => checks))
    if (verdict.kind === 'done') assert.ok(evidence.length > 0);
  assert.doesNotMatch(JSON.stringify(plan), /PAT-TROIS|279035121518989/);
  const elsewhere = await planOf(context, DEMO_SECOND_EG, true);
  assert.equal(verdictOf(elsewhere, planRules.feedRunning), 'todo');
});

test('a statement needs its day and its note; the last one holds, and each stays', async (t) => {
  const { context } = await openBench(t);
  const said = { item: 'charter', state: 'done', onDay: '2026-03-02', note: 'Charte v3', attachment: 'Intranet' };
  for (const [parts, fault] of [
    [{ item: 'autre' }, /point/],
    [{ state: 'peut-être' }, /état/],
    [{ onDay: '2026-02-30' }, /date/],
    [{ onDay: '2026-11-24' }, /avenir/],
    [{ note: '' }, /note/],
  ] as const) {
    const refusal = await declare(context, DEMO_EG, { ...said, ...parts }, 'user:anne');
    assert.match(refusal.ok ? '' : (refusal.refusal.detail ?? ''), fault);
  }
  assert.ok((await declare(context, DEMO_EG, { ...said, state: 'started' }, 'user:anne')).ok);
  assert.equal(verdictOf(await planOf(context, DEMO_EG), planRules.charter), 'running null');
  assert.ok((await declare(context, DEMO_EG, said, 'user:anne')).ok);
  const plan = await planOf(context, DEMO_EG);
  assert.equal(verdictOf(plan, planRules.charter), 'done');
  assert.equal(verdictOf(await planOf(context, DEMO_SECOND_EG), planRules.charter), 'to-declare');
});

test('the site chooses what it aims at; until then everything', async (t) => {
  const bench = await openBench(t);
  const { context } = bench;
  await bench.admit(VISIT);
  await bench.settle();
  await bench.admit({ ...VISIT, visit: { ...VISIT.visit, number: 'V2' }, patient: { ipp: 'P2', status: 'PROV' } });
  const wanted = { deadline: '2027-06-30', qualifiedPercent: 50, fedPercent: 90, reason: 'comité INS' };
  for (const parts of [{ deadline: '2026-11-23' }, { qualifiedPercent: 0 }, { fedPercent: 101 }, { reason: '' }])
    assert.equal((await setAim(context, DEMO_EG, { ...wanted, ...parts }, 'user:anne')).ok, false);
  assert.equal(verdictOf(await planOf(context, DEMO_EG), planRules.qualificationRunning), 'running 50');
  assert.ok((await setAim(context, DEMO_EG, wanted, 'user:anne')).ok);
  const plan = await planOf(context, DEMO_EG);
  assert.equal(verdictOf(plan, planRules.qualificationRunning), 'done');
  assert.equal(plan.aim.deadline, '2027-06-30');
});

test('a template that is in error keeps its step, and says which', async (t) => {
  const { context } = await openBench(t);
  const audit = { actor: 'a', eg: DEMO_EG, software: 'DPI', sha256: '', bytes: 1, pages: 1, pagesExamined: 1 };
  for (const [template, right] of [
    ['Lettre', true],
    ['Ordonnance', false],
  ] as const)
    await insertTemplateAudit(context.pool, {
      ...audit,
      id: context.newUuid(),
      at: context.now(),
      template,
      right,
      pagesRight: right ? 1 : 0,
      outcome: {},
    });
  const plan = await planOf(context, DEMO_EG);
  assert.equal(verdictOf(plan, planRules.templatesWrong), 'running 50');
  const block = plan.blocks.find(({ rule }) => rule.id === planRules.templatesWrong.id);
  assert.match(block?.detail ?? '', /modèle « Ordonnance » : en erreur/);
  assert.equal(block?.rule.owner, 'éditeur du DPI');
});

test('a photograph a day makes the history, and steps reached cost one statement', async (t) => {
  const bench = await openBench(t);
  const { context } = bench;
  assert.equal(await photograph(context), 2);
  bench.advance(DAY_MS);
  await photograph(context);
  assert.equal(await photograph(context, DAY_MS), 0, 'another process has just counted');
  const plan = await planOf(context, DEMO_EG);
  assert.deepEqual(
    plan.history.map(({ day }) => day),
    ['2026-11-23', '2026-11-24'],
  );
  const readings = await stepsReached(context, null);
  assert.deepEqual(
    readings.map(({ eg, day, reached, steps }) => [eg, day, reached, steps.length]),
    [DEMO_EG, DEMO_SECOND_EG].map((eg) => [eg, '2026-11-24', 0, 5]),
  );
  assert.equal((await stepsReached(context, [DEMO_SECOND_EG])).length, 1);
  assert.equal(plan.forecast.kind, 'none');
});

test('a flow on its way counts once its documents leave by API V2, whatever its connector still speaks', () => {
  const seen = { api: 'V1', identityKind: 'INS-C', inferred: false, messages: 4, lastSeen: NOTHING.at };
  const lane = { application: 'DXCARE', facility: '*', way: 'xds-v1', since: NOTHING.at } as const;
  const judged = (parts: Partial<Facts>) => {
    const facts = { ...NOTHING, flows: { seen: 2, since: NOTHING.at }, ...parts };
    const checks = stepsOf({ facts, declarations: [], aim: NO_AIM }).flatMap((step) => step.checks);
    return checks.find(({ rule }) => rule === planRules.legacyRemains)?.verdict;
  };
  const legacy = [{ ...seen, application: 'DXCARE', facility: 'CH' }];
  assert.deepEqual(judged({ legacy }), { kind: 'todo' });
  assert.deepEqual(judged({ legacy, lanes: [{ ...lane, lane: 'shadow' }] }), { kind: 'todo' });
  assert.deepEqual(judged({ legacy, lanes: [{ ...lane, lane: 'v2' }] }), { kind: 'done' });
  const other = { ...seen, application: 'DMPCONNECT', facility: 'CH' };
  assert.deepEqual(judged({ legacy: [...legacy, other], lanes: [{ ...lane, lane: 'v2' }] }), {
    kind: 'running',
    percent: 50,
  });
});

test('the figures that a site aims at are forecast from their own photographs', async (t) => {
  const bench = await openBench(t);
  const { context } = bench;
  await bench.admit(VISIT);
  await bench.settle();
  const plan = await planOf(context, DEMO_EG);
  assert.deepEqual(
    plan.figures.map(({ figure, value, aim, forecast }) => [figure, value, aim, forecast.kind]),
    [
      ['qualified', 100, 100, 'reached'],
      ['fed', null, 100, 'none'],
    ],
  );
  // Forty patients a day, one more of them qualified each day: 20 of 40 today.
  await context.pool.query(
    `insert into plan_snapshot (eg, day, at, readiness, steps, reached, facts)
     select $1, '2026-11-22'::date - ago, '2026-11-22'::timestamptz - ago * interval '1 day', 10, '{0,0,0,0,0}', 0,
       jsonb_build_object('admissions', jsonb_build_object('admitted', 40, 'qualified', 20 - ago), 'documentSenders', '[]'::jsonb)
     from generate_series(0, 19) ago`,
    [DEMO_SECOND_EG],
  );
  const second = await planOf(context, DEMO_SECOND_EG);
  const [qualified] = second.figures;
  assert.deepEqual([qualified?.value, qualified?.forecast.kind], [50, 'date'], 'a day without admission says nothing');
  assert.equal(qualified?.forecast.kind === 'date' ? qualified.forecast.day : '', '2026-12-12');
});

test('each question has its answer in every context, and no yes without evidence', () => {
  for (const context of [1, 2, 3] as const) {
    const facts = { ...NOTHING, context };
    const questions = questionsOf(facts, stepsOf({ facts, declarations: [], aim: NO_AIM }));
    assert.equal(questions.length, 8);
    assert.ok(questions.every(({ answer, sentence }) => answer !== 'yes' && answer !== 'partly' && sentence !== ''));
    const software = { application: 'X', product: 'DXCARE', version: '7.7.7', compatibleVersion: '8', messages: 1 };
    const wire = { from: 'seen', declaredApi: '', declaredIdentity: '' } as const;
    const behind = {
      ...software,
      ...wire,
      verdict: 'replace',
      compatibleLink: 'https://exemple.fr',
      firstSeen: NOTHING.at,
    } as const;
    const feed = { first: NOTHING.at, last: NOTHING.at, accepted: 3 };
    const seen = { ...facts, software: [behind], feed };
    const answers = questionsOf(seen, stepsOf({ facts: seen, declarations: [], aim: NO_AIM }));
    const [api, versions] = [answers.find(({ question }) => /quelle API/.test(question)), answers.at(-1)];
    assert.deepEqual(
      [api?.answer, api?.evidence[0]?.text],
      ['yes', 'API V2 avec l’INS qualifiée : 3 acceptations depuis 30 jours'],
    );
    assert.equal(
      versions?.evidence[0]?.text,
      'DXCARE 7.7.7 : à remplacer, version compatible : 8 (liste : https://exemple.fr)',
    );
  }
});

test('what the inventory says and nobody has seen counts too: a version of the catalogue, an old way', async (t) => {
  const { context } = await openBench(t);
  const csv = `finess;produit;version;api;identite\r\n${DEMO_EG};DXCARE;7.7.7;V1;INS-C\r\n`;
  await importInventory(context, { kind: 'installed', name: 'parc.csv', bytes: Buffer.from(csv) }, 'user:a');
  const plan = await planOf(context, DEMO_EG);
  const found = (rule: { id: string }) =>
    plan.steps.flatMap(({ checks }) => checks).find((check) => check.rule.id === rule.id)?.evidence[0]?.text;
  assert.match(found(planRules.versionsBehind) ?? '', /DXCARE 7\.7\.7 : à remplacer \(inventaire, pas vu\)/);
  assert.match(
    found(planRules.legacyRemains) ?? '',
    /DXCARE 7\.7\.7 : API V1, identité INS-C, d’après l’inventaire, pas vu/,
  );
  assert.equal((await planOf(context, DEMO_SECOND_EG)).facts.software.length, 0);
});
