/** « Rejeu d’une transition » : started by a visitor of the demonstration, watched, and its measures. */
import { may } from '../api/access.ts';
import { apiRules } from '../rules/api.ts';
import { actionForm, empty, fields, notice } from './components.ts';
import { dateTime, number } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';

const REPLAY_PATH = '/console/migration/rejeu';

export interface ReplaySize {
  readonly establishments: number;
  readonly documents: number;
  readonly months: number;
}

/** What `npm run transition -- --json` prints (issue 6). */
export interface ReplayMeasures extends Omit<ReplaySize, 'months'> {
  readonly products: number;
  readonly accepted: number;
  readonly duplicated: number;
  readonly lost: number;
  readonly longestGapMs: number;
  readonly v1Before: number;
  readonly v2After: number;
  readonly td00Forwarded: number;
  readonly inscForwarded: number;
}

export type ReplayState =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'running';
      readonly size: ReplaySize;
      readonly startedAt: Date;
      readonly week: number;
      readonly weeks: number;
      readonly said: string;
    }
  /** `problems`: what the replay found wrong, in its words. */
  | {
      readonly kind: 'measured';
      readonly size: ReplaySize;
      readonly endedAt: Date;
      readonly measures: ReplayMeasures;
      readonly problems: readonly string[];
    }
  | { readonly kind: 'failed'; readonly size: ReplaySize; readonly endedAt: Date; readonly said: string };

/** Whoever can run a replay beside this console. */
export interface ReplayDesk {
  state(): ReplayState;
  /** Does nothing while one runs. */
  start(size: ReplaySize): void;
}

const SIZES: Readonly<Record<string, ReplaySize & { readonly label: string }>> = {
  petit: { establishments: 5, documents: 50, months: 3, label: 'Petit rejeu' },
  moyen: { establishments: 20, documents: 400, months: 3, label: 'Rejeu moyen' },
  entier: { establishments: 40, documents: 2_000, months: 6, label: 'Rejeu entier' },
};
const REFRESH_SECONDS = 3;

/** `desk`: absent where nothing can run one. */
export function replayPages(desk: ReplayDesk | undefined): readonly PageDefinition[] {
  if (desk === undefined) return [];
  return [
    { method: 'GET', path: REPLAY_PATH, permission: 'flows.read', answer: async (visit) => show(desk, visit) },
    {
      method: 'POST',
      path: REPLAY_PATH,
      permission: 'lanes.move',
      whole: true,
      answer: async ({ form }) => {
        const size = Object.hasOwn(SIZES, form('taille')) ? SIZES[form('taille')] : undefined;
        if (size === undefined)
          return { kind: 'refused', refusal: { rule: apiRules.invalidRequest, detail: 'taille' } };
        const { label: _, ...asked } = size;
        desk.start(asked);
        return { kind: 'redirect', to: REPLAY_PATH };
      },
    },
  ];
}

function show(desk: ReplayDesk, visit: Visit): Answer {
  const state = desk.state();
  const running = state.kind === 'running';
  const body = html`${heading(
    'Rejeu d’une transition',
    html`<p>Des hôpitaux fictifs alimentent par l’API V1 ou par TD0.0, puis basculent un à un vers l’API V2 avec INS qualifiée, pannes d’INSi et du DMP comprises. Le rejeu a sa base, sa passerelle et ses simulateurs : rien ne se mêle à cette démonstration.</p>`,
    html`<a href="/console/migration">Migration</a>`,
  )}
<section class="card"><h2>${running ? 'En cours' : 'Dernier rejeu'}</h2>${stateOf(state)}</section>
${
  !running &&
  may(visit.actor, 'lanes.move') &&
  visit.actor.eg === null &&
  html`<section class="card"><h2>Lancer</h2>${Object.entries(SIZES).map(([name, size]) =>
    actionForm(
      { action: REPLAY_PATH, csrf: visit.session.csrf },
      html`<input type="hidden" name="taille" value="${name}"><p>${sizeWords(size)}.</p><div class="field-actions"><button type="submit" class="btn">${size.label}</button></div>`,
    ),
  )}</section>`
}`;
  const title = 'Rejeu d’une transition';
  return { kind: 'page', title, section: 'migration', body, ...(running && { refreshSeconds: REFRESH_SECONDS }) };
}

function sizeWords({ establishments, documents, months }: ReplaySize): string {
  return `${number(establishments)} établissements, ${number(documents)} documents, ${months} mois`;
}

function stateOf(state: ReplayState): Html {
  switch (state.kind) {
    case 'none':
      return empty('Aucun rejeu', 'Lancez-en un : ses mesures paraîtront ici.');
    case 'running':
      return html`<p>${sizeWords(state.size)}, depuis le ${dateTime(state.startedAt)}.</p>
<p><progress max="${state.weeks}" value="${state.week}">semaine ${state.week} sur ${state.weeks}</progress></p>
<p role="status">${state.said}</p>`;
    case 'measured':
      return html`<p>${sizeWords(state.size)}, terminé le ${dateTime(state.endedAt)}.</p>${measures(state.measures)}${
        state.problems.length > 0 &&
        notice(
          'bad',
          'Ce que le rejeu a trouvé',
          html`<ul>${state.problems.map((each) => html`<li>${each}</li>`)}</ul>`,
        )
      }`;
    case 'failed':
      return notice('bad', `Interrompu le ${dateTime(state.endedAt)}`, html`<p>${state.said}</p>`);
  }
}

function measures(found: ReplayMeasures): Html {
  return fields([
    ['Établissements', number(found.establishments)],
    ['Produits d’hier', number(found.products)],
    ['Documents à envoyer', number(found.documents)],
    ['Acceptés par le DMP', number(found.accepted)],
    ['En double', number(found.duplicated)],
    ['Perdus', number(found.lost)],
    ['Plus longue interruption à une bascule', `${number(found.longestGapMs)} ms`],
    ['Premier mois, par les voies d’hier', `${number(found.v1Before)} %`],
    ['Dernier mois, par l’API V2 avec INS qualifiée', `${number(found.v2After)} %`],
    ['TD0.0 transmis par la passerelle', number(found.td00Forwarded)],
    ['INS-C transmis par la passerelle', number(found.inscForwarded)],
  ]);
}
