/** What the pages of the proof share: the period that is asked for, and how it is said. */
import type { Forecast } from '../proof/index.ts';
import { parisDayAfter, parisDayOf, parisMidnight, windowsOf } from '../proof/index.ts';
import type { ProofWindow } from '../store/proof-windows.ts';
import { establishmentChoices } from './establishments.ts';
import { number } from './format.ts';
import { nextDay, parisDay } from './period.ts';
import type { Visit } from './visit.ts';

export const PROOF_PATH = '/console/preuve';
const DAYS_BY_DEFAULT = 183;
const DAY_MS = 86_400_000;

export interface AskedProof {
  readonly from: Date;
  /** Excluded. */
  readonly to: Date;
  readonly ej: string | undefined;
  readonly eg: string | undefined;
  readonly window: ProofWindow | undefined;
}

/** Legal entities that this person may look at. */
export function legalEntities({ gateway, actor }: Visit): { value: string; label: string }[] {
  return gateway.config.legalEntities
    .filter(
      ({ geographicEntities }) => actor.eg === null || geographicEntities.some(({ finess }) => finess === actor.eg),
    )
    .map(({ finess, name }) => ({ value: finess, label: name }));
}

export async function windowChoices(visit: Visit): Promise<readonly ProofWindow[]> {
  return windowsOf(
    visit.gateway.pool,
    legalEntities(visit).map(({ value }) => value),
  );
}

/** Undefined for a period that is none, or an establishment that is not this person's. */
export function askedOf(visit: Visit, windows: readonly ProofWindow[]): AskedProof | undefined {
  const { query, actor, now, gateway } = visit;
  const window = windows.find(({ id }) => id === query('fenetre'));
  const [ej, eg] = [query('ej'), query('etablissement')];
  const knownEj = ej === '' || legalEntities(visit).some(({ value }) => value === ej);
  const knownEg = eg === '' || establishmentChoices(gateway.config, actor.eg).some(({ value }) => value === eg);
  if (!knownEj || !knownEg) return undefined;
  const place = { ej: window?.ej ?? (ej === '' ? undefined : ej), eg: eg === '' ? (actor.eg ?? undefined) : eg };
  if (window !== undefined)
    return { ...place, window, from: parisMidnight(window.firstDay), to: parisDayAfter(window.lastDay) };
  const last = query('au') === '' ? now : parisDay(query('au'));
  const to = last && nextDay(last);
  const from =
    query('du') === '' ? to && monthStart(new Date(to.getTime() - DAYS_BY_DEFAULT * DAY_MS)) : parisDay(query('du'));
  return from === undefined || to === undefined || to <= from ? undefined : { ...place, from, to, window: undefined };
}

function monthStart(at: Date): Date {
  return parisMidnight(`${parisDayOf(at).slice(0, 7)}-01`);
}

/** The address of another view of the same question. */
export function address(visit: Visit, path: string, changed: Readonly<Record<string, string>> = {}): string {
  const names = ['fenetre', 'du', 'au', 'ej', 'etablissement'];
  const kept = Object.fromEntries(names.map((name) => [name, visit.query(name)]));
  const all = Object.entries({ ...kept, ...changed }).filter(([, value]) => value !== '');
  const query = new URLSearchParams(all).toString();
  return query === '' ? path : `${path}?${query}`;
}

const NO_FORECAST: Readonly<Record<Extract<Forecast, { kind: 'none' }>['reason'], string>> = {
  over: 'fenêtre close',
  'not-started': 'fenêtre à venir',
  'too-few-weeks': 'moins de quatre semaines observées',
  stopped: 'aucun document la dernière semaine',
};

export function forecastWords(forecast: Forecast): string {
  if (forecast.kind === 'none') return `Pas de prévision : ${NO_FORECAST[forecast.reason]}`;
  const { low, likely, high, weeks } = forecast;
  return `${number(likely)} (de ${number(low)} à ${number(high)}, 8 chances sur 10, d’après ${weeks} semaines)`;
}

export const DESTINATIONS: Readonly<Record<string, string>> = {
  DMP: 'DMP',
  'MSSANTE-PS': 'MSSanté, professionnels',
  'MSSANTE-PATIENT': 'MSSanté, usagers',
};
