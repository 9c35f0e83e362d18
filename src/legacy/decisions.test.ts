import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench } from '../../test/support/use-case-bench.ts';
import { listAudit } from '../store/proofs.ts';
import { auditDecisions } from './decisions.ts';
import { DECIDED, withConnector } from './submission.fixture.ts';

test('a decision of the site is audited once, with who took it and when, and so is its end', async (t) => {
  const { context } = await openBench(t, withConnector({ successBeforeAcceptance: DECIDED }));
  await auditDecisions(context);
  await auditDecisions(context);
  const [source] = context.config.sources;
  assert.ok(source?.legacy);
  delete source.legacy.successBeforeAcceptance;
  await auditDecisions(context);
  const trail = await listAudit(context.pool, { subject: 'source:*|*', limit: 10 });
  assert.deepEqual(
    trail.map(({ action, reason, outcome }) => [action, reason, outcome]),
    [
      ['legacy.successBeforeAcceptance', null, 'withdrawn'],
      ['legacy.successBeforeAcceptance', 'Dr Martin, DIM, 2026-11-20', 'decided'],
    ],
  );
});
