/** What stands against a flow, what the shadow says of its documents, and who moved it. */
import { may } from '../api/access.ts';
import type { Lane } from '../config/migration-schema.ts';
import type { reportOf } from '../lanes/index.ts';
import { ruleById } from '../rules/catalogue.ts';
import type { LaneFlow, Move } from '../store/lanes.ts';
import { chip, empty, table } from './components.ts';
import { dateTime, number } from './format.ts';
import { type Html, html } from './html.ts';
import { canaryText, FLOWS, LANE_NAMES, OUTCOME_WORDS } from './lane-words.ts';
import type { Visit } from './visit.ts';
import { actorName, capital, french } from './words.ts';

type Report = Awaited<ReturnType<typeof reportOf>>;

export function blockingSection(next: Lane, against: Report['against']): Html {
  const title = `Ce qui bloque encore : ${LANE_NAMES[next]}`;
  if (against.length === 0)
    return html`<section class="card"><h2>${title}</h2><p>Rien : le flux est prêt pour cette voie.</p></section>`;
  return html`<section class="card list"><h2>${title}</h2>${table(
    title,
    [
      { label: 'Raison', wide: true },
      { label: 'Preuve' },
      { label: 'Qui corrige' },
      { label: 'Peut être passée outre' },
    ],
    against.map(({ rule, detail, absolute }) => [
      html`<a class="strong" href="/console/regles#${rule.id}">${rule.title}</a><br><span class="mut">${french(rule.remedy)}</span>`,
      detail,
      capital(rule.owner),
      absolute ? 'Non' : 'Par un administrateur',
    ]),
  )}</section>`;
}

export function shadowSection({ actor }: Visit, flow: LaneFlow, shadow: Report['shadow']): Html {
  const body =
    shadow.length === 0
      ? empty(
          'Aucun document vérifié à blanc',
          'À l’essai à blanc et au rodage, chaque document qui ne part pas d’ici est préparé et vérifié comme s’il partait.',
        )
      : table(
          'Résultat des essais à blanc, par règle',
          [{ label: 'Résultat' }, { label: 'Règle', wide: true }, { label: 'Documents', align: 'right' }],
          shadow.map(({ outcome, ruleId, documents }) => [
            chip(OUTCOME_WORDS[outcome]),
            ruleId === null ? html`<span class="mut">aucune</span>` : (ruleById(ruleId)?.title ?? ruleId),
            may(actor, 'documents.read')
              ? html`<a href="${FLOWS}/${flow.id}/essais?issue=${outcome}&amp;regle=${ruleId ?? ''}">${number(documents)}</a>`
              : number(documents),
          ]),
        );
  return html`<section class="card list"><h2>Essais à blanc</h2>${body}</section>`;
}

export function historySection(moves: readonly Move[]): Html {
  const body =
    moves.length === 0
      ? empty('Aucun changement de voie', 'Chaque changement paraîtra ici, daté, signé et motivé.')
      : table(
          'Historique des voies du flux',
          [{ label: 'Quand' }, { label: 'Par' }, { label: 'Changement' }, { label: 'Motif', wide: true }],
          moves.map(({ at, actor, from, to, canary, reason, overridden }) => [
            dateTime(at),
            actorName(actor),
            html`${LANE_NAMES[from]} → ${LANE_NAMES[to]}${canary !== null && html`<br><span class="mut">${canaryText(canary)}</span>`}`,
            html`${reason}${overridden.length > 0 && html`<br><span class="mut">Malgré : ${overridden.map((id) => ruleById(id)?.title ?? id).join(' ; ')}</span>`}`,
          ]),
        );
  return html`<section class="card list"><h2>Historique</h2>${body}</section>`;
}
