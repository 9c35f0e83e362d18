import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench } from '../../test/support/use-case-bench.ts';
import { feedRules } from '../rules/feed.ts';
import { identityRules } from '../rules/identity.ts';
import { insiRules } from '../rules/insi.ts';
import type { DocumentRecord } from '../store/documents.ts';
import type { FedPatient } from '../store/fed-patients.ts';
import { gateOf } from './gate.ts';

const DAY_MS = 86_400_000;

test('every way through the gate, with the reason that helps most', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  await bench.file();
  await bench.run('insi');
  const identity = await bench.identity();
  const document = await bench.document();
  const gate = (
    of: Partial<FedPatient> | undefined,
    change: Partial<DocumentRecord> = {},
    confirmed = false,
  ): string => {
    const found = gateOf(
      bench.context,
      { ...document, ...change },
      of === undefined ? undefined : { ...identity, suspendedUntil: null, ...of },
      confirmed,
    );
    return found.kind === 'open' ? 'open' : `${found.kind} ${found.refusal.rule.id}`;
  };
  const notice = { ...document.notice, toDmp: false };
  assert.equal(gate({}), 'open');
  assert.equal(gate({}, { notice }), `ended ${feedRules.notForTheDmp.id}`);
  assert.equal(gate(undefined), `waiting ${identityRules.patientUnknown.id}`);
  assert.equal(gate({ active: false }), `waiting ${identityRules.patientUnknown.id}`);
  assert.equal(gate({ feedOpposition: true }), `ended ${feedRules.opposition.id}`);
  assert.equal(gate({ sex: 'I' }), `waiting ${identityRules.sexUndetermined.id}`);
  const none = { matricule: null, oid: null, insiState: 'none', insiRuleId: null } as const;
  assert.equal(gate({ ...none, status: 'PROV', douteuse: true }), `waiting ${identityRules.blockedByAttribute.id}`);
  assert.equal(gate({ ...none, status: 'PROV', fictive: true }), `waiting ${identityRules.blockedByAttribute.id}`);
  assert.equal(gate({ ...none, status: 'VALI', mirror: true }), `waiting ${feedRules.upstreamNotQualified.id}`);
  assert.equal(
    gate({ ...none, status: 'VALI', insiState: 'several', insiRuleId: insiRules.severalIdentities.id }),
    `waiting ${insiRules.severalIdentities.id}`,
  );
  assert.equal(gate({ ...none, status: 'VALI', insiRuleId: 'TDU-OLD-001' }), `waiting ${feedRules.insiNotAsked.id}`);
  assert.equal(gate({ ...none, status: 'VALI', insiState: 'queued' }), `waiting ${feedRules.insiPending.id}`);
  assert.equal(gate({ ...none, status: 'PROV' }), `waiting ${feedRules.identityProvisional.id}`);
  assert.equal(gate({ status: 'RECUP' }), `waiting ${feedRules.deviceToCheck.id}`);
});

test('a late qualification waits for a confirmation, on the day after the limit and not before', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  await bench.file();
  await bench.run('insi');
  const identity = { ...(await bench.identity()), suspendedUntil: null };
  const document = await bench.document();
  bench.advance(90 * DAY_MS - 60_000);
  assert.equal(gateOf(bench.context, document, identity, false).kind, 'open');
  bench.advance(120_000);
  const late = gateOf(bench.context, document, identity, false);
  assert.equal(late.kind === 'waiting' && late.refusal.rule, feedRules.lateQualification);
  assert.equal(gateOf(bench.context, document, identity, true).kind, 'open');
});
