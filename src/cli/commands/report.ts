/** `report`: the counters of the feed of a running instance and, with DATABASE_URL, the integrity of its two chains. */
import { z } from 'zod';
import { openPool } from '../../store/db.ts';
import { type Chain, verifyChain } from '../../store/proofs.ts';
import { type RestoreReport, restoreReport } from '../../store/restored.ts';
import { codeOf, type Outcome } from '../outcome.ts';
import { restClient } from '../rest.ts';
import { readRuntime } from '../runtime.ts';
import { table } from '../table.ts';

export interface ReportOptions {
  readonly data: string;
  readonly from?: string;
  readonly to?: string;
  readonly establishment?: string;
}

const indicatorsView = z.object({
  from: z.string(),
  to: z.string(),
  establishment: z.string().nullable(),
  documentsReceived: z.number(),
  documentsByState: z.record(z.string(), z.number()),
  acceptedWithQualifiedIns: z.number(),
  acceptedByType: z.record(z.string(), z.number()),
  replacements: z.number(),
  deletions: z.number(),
  activeIdentities: z.number(),
  qualifiedIdentities: z.number(),
  qualifiedRate: z.number().nullable(),
  medianSecondsToAcceptance: z.number().nullable(),
});
type IndicatorsView = z.infer<typeof indicatorsView>;

/** French names of the document states (design.md 10). */
const STATES: Readonly<Record<string, string>> = {
  received: 'reçus',
  unreadable: 'illisibles',
  waiting: 'en attente',
  ready: 'prêts',
  sending: "en cours d'envoi",
  accepted: 'acceptés par le DMP',
  refused: 'refusés',
  unknown: "d'issue inconnue",
  withdrawn: 'retirés',
  replaced: 'remplacés',
  deleted: 'supprimés',
};

export async function report(options: ReportOptions, databaseUrl: string | undefined): Promise<Outcome> {
  const reading = await readRuntime(options.data);
  if (!reading.ok) return failure(`Rapport impossible : ${reading.reason}.`);
  const { api, token } = reading.runtime;
  const answer = await restClient(api, token).get(`/indicators${queryOf(options)}`);
  if (answer.kind === 'unreachable') return failure(`L'instance ne répond pas (${answer.reason}).`);
  if (answer.kind === 'refused') return failure(`${answer.problem.rule} ${answer.problem.title}.`);
  const indicators = indicatorsView.parse(answer.body);
  const chains = databaseUrl === undefined ? [] : await verifyChains(databaseUrl);
  const restored = databaseUrl === undefined ? undefined : await readRestored(databaseUrl);
  return {
    code: chains.every((chain) => chain.holds) && (restored?.unexplained ?? 0) === 0 ? 0 : 1,
    lines: [
      `Période : du ${indicators.from} au ${indicators.to} exclu ; établissement : ${indicators.establishment ?? 'tous'}`,
      '',
      ...table(
        ['Indicateur', 'Valeur'],
        [...rowsOf(indicators), ...chains.map(({ title, text }) => [title, text]), ...restoredRows(restored)],
      ),
      ...(databaseUrl === undefined
        ? ['', 'Chaînes de preuve non vérifiées : indiquez la base dans DATABASE_URL.']
        : []),
    ],
    result: { indicators, chains: databaseUrl === undefined ? null : chains, restored: restored ?? null },
  };
}

function failure(message: string): Outcome {
  return { code: 1, lines: [message], result: { error: message } };
}

function queryOf(period: Pick<ReportOptions, 'from' | 'to' | 'establishment'>): string {
  const query = new URLSearchParams();
  for (const name of ['from', 'to', 'establishment'] as const) {
    const value = period[name];
    if (value !== undefined) query.set(name, value);
  }
  return query.size === 0 ? '' : `?${query}`;
}

function rowsOf(view: IndicatorsView): string[][] {
  const { qualifiedRate, medianSecondsToAcceptance } = view;
  return [
    ['Documents reçus', String(view.documentsReceived)],
    ...Object.entries(view.documentsByState).map(([state, count]) => [`  ${STATES[state] ?? state}`, String(count)]),
    ['Acceptés avec INS qualifiée (registre des preuves)', String(view.acceptedWithQualifiedIns)],
    ...Object.entries(view.acceptedByType).map(([type, count]) => [`  type ${type}`, String(count)]),
    ['Remplacements acceptés', String(view.replacements)],
    ['Suppressions acceptées', String(view.deletions)],
    ['Identités actives', String(view.activeIdentities)],
    ['Identités qualifiées', String(view.qualifiedIdentities)],
    ['Taux de qualification', qualifiedRate === null ? 'sans objet' : `${decimal(qualifiedRate * 100)} %`],
    [
      "Délai médian jusqu'à l'acceptation",
      medianSecondsToAcceptance === null ? 'sans objet' : `${decimal(medianSecondsToAcceptance)} s`,
    ],
  ];
}

function decimal(value: number): string {
  return value.toFixed(1).replace('.', ',');
}

/** Undefined where nothing was restored. */
async function readRestored(url: string): Promise<RestoreReport | undefined> {
  const pool = openPool(url, 1, () => undefined);
  try {
    const report = await restoreReport(pool);
    return report.restored === 0 ? undefined : report;
  } finally {
    await pool.end();
  }
}

function restoredRows(report: RestoreReport | undefined): string[][] {
  if (report === undefined) return [];
  return [
    ['Envois restaurés, à rapprocher du DMP', String(report.restored)],
    ['  déjà au DMP, non renvoyés', String(report.held)],
    ['  absents du DMP, envoyés ou à envoyer', String(report.absent)],
    ['  terminés sans envoi', String(report.ended)],
    ['  pas encore demandés', String(report.toAsk)],
    ['  inexpliqués', String(report.unexplained)],
  ];
}

interface ChainReport {
  readonly chain: Chain;
  readonly title: string;
  readonly holds: boolean;
  readonly text: string;
}

const CHAIN_TITLES: Readonly<Record<Chain, string>> = {
  ledger: 'Chaîne du registre des preuves',
  audit: 'Chaîne du journal des accès',
};

async function verifyChains(url: string): Promise<ChainReport[]> {
  const pool = openPool(url, 1, () => undefined);
  try {
    return [await verify('ledger'), await verify('audit')];
  } finally {
    await pool.end();
  }

  async function verify(chain: Chain): Promise<ChainReport> {
    const title = CHAIN_TITLES[chain];
    try {
      const { links, brokenAt } = await verifyChain(pool, chain);
      if (brokenAt === undefined) return { chain, title, holds: true, text: `intègre, ${links} maillon(s)` };
      return { chain, title, holds: false, text: `ROMPUE au maillon ${brokenAt}` };
    } catch (error) {
      return { chain, title, holds: false, text: `non vérifiable (${codeOf(error)})` };
    }
  }
}
