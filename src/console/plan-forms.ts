/** What a person adds to a plan: a statement on what no software sees, the deadline and the aims. */
import { DECLARED, DECLARED_ITEMS, DECLARED_STATES, type Declaration, type Plan } from '../plan/index.ts';
import { actionForm, empty, table } from './components.ts';
import { birthDate, dateTime, day } from './format.ts';
import { type Html, html } from './html.ts';
import { figureText } from './plan-words.ts';
import type { Visit } from './visit.ts';
import { actorName, capital } from './words.ts';

export function declareCard(visit: Visit, eg: string, said: readonly Declaration[], writes: boolean): Html {
  return html`<section class="card" id="declarer"><h2>Ce qu’aucun logiciel ne voit</h2>${
    said.length === 0
      ? empty(
          'Rien de déclaré',
          'L’organisation INS, la charte et la formation se déclarent ici, avec leur date et leur pièce.',
        )
      : declarationTable(said)
  }${writes && html`<details class="behind"><summary>Déclarer</summary>${declareForm(visit, eg)}</details>`}</section>`;
}

function declarationTable(said: readonly Declaration[]): Html {
  return table(
    'Déclarations, la dernière de chaque point fait foi',
    [{ label: 'Point', wide: true }, { label: 'Le' }, { label: 'Note et pièce', wide: true }, { label: 'Déclaré' }],
    said.map(({ item, state, onDay, note, attachment, actor, at }) => [
      html`<span class="strong">${DECLARED[item].title}</span><br>${capital(DECLARED[item].states[state])}`,
      birthDate(onDay),
      html`${note}${attachment !== null && html`<br><span class="mut">Pièce : ${attachment}</span>`}`,
      html`${dateTime(at)}<br><span class="mut">${actorName(actor)}</span>`,
    ]),
  );
}

const STATES = { done: 'Fait', started: 'En cours', 'not-done': 'Pas encore' } as const;

function declareForm({ session, now }: Visit, eg: string): Html {
  const items = DECLARED_ITEMS.map((item) => html`<option value="${item}">${DECLARED[item].title}</option>`);
  const states = DECLARED_STATES.map((state) => html`<option value="${state}">${STATES[state]}</option>`);
  return actionForm(
    { action: `/console/migration/${eg}/declarations`, csrf: session.csrf },
    html`<div class="field"><label for="plan-point">Point</label><select id="plan-point" name="point">${items}</select></div>
<div class="field"><label for="plan-etat">État</label><select id="plan-etat" name="etat">${states}</select></div>
<div class="field"><label for="plan-jour">Depuis le, JJ/MM/AAAA</label><input id="plan-jour" name="jour" value="${day(now)}" required maxlength="10" autocomplete="off"></div>
<div class="field"><label for="plan-note">Qui, et quoi</label><input id="plan-note" name="note" required maxlength="500" autocomplete="off" aria-describedby="aide-plan-note"><p class="hint" id="aide-plan-note">${DECLARED_ITEMS.map((item) => DECLARED[item].hint).join(' · ')}. Pas de nom de patient.</p></div>
<div class="field"><label for="plan-piece">Pièce, et où elle est conservée</label><input id="plan-piece" name="piece" maxlength="300" autocomplete="off"></div>
<button type="submit" class="btn main">Déclarer</button>`,
  );
}

export function aimCard({ session }: Visit, { eg, aim, figures }: Plan, writes: boolean): Html {
  const deadline = aim.deadline === null ? 'Aucune échéance choisie' : `Échéance : ${birthDate(aim.deadline)}`;
  const said = html`<p>${deadline}.</p><ul class="plain">${figures.map((figure) => html`<li>${figureText(figure, aim.deadline)}</li>`)}</ul>`;
  const form = actionForm(
    { action: `/console/migration/${eg}/objectifs`, csrf: session.csrf },
    html`<div class="field"><label for="plan-echeance">Échéance, JJ/MM/AAAA, vide s’il n’y en a pas</label><input id="plan-echeance" name="echeance" value="${aim.deadline === null ? '' : birthDate(aim.deadline)}" maxlength="10" autocomplete="off"></div>
<div class="field"><label for="plan-qualifies">Patients admis qualifiés, %</label><input id="plan-qualifies" name="qualifies" type="number" min="1" max="100" step="1" required value="${aim.qualifiedPercent}"></div>
<div class="field"><label for="plan-documents">Documents acceptés par le DMP, %</label><input id="plan-documents" name="documents" type="number" min="1" max="100" step="1" required value="${aim.fedPercent}"></div>
<div class="field"><label for="plan-motif">Motif</label><input id="plan-motif" name="motif" required maxlength="300" autocomplete="off"></div>
<button type="submit" class="btn">Fixer</button>`,
  );
  return html`<section class="card" id="objectifs"><h2>Échéance et objectifs de l’établissement</h2>${said}<p class="mut">Ces objectifs sont ceux du site : aucun seuil officiel n’est supposé.</p>${writes && html`<details class="behind"><summary>Changer</summary>${form}</details>`}</section>`;
}
