import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ruleById } from '../rules/catalogue.ts';
import { regionRules } from '../rules/region.ts';
import { transaction } from '../store/db.ts';
import { type Figure, putFigures, type StoredFigure } from '../store/region-figures.ts';
import { filterStandings, productsToMigrate, standings } from './overview.ts';
import { figure, openHouse, REGION } from './region.fixture.ts';
import { RISK_KINDS, RISK_RULES, type RiskSettings, riskRulesInForce, risksOf, setRiskRule } from './risks.ts';

const NOW = new Date('2026-11-23T08:00:00Z');
const EG = '990000408';
const SETTINGS: readonly RiskSettings[] = RISK_KINDS.map((kind) => ({
  kind,
  enabled: true,
  threshold: RISK_RULES[kind].threshold,
  changedBy: null,
  changedAt: null,
}));

/** Months back from the last one. */
function months(...parts: Partial<Figure & Pick<StoredFigure, 'origin' | 'receivedAt'>>[]): StoredFigure[] {
  return parts.map((part, back) => ({
    ...figure({
      eg: EG,
      month: ['2026-11', '2026-10', '2026-09', '2026-08', '2026-07'][back] ?? '2026-06',
      added: null,
    }),
    origin: 'pushed' as const,
    source: 'essai',
    receivedAt: NOW,
    ...part,
  }));
}

const kinds = (figures: readonly StoredFigure[], settings = SETTINGS): string[] =>
  risksOf(figures, settings, NOW).map(({ kind, detail }) => `${kind}: ${detail}`);

test('an establishment that feeds as it did, under the qualified INS, is at no risk', () => {
  const well = { added: 100, identityKind: 'INS', activeIdentities: 100, qualifiedIdentities: 80 } as const;
  assert.deepEqual(kinds(months({ ...well, lastFedOn: '2026-11-20' }, well, well, well, well)), []);
  assert.deepEqual(kinds([]), []);
});

test('each rule says why, from its threshold on and not before', () => {
  assert.deepEqual(kinds(months({ added: 1, lastFedOn: '2026-10-24' })), []);
  assert.deepEqual(kinds(months({ added: 1, lastFedOn: '2026-10-23' })), ['no-feed: dernier document il y a 30 jours']);
  // To the month where the day is not known: the end of October is 23 days ago.
  assert.deepEqual(kinds(months({ added: 0 }, { added: 5 })), []);
  assert.deepEqual(kinds(months({ added: 0 }, { added: 0 }, { added: 5 })), [
    'no-feed: dernier document il y a 53 jours',
  ]);
  assert.deepEqual(kinds(months({ added: 0 })), ['no-feed: aucun document connu']);
  assert.deepEqual(kinds(months({ identityKind: 'INS-C' })), ['old-identity: alimente sous INS-C']);
  assert.deepEqual(kinds(months({}, { identityKind: 'NIR' })), ['old-identity: alimente sous NIR (TD0.0)']);
  const rate = (qualified: number) => ({ activeIdentities: 200, qualifiedIdentities: qualified });
  assert.deepEqual(kinds(months(rate(151), rate(160))), []);
  assert.deepEqual(kinds(months(rate(150), rate(160))), ['qualified-rate-falls: de 80 à 75 %']);
  const fed = { added: 90, lastFedOn: '2026-11-22' };
  assert.deepEqual(kinds(months(fed, { added: 46 }, fed, fed, fed)), []);
  assert.deepEqual(kinds(months(fed, { added: 45 }, fed, fed, fed)), ['feed-falls: 45 documents, 90 en moyenne avant']);
  assert.deepEqual(kinds(months({ received: 10, refused: 1 })), []);
  assert.deepEqual(kinds(months({ received: 10, refused: 2 })), ['refusals-high: 2 sur 10 en 2026-11']);
  assert.deepEqual(kinds(months({ receivedAt: new Date('2026-11-16T09:00:00Z') })), []);
  assert.deepEqual(kinds(months({ receivedAt: new Date('2026-11-16T08:00:00Z') })), [
    'no-counts: derniers comptages reçus il y a 7 jours',
  ]);
  assert.deepEqual(kinds(months({ origin: 'imported', receivedAt: new Date('2024-01-01T00:00:00Z') })), []);
});

test('a rule is set by the region within its limits, and one that is put aside finds nobody', async (t) => {
  const { context } = await openHouse(t);
  const set = async (threshold: number, enabled = true) => {
    const done = await setRiskRule(context, { kind: 'no-feed', enabled, threshold }, REGION);
    return done.ok ? done.value.threshold : done.refusal.rule.id;
  };
  const silent = months({ added: 1, lastFedOn: '2026-10-23' });
  assert.equal(await set(0), regionRules.unfitThreshold.id);
  assert.equal(await set(1.5), regionRules.unfitThreshold.id);
  assert.equal(await set(31), 31);
  assert.deepEqual(kinds(silent, await riskRulesInForce(context)), []);
  assert.equal(await set(5), 5);
  assert.deepEqual(kinds(silent, await riskRulesInForce(context)), ['no-feed: dernier document il y a 30 jours']);
  assert.equal(await set(5, false), 5);
  assert.deepEqual(kinds(silent, await riskRulesInForce(context)), []);
  const [first] = await riskRulesInForce(context);
  assert.deepEqual([first?.kind, first?.changedBy], ['no-feed', REGION.name]);
});

test('an establishment shows its three blocking points, what stops it first; every figure opens its list', async (t) => {
  const { context, pool } = await openHouse(t);
  const blocks = [
    { rule: 'TDU-FEED-001', documents: 12 },
    { rule: 'TDU-FEED-002', documents: 3 },
  ];
  assert.ok(blocks.every(({ rule }) => ruleById(rule)));
  const products = [{ key: 'dxcare-7-7-7' }];
  await transaction(pool, (tx) =>
    putFigures(
      tx,
      [
        figure({ eg: EG, month: '2026-11', added: 0, identityKind: 'INS-C', steps: 1, products, blocks }),
        figure({ eg: EG, month: '2026-09', added: 4 }),
        figure({ eg: '990000416', month: '2026-10', added: 4, identityKind: 'INS', steps: 5, lastFedOn: '2026-10-30' }),
        figure({ eg: '990000424', month: '2026-11', added: null, products }),
      ],
      { origin: 'pushed', source: 'essai', at: NOW },
    ),
  );
  const rows = await standings(context, { eg: null, to: '2026-11' });
  const sick = rows.find(({ eg }) => eg === EG);
  assert.deepEqual(
    sick?.blocking.map(({ rule }) => rule),
    [regionRules.noFeed.id, 'TDU-FEED-001', null],
  );
  assert.equal(sick?.blocking[2]?.what, 'produit à migrer : dxcare-7-7-7');
  const found = (filter: Parameters<typeof filterStandings>[1]) => filterStandings(rows, filter).map(({ eg }) => eg);
  assert.deepEqual(found({ kind: 'INS-C' }), [EG]);
  assert.deepEqual(found({ kind: 'unknown' }), ['990000424']);
  assert.deepEqual(found({ product: 'dxcare-7-7-7' }), [EG, '990000424']);
  assert.deepEqual(found({ risk: 'no-feed' }), [EG]);
  assert.deepEqual(found({ risk: 'any' }), [EG]);
  assert.deepEqual(found({ steps: 5 }), ['990000416']);
  assert.deepEqual(found({ search: '0424' }), ['990000424']);
  assert.deepEqual(found({ origin: 'own' }), []);
  assert.deepEqual(
    productsToMigrate(rows).map(({ key, establishments }) => [key, establishments.length]),
    [['dxcare-7-7-7', 2]],
  );
  assert.deepEqual(
    (await standings(context, { eg: EG, to: '2026-11' })).map(({ eg }) => eg),
    [EG],
  );
});
