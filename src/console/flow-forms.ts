/** Forward and back, with the reason that is asked of whoever moves a flow. */
import { may } from '../api/access.ts';
import type { Lane } from '../config/migration-schema.ts';
import type { LaneFlow } from '../store/lanes.ts';
import { actionForm, notice } from './components.ts';
import { type Html, html } from './html.ts';
import { FLOWS, LANE_NAMES, LANE_SENTENCES } from './lane-words.ts';
import type { Visit } from './visit.ts';

interface Ways {
  readonly next: Lane | undefined;
  readonly earlier: readonly Lane[];
  readonly against: readonly { readonly absolute: boolean }[];
}

export function moveForms(visit: Visit, flow: LaneFlow, { next, earlier, against }: Ways): Html {
  return html`<section class="card"><h2>Changer de voie</h2>
${next !== undefined && forward(visit, flow, next, against)}
${flow.lane === 'canary' && behind('Changer la règle du rodage', oneForm(visit, flow, 'canary', 'Changer la règle', canaryFields('regle', flow)))}
${earlier.map((lane) => behind(`Revenir à : ${LANE_NAMES[lane]}`, html`<p>${LANE_SENTENCES[lane]} Ce qui est déjà parti par l’API V2 y reste.</p>${oneForm(visit, flow, lane, `Revenir à : ${LANE_NAMES[lane]}`)}`))}</section>`;
}

function behind(summary: string, body: Html): Html {
  return html`<details class="behind"><summary>${summary}</summary>${body}</details>`;
}

function forward(visit: Visit, flow: LaneFlow, next: Lane, against: Ways['against']): Html {
  const label = `Faire avancer : ${LANE_NAMES[next]}`;
  const rule = next === 'canary' ? canaryFields('avance', flow) : html``;
  if (against.length === 0)
    return html`<p>${LANE_SENTENCES[next]}</p>${oneForm(visit, flow, next, label, rule, 'btn main')}`;
  if (against.some(({ absolute }) => absolute))
    return notice(
      'wait',
      'Le flux ne peut pas encore avancer',
      html`<p>Une raison ci-dessus ne peut être passée outre par personne.</p>`,
    );
  if (!may(visit.actor, 'lanes.override'))
    return notice(
      'wait',
      'Le flux ne peut pas encore avancer',
      html`<p>Lever les raisons ci-dessus, ou demander à un administrateur de passer outre.</p>`,
    );
  return behind(
    'Avancer malgré les raisons ci-dessus',
    html`<p>Les raisons passées outre sont inscrites dans l’historique avec votre motif.</p>${oneForm(
      visit,
      flow,
      next,
      label,
      html`${rule}<input type="hidden" name="outre" value="oui">`,
    )}`,
  );
}

function oneForm(visit: Visit, flow: LaneFlow, to: Lane, label: string, more: Html = html``, button = 'btn'): Html {
  const name = `${to}-${label.startsWith('Faire') ? 'avance' : 'autre'}`;
  return actionForm(
    { action: `${FLOWS}/${flow.id}/voie`, csrf: visit.session.csrf },
    html`<input type="hidden" name="vers" value="${to}"><input type="hidden" name="revision" value="${flow.revision}">${more}
<div class="field"><label for="motif-${name}">Motif</label><input id="motif-${name}" name="motif" required maxlength="500" autocomplete="off"></div>
<div class="field-actions"><button type="submit" class="${button}">${label}</button></div>`,
  );
}

/** `name`: makes the ids of a page's two forms different. */
function canaryFields(name: string, { canary }: LaneFlow): Html {
  const services = canary !== null && 'services' in canary ? canary.services.join(' ') : '';
  const share = canary !== null && 'percentage' in canary ? String(canary.percentage) : '10';
  const byServices = services !== '';
  return html`<fieldset><legend>Quels documents partent par l’API V2</legend>
<label class="choice"><input type="radio" name="regle" value="part"${!byServices && html` checked`}> <span>Une part des documents</span></label>
<div class="field"><label for="pourcent-${name}">Part, en pour cent</label><input id="pourcent-${name}" name="part" inputmode="decimal" maxlength="5" value="${share}" aria-describedby="aide-part-${name}"><p class="hint" id="aide-part-${name}">Choisis par leur identifiant : un remplacement suit toujours son original.</p></div>
<label class="choice"><input type="radio" name="regle" value="services"${byServices && html` checked`}> <span>Les documents de certains services</span></label>
<div class="field"><label for="codes-${name}">Codes des unités</label><input id="codes-${name}" name="services" maxlength="500" value="${services}" autocomplete="off" placeholder="CARDIO PNEUMO"></div></fieldset>`;
}
