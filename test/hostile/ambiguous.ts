/**
 * T-R3: the request leaves, the answer is lost. Half of the submissions, replacements and deletions are cut before the DMP
 * hears of them, half after it has recorded them; nobody can tell which from our side. The tap on the wire proves that the
 * DMP is asked before anything goes again.
 */
import { seededRandom } from '../../src/ins/seeded-random.fixture.ts';
import { one } from '../../src/store/db.ts';
import { atLeast, atMost, type Finding, type HostileCase, none, noProblem, sizeOf } from './hostile-case.ts';
import { type Flow, openFlow, statesOf } from './support/flow.ts';
import { type Exchange, type SoapTap, startSoapTap, type Treatment } from './support/soap-tap.ts';

const SUBMISSION = 'ProvideAndRegisterDocumentSet-b';
const QUESTION = 'RegistryStoredQuery';
/** Of the submissions and deletions. */
const CUT_SHARE = 60;
/** Half of the cut ones go again: 60 + 0.3 × 60 + … of a hundred. */
const LOST_PER_MESSAGE = 0.85;
/** Of the questions about them: those are repeated. */
const CUT_QUESTIONS = 10;
const ASKS_BEFORE_RESEND = 2;
/** One document in so many is replaced, and its replacement deleted: half of what is sent. */
const CHAIN_EVERY = 4;

interface Wire {
  /**
   * What happened to each document, in order: `S` sent, `s` sent and cut, `D` deleted, `d` deletion cut; asked about, `A` absent,
   * `F` found, `X` found deleted, `q` question cut.
   */
  readonly steps: Map<string, string>;
  /** uniqueId by entryUUID. */
  readonly entries: Map<string, string>;
}

export const ambiguousOutcomes: HostileCase = {
  id: 'T-R3',
  title: 'the request leaves, the answer is lost',
  ci: { cases: 60, patients: 10 },
  full: { cases: 10_000, patients: 500 },
  async run(sizes, say) {
    const wire: Wire = { steps: new Map(), entries: new Map() };
    const random = seededRandom(3);
    let calm = false;
    const treat = ({ action, deletes }: Exchange): Treatment => {
      if (calm) return 'pass';
      const changes = action === SUBMISSION || deletes !== undefined;
      const share = changes ? CUT_SHARE : action === QUESTION ? CUT_QUESTIONS : 0;
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
          treat: (exchange) => {
            const treatment = treat(exchange);
            note(wire, exchange, treatment);
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
        const count = Math.min(500, Math.ceil((sizeOf(sizes, 'cases') - ambiguous) / LOST_PER_MESSAGE));
        sent += await sendRound(flow, count);
        ambiguous = countOf(wire, 's', 'd');
        say(`${sent} messages, ${ambiguous} outcomes lost: ${await statesOf(flow.pool)}`);
      }
      calm = true;
      await flow.drained(60_000);
      return await conclude(flow, wire, ambiguous, sizeOf(sizes, 'cases'));
    } finally {
      await flow.close();
    }
  },
};

/** About so many messages; each version has reached the DMP before the next one comes. Gives how many. */
async function sendRound(flow: Flow, count: number): Promise<number> {
  const documents = Math.ceil((count * 2) / 3);
  const changed = Math.ceil(documents / CHAIN_EVERY);
  const chains = flow.chains(changed);
  await flow.send(documents - changed);
  for (const rank of [0, 1, 2]) {
    await flow.deliver(chains.flatMap((chain) => chain[rank] ?? []));
    await flow.drained(60_000 + count * 2_000);
  }
  return documents + 2 * changed;
}

async function conclude(flow: Flow, wire: Wire, ambiguous: number, wanted: number): Promise<Finding[]> {
  const verdict = await flow.verdict();
  const { count } = await one<{ count: number }>(
    flow.pool,
    `select count(*) as count from document where state in ('waiting', 'unknown', 'refused', 'withdrawn')`,
  );
  const blind = [...wire.steps].filter(([, steps]) => !askedBeforeResend(steps));
  const lostDeletions = countOf(wire, 'd');
  return [
    atLeast('ambiguous outcomes', ambiguous, wanted),
    atLeast('of them, of deletions', lostDeletions, Math.floor(wanted / 20)),
    atLeast('replaced or deleted', verdict.superseded, lostDeletions),
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

function countOf({ steps }: Wire, ...wanted: readonly string[]): number {
  return [...steps.values()].reduce((sum, done) => sum + [...done].filter((step) => wanted.includes(step)).length, 0);
}

function note(wire: Wire, { action, uniqueIds, deletes }: Exchange, treatment: Treatment): void {
  const cut = treatment !== 'pass';
  // The first one is the document, the other the signature of the lot.
  const [document] = uniqueIds;
  if (deletes !== undefined) add(wire, wire.entries.get(deletes) ?? deletes, cut ? 'd' : 'D');
  else if (action === SUBMISSION) add(wire, document, cut ? 's' : 'S');
  // The answer to a question is noted when it is known.
  else if (action === QUESTION && cut) add(wire, document, 'q');
}

function noteAnswer(wire: Wire, [document]: readonly string[], answer: Buffer): void {
  if (document === undefined) return;
  const entry = /<(?:\w+:)?ExtrinsicObject\b[^>]*>/.exec(answer.toString('latin1'))?.[0];
  const id = /\bid="([^"]+)"/.exec(entry ?? '')?.[1];
  if (id !== undefined) wire.entries.set(id, document);
  add(wire, document, entry === undefined ? 'A' : /\bstatus="[^"]*:Deleted"/.test(entry) ? 'X' : 'F');
}

function add({ steps }: Wire, document: string | undefined, step: string): void {
  if (document !== undefined) steps.set(document, (steps.get(document) ?? '') + step);
}

/**
 * Each lost submission is followed by questions until one finds it, or until so many said that it is not there; each lost
 * deletion until one finds it done, or until so many said that the document is still alive. Later versions ask as well.
 */
export function askedBeforeResend(steps: string): boolean {
  return /^(s(q*A){2}q*)*(S|sq*(Aq*)?F)[Fq]*((d(q*F){2,}q*)*(D|dq*(Fq*)*[AX])[Xq]*)?$/.test(steps);
}
