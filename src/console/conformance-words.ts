/** Words of the rule packs, for their pages. */
import type { Rehearsal } from '../store/rehearsals.ts';
import type { JudgementOfPack, PackMode } from '../store/rule-packs.ts';
import { chip, fields } from './components.ts';
import { dateTime, number } from './format.ts';
import { type Html, html } from './html.ts';
import type { Word } from './words.ts';

export const PACK_MODES: Readonly<Record<PackMode, Word>> = {
  off: { tone: 'idle', label: 'Hors service' },
  observe: { tone: 'wait', label: 'Observation' },
  block: { tone: 'ok', label: 'Bloquant' },
};

export const REHEARSAL_STATES: Readonly<Record<Rehearsal['state'], Word>> = {
  running: { tone: 'wait', label: 'En cours' },
  done: { tone: 'ok', label: 'Terminée' },
  cancelled: { tone: 'idle', label: 'Arrêtée' },
};

const OUTCOMES: Readonly<Record<JudgementOfPack['outcome'], Word>> = {
  conformant: { tone: 'ok', label: 'Conforme' },
  failed: { tone: 'bad', label: 'Non conforme' },
  undecided: { tone: 'doubt', label: 'Contrôle non mené' },
};

const SHOWN = 20;

/** On the page of a document: what each pack said of it before it left. */
export function judgementsCard(judgements: readonly JudgementOfPack[]): Html | undefined {
  if (judgements.length === 0) return undefined;
  return html`<section class="card"><h2>Contrôles de conformité</h2>${judgements.map(
    ({ name, version, outcome, at, ms, failed, failures, ruleId }) =>
      html`<div class="card-head"><h3>${name} ${version}</h3>${chip(OUTCOMES[outcome])}</div>${fields([
        ['Le', dateTime(at)],
        ['Durée', `${number(ms)} ms`],
        ['Règle', ruleId !== null && html`<a href="/console/regles#${ruleId}">${ruleId}</a>`],
        ['Échecs', failed > 0 && number(failed)],
      ])}${
        failures.length > 0 &&
        html`<details class="behind"><summary>Ce qui n’est pas respecté</summary><ul>${failures
          .slice(0, SHOWN)
          .map(
            ({ location, text, entry }) =>
              html`<li><p>${text}</p><p class="mut"><code>${location}</code> · ${entry}</p></li>`,
          )}</ul></details>`
      }`,
  )}</section>`;
}
