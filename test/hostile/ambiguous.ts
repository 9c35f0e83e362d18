/**
 * T-R3: the request leaves, the answer is lost. Half of the submissions are cut before the DMP hears of them, half after
 * it has recorded them; nobody can tell which from our side. The tap on the wire proves that the DMP is asked before
 * anything goes again.
 */
import { seededRandom } from '../../src/ins/seeded-random.fixture.ts';
import { one } from '../../src/store/db.ts';
import { atLeast, atMost, type Finding, type HostileCase, none, noProblem, sizeOf } from './hostile-case.ts';
import { openFlow, statesOf } from './support/flow.ts';
import { type SoapTap, startSoapTap, type Treatment } from './support/soap-tap.ts';

const SUBMISSION = 'ProvideAndRegisterDocumentSet-b';
const QUESTION = 'RegistryStoredQuery';
/** Of the submissions. */
const CUT_SHARE = 60;
/** Of the questions about them: those are repeated. */
const CUT_QUESTIONS = 10;
const ASKS_BEFORE_RESEND = 2;

/** What happened to each document on the wire, in order. `S` sent, `s` sent and cut, `A` absent, `F` found, `q` cut. */
type Wire = Map<string, string>;

export const ambiguousOutcomes: HostileCase = {
  id: 'T-R3',
  title: 'the request leaves, the answer is lost',
  ci: { cases: 60, patients: 10 },
  full: { cases: 10_000, patients: 500 },
  async run(sizes, say) {
    const wire: Wire = new Map();
    const random = seededRandom(3);
    let calm = false;
    const treat = (action: string): Treatment => {
      if (calm) return 'pass';
      const share = action === SUBMISSION ? CUT_SHARE : action === QUESTION ? CUT_QUESTIONS : 0;
      if (random.below(100) >= share) return 'pass';
      return random.below(2) === 0 ? 'cut-before' : 'cut-after';
    };
    let tap: SoapTap | undefined;
    const flow = await openFlow({
      say,
      patients: sizeOf(sizes, 'patients'),
      adjust: (config) => ({
        ...config,
        // The circuit is the subject of T-R6; here it would only slow the cases down.
        ...(config.dmp && {
          dmp: {
            ...config.dmp,
            circuit: { failures: 100_000, probeAfterMs: 100 },
            reconciliation: { askAfterMs: 100, asksBeforeResend: ASKS_BEFORE_RESEND },
          },
        }),
      }),
      async between(peers, pki) {
        tap = await startSoapTap({
          pki,
          client: pki.authCli,
          target: peers.dmpUrl,
          treat: ({ action, uniqueIds }) => {
            const treatment = treat(action);
            note(wire, action, uniqueIds, treatment);
            return treatment;
          },
          answered: ({ action, uniqueIds }, answer, treatment) => {
            if (action === QUESTION && treatment === 'pass') noteAnswer(wire, uniqueIds, answer);
            return treatment;
          },
        });
        return { ...peers, dmpUrl: tap.url, close: tap.close };
      },
    });
    try {
      await flow.known();
      await flow.admit();
      await flow.qualified(120_000);
      let ambiguous = 0;
      for (let sent = 0; ambiguous < sizeOf(sizes, 'cases'); ) {
        const count = Math.min(500, Math.ceil((sizeOf(sizes, 'cases') - ambiguous) / (CUT_SHARE / 100)));
        await flow.send(count);
        await flow.drained(60_000 + count * 2_000);
        sent += count;
        ambiguous = cutSubmissions(wire);
        say(`${sent} documents, ${ambiguous} outcomes lost: ${await statesOf(flow.pool)}`);
      }
      calm = true;
      await flow.drained(60_000);
      return await conclude(flow, wire, ambiguous, sizeOf(sizes, 'cases'));
    } finally {
      await flow.close();
    }
  },
};

async function conclude(
  flow: Awaited<ReturnType<typeof openFlow>>,
  wire: Wire,
  ambiguous: number,
  wanted: number,
): Promise<Finding[]> {
  const verdict = await flow.verdict();
  const { count } = await one<{ count: number }>(
    flow.pool,
    `select count(*) as count from document where state in ('waiting', 'unknown', 'refused', 'withdrawn')`,
  );
  const blind = [...wire].filter(([, steps]) => !askedBeforeResend(steps));
  return [
    atLeast('ambiguous outcomes', ambiguous, wanted),
    none('lost', verdict.lost),
    none('duplicated', verdict.duplicated),
    atMost('share at a human desk', Number((count / ambiguous).toFixed(5)), 0.001),
    noProblem(
      'sent again before the DMP was asked',
      blind.map(([id, steps]) => `${id}: ${steps}`),
    ),
    noProblem('verdict', verdict.problems),
  ];
}

function cutSubmissions(wire: Wire): number {
  return [...wire.values()].reduce((sum, steps) => sum + [...steps].filter((step) => step === 's').length, 0);
}

function note(wire: Wire, action: string, uniqueIds: readonly string[], treatment: Treatment): void {
  const cut = treatment !== 'pass';
  // The answer to a question is noted when it is known.
  const step = action === SUBMISSION ? (cut ? 's' : 'S') : action === QUESTION && cut ? 'q' : '';
  // The first one is the document, the other the signature of the lot.
  const [document] = uniqueIds;
  if (step !== '' && document !== undefined) wire.set(document, (wire.get(document) ?? '') + step);
}

function noteAnswer(wire: Wire, [document]: readonly string[], answer: Buffer): void {
  if (document === undefined) return;
  const found = /<(?:\w+:)?(?:ExtrinsicObject|ObjectRef)\b/.test(answer.toString('latin1'));
  wire.set(document, (wire.get(document) ?? '') + (found ? 'F' : 'A'));
}

/** Each lost submission is followed by questions until one finds it, or until so many said that it is not there. */
export function askedBeforeResend(steps: string): boolean {
  return /^(s(q*A){2}q*)*(S|sq*(Aq*)?F)$/.test(steps);
}
