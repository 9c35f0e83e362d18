/** What this person may do of a recall now: decide, choose and prepare, approve, admit the INS again. */
import { may } from '../api/access.ts';
import type { Emission } from '../store/emissions.ts';
import type { RecallNotice } from '../store/recall-items.ts';
import type { Recall } from '../store/recalls.ts';
import { actionForm } from './components.ts';
import { dateTime, number } from './format.ts';
import { type Html, type HtmlValue, html } from './html.ts';
import type { Visit } from './visit.ts';

export function decisionForms(visit: Visit, recall: Recall, emitted: readonly Emission[]): HtmlValue {
  const { actor } = visit;
  const prepares = may(actor, 'recalls.prepare');
  switch (recall.state) {
    case 'open':
      return (
        prepares &&
        html`${recall.path === 'wrong-person' && prepareForm(visit, recall, emitted)}${decideForm(visit, recall)}`
      );
    case 'prepared':
      return html`${may(actor, 'recalls.approve') && approveForm(visit, recall)}${prepares && reopenForm(visit, recall)}`;
    case 'done':
      return recall.path === 'wrong-person' &&
        recall.rightIdentityId === null &&
        recall.liftedAt === null &&
        may(actor, 'recalls.approve')
        ? liftForm(visit, recall)
        : undefined;
    case 'running':
    case 'released':
      return undefined;
  }
}

function card(title: string, body: HtmlValue): Html {
  return html`<section class="card"><h2>${title}</h2>${body}</section>`;
}

function form(visit: Visit, { id }: Recall, name: string, body: HtmlValue): Html {
  return actionForm({ action: `/console/rappels/${id}/${name}`, csrf: visit.session.csrf }, body);
}

const DECISIONS = [
  [
    'mauvaise-personne',
    'Mauvaise personne',
    'L’INS, ou le dossier, est celui d’un autre : suppression de l’ancien DMP à préparer.',
  ],
  [
    'nouvelle-ins',
    'Même personne, nouvelle INS',
    'NIA devenu NIR, INS corrigée : rien n’est supprimé, l’explication est gardée.',
  ],
  ['lever', 'Lever le doute', 'Ce qui a été transmis est juste ; ce qui attend repart.'],
] as const;

function decideForm(visit: Visit, recall: Recall): Html {
  const inner = form(
    visit,
    recall,
    'decider',
    html`<fieldset><legend>Décision</legend>${DECISIONS.map(
      ([value, label, effect]) =>
        html`<label class="choice"><input type="radio" name="decision" value="${value}" required> <span>${label}<span class="hint block">${effect}</span></span></label>`,
    )}</fieldset>
<div class="field"><label for="explication">Explication, gardée avec le rappel</label><input id="explication" name="explication" required maxlength="300"></div>
<div class="field"><label for="bon-patient">Mauvaise personne : identifiant de la fiche du bon patient, si l’INS de celui-ci est juste</label><input id="bon-patient" name="bon-patient" maxlength="36" autocomplete="off"></div>
<button type="submit" class="btn${recall.path === 'doubt' && ' main'}">Enregistrer la décision</button>`,
  );
  return recall.path === 'doubt'
    ? card('Trancher', inner)
    : card('Revoir la décision', html`<details class="behind"><summary>Trancher autrement</summary>${inner}</details>`);
}

/** Everything of this record is chosen at first, nothing of another one. */
function prepareForm(visit: Visit, recall: Recall, emitted: readonly Emission[]): Html {
  const inner = form(
    visit,
    recall,
    'preparer',
    html`<p class="hint">Rien n’est fait : la liste est figée, une autre personne la relit et l’approuve.</p>
<fieldset><legend>À corriger</legend><label class="choice"><input type="radio" name="choix" value="dossier" checked> Tout ce qui est parti de ce dossier</label>
<label class="choice"><input type="radio" name="choix" value="liste"> Seulement la liste ci-dessous</label></fieldset>
<div class="field"><label for="liste">Documents choisis</label><select id="liste" name="liste" multiple size="${Math.min(8, Math.max(2, emitted.length))}">${emitted.map(
      ({ subject, title, sentAt }) => html`<option value="${subject}">${dateTime(sentAt)} · ${title}</option>`,
    )}</select></div>
<button type="submit" class="btn main">Préparer les corrections</button>`,
  );
  return card('Préparer', inner);
}

function approveForm(visit: Visit, recall: Recall): Html {
  if (recall.preparedBy === visit.actor.name)
    return card('Approuver', html`<p>Une autre personne habilitée doit relire ces corrections et les approuver.</p>`);
  return card(
    'Approuver',
    form(
      visit,
      recall,
      'approuver',
      html`<p>Relire la liste, puis recopier le nombre de corrections : ${number(recall.count ?? 0)}.</p>
<div class="field"><label for="nombre">Nombre de corrections</label><input id="nombre" name="nombre" inputmode="numeric" required autocomplete="off" maxlength="7"></div>
<button type="submit" class="btn main">Approuver : les corrections partent</button>`,
    ),
  );
}

function reopenForm(visit: Visit, recall: Recall): Html {
  return card(
    'Revoir',
    form(visit, recall, 'reprendre', html`<button type="submit" class="btn">Défaire la préparation</button>`),
  );
}

function liftForm(visit: Visit, recall: Recall): Html {
  return card(
    'INS rappelée',
    html`<p class="hint">Si INSi rend encore cette INS pour ce patient, son identité reste gelée. À admettre de nouveau seulement si elle était la bonne.</p>${form(
      visit,
      recall,
      'admettre',
      html`<div class="field"><label for="motif">Motif</label><input id="motif" name="motif" required maxlength="300"></div><button type="submit" class="btn">Admettre de nouveau cette INS</button>`,
    )}`,
  );
}

export function givenForm(visit: Visit, recall: Recall, { recipient, person, state, name }: RecallNotice): HtmlValue {
  const text = html`<a class="btn small" href="/console/rappels/${recall.id}/message?destinataire=${recipient}&amp;personne=${encodeURIComponent(person)}">Lire<span class="unseen"> le message pour ${name}</span></a>`;
  if ((state !== 'by-hand' && state !== 'failed') || !may(visit.actor, 'recalls.prepare')) return text;
  return html`${text}${form(
    visit,
    recall,
    'remis',
    html`<input type="hidden" name="destinataire" value="${recipient}"><input type="hidden" name="personne" value="${person}"><button type="submit" class="btn small">Remis<span class="unseen"> à ${name}</span></button>`,
  )}`;
}
