/** What takes a walk through many rows: the share of refusals, and the two chains of proof, link by link. */
import type { UseCaseContext } from '../../queue/context.ts';
import { alertRules } from '../../rules/alerts.ts';
import { refusalShares } from '../../store/observations.ts';
import { CHAIN_START, type Chain, type ChainMark, verifyChainAfter } from '../../store/proofs.ts';
import { CHAIN_NAMES, type Finding, minutesBefore, type Observation } from './finding.ts';

const EVERY_MS = 5 * 60_000;
const LINKS_AT_A_TIME = 5_000;
const HOUR_MINUTES = 60;
const WEEK_MINUTES = 7 * 1_440;

/** Looks at most every five minutes, and gives what it last found meanwhile. One for each process. */
export function createSlowLook(context: UseCaseContext): () => Promise<Observation> {
  const chains: Readonly<Record<Chain, ChainWatch>> = { ledger: chainWatch('ledger'), audit: chainWatch('audit') };
  let last: { at: number; observation: Observation } | undefined;
  return async () => {
    const at = context.now().getTime();
    if (last !== undefined && at - last.at < EVERY_MS) return last.observation;
    const broken: Finding[] = [];
    for (const watch of Object.values(chains)) broken.push(...(await watch.step(context)));
    const walked = Object.values(chains).every(({ walkedWhole }) => walkedWhole());
    const observation: Observation = {
      findings: [...(await refusals(context)), ...broken],
      // Another process may have found a break where this one has not been yet.
      undetermined: walked ? [] : [alertRules.chainBroken],
    };
    last = { at, observation };
    return observation;
  };
}

async function refusals({ pool, config, now }: UseCaseContext): Promise<Finding[]> {
  const { minimum, documents, share, times } = config.alerts.thresholds.refusals;
  const since = { recent: minutesBefore(now(), HOUR_MINUTES), earlier: minutesBefore(now(), WEEK_MINUTES) };
  return (await refusalShares(pool, since)).flatMap((counts): Finding[] => {
    const recent = counts.recent === 0 ? 0 : counts.recentRefused / counts.recent;
    const usual = counts.earlier === 0 ? 0 : counts.earlierRefused / counts.earlier;
    if (counts.recent + counts.earlier < documents) return [];
    if (counts.recentRefused < minimum || recent < share || recent < usual * times) return [];
    const detail = `${counts.recentRefused} refus sur ${counts.recent} documents depuis une heure (${percent(recent)}), ${percent(usual)} les sept jours précédents`;
    const { eg } = counts;
    return [{ rule: alertRules.refusalsJump, subject: `Établissement ${eg}`, severity: 'warning', detail, eg }];
  });
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

interface ChainWatch {
  step(context: UseCaseContext): Promise<Finding[]>;
  /** From the first link to the last since this process started, without a break. */
  walkedWhole(): boolean;
}

function chainWatch(chain: Chain): ChainWatch {
  let mark: ChainMark = CHAIN_START;
  let whole = false;
  return {
    step: async ({ pool }) => {
      const { mark: reached, brokenAt } = await verifyChainAfter(pool, chain, mark, LINKS_AT_A_TIME);
      mark = reached;
      if (brokenAt === undefined) {
        whole ||= reached === CHAIN_START;
        return [];
      }
      whole = false;
      const detail = `rompue au maillon ${brokenAt}`;
      return [{ rule: alertRules.chainBroken, subject: CHAIN_NAMES[chain], severity: 'critical', detail }];
    },
    walkedWhole: () => whole,
  };
}
