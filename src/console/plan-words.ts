/** Words and tones of the plan. */
import type { AnswerKind, Evidence, FigureForecast, Forecast, Verdict } from '../plan/index.ts';
import { verdictText } from '../plan/index.ts';
import { birthDate, number } from './format.ts';
import type { Tone, Word } from './words.ts';
import { capital } from './words.ts';

const TONES: Readonly<Record<Verdict['kind'], Tone>> = {
  done: 'ok',
  running: 'wait',
  todo: 'bad',
  'to-declare': 'doubt',
  'not-applicable': 'idle',
};

export function verdictWord(verdict: Verdict): Word {
  return { tone: TONES[verdict.kind], label: capital(verdictText(verdict)) };
}

export const ANSWERS: Readonly<Record<AnswerKind, Word>> = {
  yes: { tone: 'ok', label: 'Oui' },
  partly: { tone: 'wait', label: 'En partie' },
  no: { tone: 'bad', label: 'Non' },
  unknown: { tone: 'doubt', label: 'Pas encore vu' },
  'not-applicable': { tone: 'idle', label: 'Sans objet' },
};

export const CONTEXTS: Readonly<Record<1 | 2 | 3, string>> = {
  1: 'Contexte 1 : RI, DPI et PFI ici',
  2: 'Contexte 2 : RI dans la GAM, DPI et PFI ici',
  3: 'Contexte 3 : RI dans la GAM, DPI ailleurs, PFI ici',
};

export function percent(value: number): string {
  return `${number(value)}\u00a0%`;
}

/** « depuis le 23/11/2026 », or nothing. */
export function sinceText({ since }: Pick<Evidence, 'since'>): string {
  return since === null ? '' : `, depuis le ${birthDate(since.slice(0, 10))}`;
}

const FIGURES: Readonly<Record<FigureForecast['figure'], string>> = {
  qualified: 'Patients admis qualifiés',
  fed: 'Documents acceptés par le DMP',
};

/** One figure that the site aims at, and when it would be there. */
export function figureText({ figure, value, aim, forecast }: FigureForecast, deadline: string | null): string {
  const now = value === null ? 'rien à compter' : percent(value);
  return `${FIGURES[figure]} : ${now}, objectif ${percent(aim)}. ${forecastText(forecast, deadline, 'L’objectif est atteint.')}`;
}

/** The forecast against the deadline, in one sentence. */
export function forecastText(
  forecast: Forecast,
  deadline: string | null,
  reached = 'Les cinq étapes sont atteintes.',
): string {
  const due = deadline === null ? '' : ` Échéance choisie : ${birthDate(deadline)}.`;
  if (forecast.kind === 'reached') return reached;
  if (forecast.kind === 'none') return `Pas de prévision : ${forecast.why}.${due}`;
  const { day, earliest, latest, perWeek, points } = forecast;
  const range =
    latest === null
      ? `au plus tôt le ${birthDate(earliest)}, sans borne au plus tard`
      : `entre le ${birthDate(earliest)} et le ${birthDate(latest)}`;
  const verdict =
    deadline === null
      ? ''
      : day > deadline
        ? ' Au rythme actuel elle sera dépassée.'
        : latest === null || latest > deadline
          ? ' Elle serait tenue, sans certitude.'
          : ' Elle serait tenue.';
  return `Prévision : le ${birthDate(day)}, ${range} ; droite tracée sur ${points} relevés, ${number(perWeek)} points par semaine.${due}${verdict}`;
}
