import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LANES } from '../config/migration-schema.ts';
import { laneRules } from '../rules/lanes.ts';
import type { Rule } from '../rules/rule.ts';
import { type Evidence, reasonsAgainst } from './blocking.ts';

const THRESHOLDS = { shadowDocuments: 20, refusedPercent: 2, qualifiedPercent: 90 };

const READY: Evidence = {
  dmp: 'declared',
  homologation: 'present',
  certificateFaults: [],
  documents: 100,
  qualified: 95,
  typesNotFeedable: [],
  unmapped: [],
  shadow: { checked: 50, refused: 1 },
  stamped: false,
  templates: { audited: 2, wrong: [] },
  onTheirWay: 0,
  waiting: 0,
  lately: 0,
};

function against(to: 'canary' | 'v2' | 'closed', change: Partial<Evidence>): { ids: string[]; absolute: boolean[] } {
  const reasons = reasonsAgainst(to, { ...READY, ...change }, THRESHOLDS);
  return { ids: reasons.map(({ rule }) => rule.id), absolute: reasons.map(({ absolute }) => absolute) };
}

test('a flow that is ready goes forward to any lane; one that nobody knows yet may at least be tried in the shadow', () => {
  for (const to of LANES) assert.deepEqual(reasonsAgainst(to, READY, THRESHOLDS), []);
  assert.deepEqual(reasonsAgainst('shadow', { ...READY, dmp: 'undeclared', documents: 0 }, THRESHOLDS), []);
});

test('without homologation, certificate or access to the DMP nothing leaves by API V2, and nobody sets that aside', () => {
  const cases: [Partial<Evidence>, Rule][] = [
    [{ dmp: 'undeclared' }, laneRules.noDmp],
    [{ homologation: 'absent' }, laneRules.noHomologation],
    [{ homologation: 'demonstration' }, laneRules.noHomologation],
    [{ certificateFaults: ['Certificat DMP (ORG SIGN) : expiré'] }, laneRules.certificates],
  ];
  for (const to of ['canary', 'v2'] as const)
    for (const [change, { id }] of cases) assert.deepEqual(against(to, change), { ids: [id], absolute: [true] });
});

test('each thing that would make documents wait or be refused stands against the lanes of API V2, and may be set aside', () => {
  const cases: [Partial<Evidence>, Rule][] = [
    [{ templates: { audited: 0, wrong: [] } }, laneRules.dataMatrixUnproved],
    [{ templates: { audited: 2, wrong: ['Lettre de liaison'] } }, laneRules.dataMatrixWrong],
    [{ qualified: 89 }, laneRules.identities],
    [{ documents: 0, qualified: 0 }, laneRules.identitiesUnseen],
    [{ typesNotFeedable: ['34133-9 (2)'] }, laneRules.typesNotFeedable],
    [{ unmapped: ['type LETTRE (4)'] }, laneRules.unmapped],
    [{ shadow: { checked: 19, refused: 0 } }, laneRules.shadowTooShort],
    [{ shadow: { checked: 100, refused: 3 } }, laneRules.shadowRefusals],
  ];
  for (const [change, { id }] of cases) assert.deepEqual(against('v2', change), { ids: [id], absolute: [false] });
});

test('what the gateway stamps itself needs no audit of the application', () => {
  assert.deepEqual(against('v2', { stamped: true, templates: { audited: 1, wrong: ['Ordonnance'] } }).ids, []);
});

test('a flow is not closed on documents that are on their way; a way that still serves is closed knowingly', () => {
  assert.deepEqual(against('closed', { onTheirWay: 1 }), { ids: [laneRules.onTheirWay.id], absolute: [true] });
  assert.deepEqual(against('closed', { waiting: 1 }), { ids: [laneRules.onTheirWay.id], absolute: [true] });
  assert.deepEqual(against('closed', { lately: 3 }), { ids: [laneRules.stillUsed.id], absolute: [false] });
});
