/** Windows of the programmes and their thresholds: entered by the site with where they were read. */
import { may } from '../api/access.ts';
import { enterThreshold, enterWindow, FORMULAS } from '../proof/index.ts';
import { deleteWindow, listThresholds, type ProofWindow, removeThreshold } from '../store/proof-windows.ts';
import { actionForm, empty, table } from './components.ts';
import { birthDate, isoDate, number } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import { legalEntities, PROOF_PATH, windowChoices } from './proof-words.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';

const PATH = `${PROOF_PATH}/fenetres`;

export const proofWindowsPages: readonly PageDefinition[] = [
  { method: 'GET', path: PATH, permission: 'proof.read', answer: showWindows },
  { method: 'POST', path: PATH, permission: 'proof.write', audited: 'proof', answer: addWindow },
  { method: 'POST', path: `${PATH}/:id/seuil`, permission: 'proof.write', audited: 'proof', answer: putThreshold },
  { method: 'POST', path: `${PATH}/:id/suppression`, permission: 'proof.write', audited: 'proof', answer: dropWindow },
];

async function showWindows(visit: Visit): Promise<Answer> {
  const windows = await windowChoices(visit);
  const thresholds = await listThresholds(visit.gateway.pool);
  const writes = may(visit.actor, 'proof.write');
  const lead = html`<p>Rien n’est fourni : ni fenêtre, ni seuil. Ce que le site saisit ici porte sa source, et sert aux prévisions de la page précédente.</p>`;
  const cards = windows.map((window) =>
    windowCard(
      visit,
      window,
      thresholds.filter(({ windowId }) => windowId === window.id),
      writes,
    ),
  );
  const body = html`${heading('Fenêtres et seuils', lead, html`<a href="${PROOF_PATH}">Preuve d’alimentation</a>`)}${
    windows.length === 0 &&
    html`<section class="card">${empty('Aucune fenêtre', 'Une fenêtre porte un programme, une entité juridique, ses deux jours et sa source.')}</section>`
  }${cards}${writes && windowForm(visit)}`;
  return { kind: 'page', title: 'Fenêtres et seuils', section: 'preuve', body };
}

function windowCard(
  { session: { csrf } }: Visit,
  { id, programme, name, ej, firstDay, lastDay, source, actor }: ProofWindow,
  thresholds: Awaited<ReturnType<typeof listThresholds>>,
  writes: boolean,
): Html {
  const formulas = FORMULAS.filter((formula) => formula.programme === programme);
  const rows = formulas.map((formula) => {
    const entered = thresholds.find((threshold) => threshold.formula === formula.id);
    return [
      formula.objective,
      entered === undefined ? html`<span class="mut">aucun</span>` : number(entered.documents),
      entered === undefined
        ? ''
        : html`${entered.source}<br><span class="mut">saisi par ${entered.actor.replace(/^\w+:/, '')}</span>`,
    ];
  });
  return html`<section class="card list"><h2>${programme} · ${name}</h2><p>EJ ${ej}, du ${birthDate(firstDay)} au ${birthDate(lastDay)}. Source : ${source} <span class="mut">(saisie par ${actor.replace(/^\w+:/, '')})</span>.</p>
<p class="field-actions"><a class="btn" href="${PROOF_PATH}?fenetre=${id}">Voir les chiffres</a></p>
${table(`Seuils de ${name}`, [{ label: 'Objectif', wide: true }, { label: 'Seuil', align: 'right' }, { label: 'Source' }], rows)}${
  writes &&
  html`${actionForm(
    { action: `${PATH}/${id}/seuil`, csrf },
    html`<div class="field"><label for="formule-${id}">Objectif</label><select id="formule-${id}" name="formule" required>${formulas.map((formula) => html`<option value="${formula.id}">${formula.objective}</option>`)}</select></div>
<div class="field"><label for="nombre-${id}">Seuil, en documents (vide : retirer)</label><input id="nombre-${id}" name="nombre" inputmode="numeric" pattern="[0-9]*" maxlength="12" autocomplete="off"></div>
<div class="field"><label for="source-${id}">Où il a été lu</label><input id="source-${id}" name="source" maxlength="300" autocomplete="off"></div>
<div class="field-actions"><button type="submit" class="btn main">Enregistrer le seuil</button></div>`,
  )}${actionForm({ action: `${PATH}/${id}/suppression`, csrf }, html`<div class="field-actions"><button type="submit" class="btn">Supprimer la fenêtre ${name}</button></div>`)}`
}</section>`;
}

function windowForm(visit: Visit): Html {
  const programmes = [...new Set(FORMULAS.map(({ programme }) => programme))];
  return html`<section class="card"><h2>Ajouter une fenêtre</h2>${actionForm(
    { action: PATH, csrf: visit.session.csrf },
    html`<div class="field"><label for="programme">Programme</label><select id="programme" name="programme" required>${programmes.map((name) => html`<option>${name}</option>`)}</select></div>
<div class="field"><label for="ej">Entité juridique</label><select id="ej" name="ej" required>${legalEntities(visit).map(({ value, label }) => html`<option value="${value}">${label} (${value})</option>`)}</select></div>
<div class="field"><label for="nom">Nom de la fenêtre</label><input id="nom" name="nom" required maxlength="100" autocomplete="off"></div>
<div class="field"><label for="premier">Premier jour</label><input id="premier" name="premier" required placeholder="JJ/MM/AAAA" autocomplete="off"></div>
<div class="field"><label for="dernier">Dernier jour</label><input id="dernier" name="dernier" required placeholder="JJ/MM/AAAA" autocomplete="off"></div>
<div class="field"><label for="source">Où elle a été lue (instruction, convention, courrier)</label><input id="source" name="source" required maxlength="300" autocomplete="off"></div>
<div class="field-actions"><button type="submit" class="btn main">Ajouter</button></div>`,
  )}</section>`;
}

async function addWindow({ gateway, actor, form }: Visit): Promise<Answer> {
  const entered = await enterWindow(gateway, {
    programme: form('programme'),
    ej: form('ej'),
    name: form('nom'),
    firstDay: isoDate(form('premier')) ?? '',
    lastDay: isoDate(form('dernier')) ?? '',
    source: form('source'),
    actor: actor.name,
  });
  return entered.ok ? { kind: 'redirect', to: PATH } : { kind: 'refused', refusal: entered.refusal };
}

async function putThreshold(visit: Visit): Promise<Answer> {
  const { gateway, actor, id, form } = visit;
  if (!(await isOwn(visit))) return { kind: 'redirect', to: PATH };
  if (form('nombre') === '') {
    await removeThreshold(gateway.pool, id, form('formule'));
    return { kind: 'redirect', to: PATH };
  }
  const order = { windowId: id, formula: form('formule'), documents: Number(form('nombre')), source: form('source') };
  const entered = await enterThreshold(gateway, { ...order, actor: actor.name });
  return entered.ok ? { kind: 'redirect', to: PATH } : { kind: 'refused', refusal: entered.refusal };
}

async function dropWindow(visit: Visit): Promise<Answer> {
  if (await isOwn(visit)) await deleteWindow(visit.gateway.pool, visit.id);
  return { kind: 'redirect', to: PATH };
}

async function isOwn(visit: Visit): Promise<boolean> {
  return (await windowChoices(visit)).some(({ id }) => id === visit.id);
}
