/** Property: whatever happens in whatever order, nothing leaves under an identity that is not QUAL at that moment. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  found,
  foundUnder,
  INSI_102,
  NOBODY,
  openBench,
  SEVERAL,
  type UseCaseBench,
} from '../../test/support/use-case-bench.ts';
import {
  changeStatus,
  correctTraits,
  openCorrection,
  recordDeviceCheck,
  requestInsiSearch,
  settleReceivedTraits,
} from '../identity/index.ts';
import { seededRandom } from '../ins/seeded-random.fixture.ts';
import { dmpRules } from '../rules/dmp.ts';
import { many } from '../store/db.ts';
import { openDiscrepancies } from '../store/discrepancies.ts';
import { historyOf } from '../store/identity-history.ts';
import type { SubmitOutcome } from '../wire/dmp/outcome.ts';
import type { InsiOutcome } from '../wire/insi/outcome.ts';
import type { InsiQuery } from '../wire/insi/query.ts';

const SEEDS = [1, 2, 3, 4, 5];
const STEPS = 120;
const ACTOR = 'user:claire';
const CELL = { name: ACTOR, settles: true };

type Random = ReturnType<typeof seededRandom>;

const NAMES = { P1: 'PAT-TROIS', P2: 'PAT-QUATRE' } as const;

/** Usually the right person, under the right number; sometimes anything else. */
function insiAnswer({ birthName }: InsiQuery, random: Random): InsiOutcome {
  const right =
    birthName === 'PAT-TROIS'
      ? found()
      : found({ birthName }, random.pick(['2750763220829', '2750763220829', '2790351215189']));
  return random.below(3) > 0 ? right : random.pick(INSI);
}

const INSI: readonly [InsiOutcome, ...InsiOutcome[]] = [
  NOBODY,
  SEVERAL,
  INSI_102,
  found({ birthName: 'AUTRE' }),
  found({}, '2790363220829'),
  foundUnder('2790363220829'),
];
const DMP: readonly [SubmitOutcome, ...SubmitOutcome[]] = [
  { kind: 'accepted', warnings: [] },
  { kind: 'ambiguous', class: 'ambiguous', refusal: { rule: dmpRules.outcomeUnknown } },
  { kind: 'not-sent', class: 'transient', refusal: { rule: dmpRules.unreachable } },
  {
    kind: 'refused',
    class: 'permanent',
    errors: [],
    refusal: { rule: dmpRules.XDSPatientIdDoesNotMatch },
  },
];

/** One thing that a hospital, a person, INSi or the DMP may do: mostly ordinary work, sometimes what undoes it. */
async function act(bench: UseCaseBench, random: Random): Promise<void> {
  const { context } = bench;
  const ipp = random.pick(['P1', 'P2'] as const);
  const birthName = ipp === 'P1' || random.below(4) > 0 ? NAMES[ipp] : 'PAT-CINQ';
  const patient = { ipp, birthName };
  const { id } = await bench.identity(ipp);
  const attribute = random.pick(['douteuse', 'homonyme', 'fictive'] as const);
  const change = (action: Parameters<typeof changeStatus>[2]) => changeStatus(context, id, action, CELL);
  const side = random.pick(['identity', 'sender', 'document', 'registry'] as const);
  const shown = random.below(2) === 0 ? {} : { device: { documentType: 'PA', checkedAt: '2026-11-23' } };
  const check = { documentType: 'CN', checkedAt: '2026-11-23', coherent: true };
  const everything = () => bench.run('insi', 'release', 'document', 'deliver', 'reconcile');
  const mend = async (): Promise<void> => {
    for (const is of ['douteuse', 'fictive'] as const)
      await change({ action: 'clear-attribute', attribute: is, reason: 'r' });
    await bench.admit({ event: 'A31', patient, consent: { feeding: 'INO', consultation: 'NA' } });
    await correctTraits(context, id, { birthName: NAMES[ipp], sex: 'F', unlock: true, reason: 'r' }, CELL);
    await recordDeviceCheck(context, id, check, ACTOR);
    await requestInsiSearch(context, id, ACTOR);
  };
  const undo: readonly [() => Promise<unknown>, ...(() => Promise<unknown>)[]] = [
    () => bench.admit({ event: 'A31', patient: { ...patient, status: 'PROV' } }),
    () => bench.admit({ event: 'A31', patient: { ...patient, statusCodes: [random.pick(['DOUT', 'FICT', 'HOMD'])] } }),
    () => bench.admit({ patient, consent: { feeding: 'IO', consultation: 'NA' } }),
    () => change({ action: 'set-attribute', attribute, reason: 'r' }),
    () => change({ action: 'downgrade', to: random.pick(['PROV', 'VALI']), reason: 'r' }),
    () => correctTraits(context, id, { sex: random.pick(['M', 'F']), unlock: true, reason: 'r', ...shown }, CELL),
    () =>
      openCorrection(context, id, { side, document: { birthDate: '1979-03-29' }, deviceType: 'CN', reason: 'r' }, CELL),
    async () => {
      const [open] = await openDiscrepancies(context.pool, id, null);
      const decision = random.pick(['keep', 'adopt'] as const);
      if (open !== undefined) await settleReceivedTraits(context, open.id, { decision, reason: 'r', ...shown }, CELL);
    },
  ];
  const work: typeof undo = [
    () => bench.admit({ event: random.pick(['A01', 'A08', 'A31']), patient }),
    () => bench.file({ patient }),
    () => bench.file({ patient }),
    () => bench.run(random.pick(['insi', 'release', 'document', 'deliver', 'reconcile'])),
    everything,
    everything,
    mend,
    mend,
  ];
  await random.pick(random.below(4) === 0 ? undo : work)();
  bench.advance(60_000);
}

/** What the history says the status is: the last one written. */
async function statusInHistory(bench: UseCaseBench, id: string): Promise<unknown> {
  const entries = await historyOf(bench.context.pool, id);
  const statuses = entries.flatMap(({ after }) =>
    typeof after === 'object' && after !== null && 'status' in after ? [after.status] : [],
  );
  return statuses.at(-1);
}

for (const seed of SEEDS) {
  test(`nothing leaves unqualified, and the history explains every status (seed ${seed})`, async (t) => {
    const bench = await openBench(t);
    const random = seededRandom(seed);
    await bench.admit();
    await bench.admit({ patient: { ipp: 'P2', birthName: 'PAT-QUATRE', status: 'PROV' } });
    bench.insi.answer = (query) => insiAnswer(query, random);
    let sent = 0;
    bench.dmp.submitAnswer = async () => {
      sent += 1;
      const frozen = await many<{ status: string; same: boolean; blocked: boolean; opposed: boolean }>(
        bench.context.pool,
        `select i.status, (i.matricule = d.sent_matricule and i.oid = d.sent_oid) as same,
           (i.douteuse or i.fictive) as blocked, i.feed_opposition as opposed
         from delivery d join document o on o.id = d.document_id join identity i on i.id = o.identity_id
         where d.state = 'sending'`,
      );
      assert.deepEqual(frozen, [{ status: 'QUAL', same: true, blocked: false, opposed: false }]);
      const [entry] = bench.dmp.submitted.at(-1)?.documents ?? [];
      assert.ok(entry && Buffer.from(entry.bytes).includes(entry.entry.patient.ins.matricule));
      return random.pick(DMP);
    };
    for (let step = 0; step < STEPS; step++) {
      await act(bench, random);
      for (const ipp of ['P1', 'P2']) {
        const identity = await bench.identity(ipp);
        assert.equal(await statusInHistory(bench, identity.id), identity.status, `step ${step}, ${ipp}`);
        const retrieved = identity.status === 'QUAL' || identity.status === 'RECUP';
        assert.equal(identity.matricule !== null, retrieved, `step ${step}, ${ipp}`);
        const asked = (await bench.tasks()).some(({ kind }) => kind === 'insi');
        assert.ok(identity.insiState !== 'queued' || asked, `step ${step}, ${ipp}: a question that nobody will ask`);
      }
    }
    const twice = await many(bench.context.pool, 'select document_id from ledger group by 1 having count(*) > 1');
    assert.deepEqual(twice, []);
    const unproven = await many(
      bench.context.pool,
      `select 1 from delivery d where state = 'accepted' and not exists (select 1 from ledger l where l.document_id = d.document_id)`,
    );
    assert.deepEqual(unproven, []);
    t.diagnostic(`${sent} sendings`);
    assert.ok(sent > 0, 'this seed proves nothing');
  });
}
