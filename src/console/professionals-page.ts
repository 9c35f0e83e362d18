/** Professionnels habilités: whom the site lets in by OpenID Connect, for which establishment, with which role. */
import { ROLE_LABELS, ROLES } from '../api/access.ts';
import { nationalPersonId, personIdOfRpps } from '../codes/national-ids.ts';
import { apiRules } from '../rules/api.ts';
import type { Refusal } from '../rules/rule.ts';
import { grantRight, listRights, type ProfessionalRight, revokeRight } from '../store/professionals.ts';
import { actionForm, empty, explanation, notice, table } from './components.ts';
import { establishmentChoices, establishmentName } from './establishments.ts';
import { counted, dateTime } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';
import { ruleTitle } from './words.ts';

const PATH = '/console/professionnels';
const MOST_SHOWN = 2_000;

export const professionalPages: readonly PageDefinition[] = [
  { method: 'GET', path: PATH, permission: 'access.manage', audited: 'access', answer: (visit) => show(visit) },
  { method: 'POST', path: PATH, permission: 'access.manage', audited: 'access', answer: grant },
  { method: 'POST', path: `${PATH}/:id/retirer`, permission: 'access.manage', audited: 'access', answer: revoke },
];

async function show(visit: Visit, problem?: Refusal): Promise<Answer> {
  const { gateway, actor } = visit;
  const rights = await listRights(gateway.pool, actor.eg, MOST_SHOWN);
  const provider = gateway.config.signIn.openid?.label;
  const body = html`${heading(
    'Professionnels habilités',
    html`<p>${
      provider === undefined
        ? 'Aucun fournisseur d’identité n’est déclaré : personne ne peut se connecter ainsi (réglage « signIn.openid »).'
        : `Une personne authentifiée par ${provider} n’entre que si elle figure ici. ${counted(rights.length, 'habilitation', 'habilitations')}.`
    }</p>`,
  )}
${problem !== undefined && notice('bad', ruleTitle(problem.rule), explanation(problem.rule, problem.detail))}
<div class="columns wide-left"><section class="card list"><h2>Habilitations</h2>${
    rights.length === 0
      ? empty('Personne n’est habilité', 'Ajouter un professionnel par son numéro RPPS, son établissement et son rôle.')
      : rightsTable(visit, rights)
  }</section>${grantForm(visit)}</div>`;
  return {
    kind: 'page',
    title: 'Professionnels habilités',
    section: 'professionnels',
    body,
    ...(problem !== undefined && { status: problem.rule.http }),
  };
}

function rightsTable({ gateway, session }: Visit, rights: readonly ProfessionalRight[]): Html {
  return table(
    'Professionnels habilités',
    [
      { label: 'Professionnel', wide: true },
      { label: 'Établissement' },
      { label: 'Rôle' },
      { label: 'Habilité' },
      { label: 'Action', quiet: true },
    ],
    rights.map((right) => [
      html`<span class="strong">${right.displayName}</span><br><span class="mut">${right.person}</span>`,
      right.eg === null ? 'Tous' : establishmentName(gateway.config, right.eg),
      html`${roleName(right.role)}${right.regulation && html`<br><span class="mut">régulation (centre 15)</span>`}`,
      html`${dateTime(right.grantedAt)}<br><span class="mut">${right.grantedBy.replace(/^user:/, '')}</span>`,
      actionForm(
        { action: `${PATH}/${right.id}/retirer`, csrf: session.csrf, className: 'form' },
        html`<button type="submit" class="btn small">Retirer<span class="unseen"> l’habilitation de ${right.displayName}</span></button>`,
      ),
    ]),
  );
}

function roleName(role: string): string {
  const known = ROLES.find((each) => each === role);
  return known === undefined ? role : ROLE_LABELS[known];
}

function grantForm({ gateway, session, actor }: Visit): Html {
  const places = establishmentChoices(gateway.config, actor.eg);
  return html`<section class="card"><h2>Habiliter un professionnel</h2>${actionForm(
    { action: PATH, csrf: session.csrf },
    html`<div class="field"><label for="numero">Numéro RPPS, ou identifiant national</label><input id="numero" name="numero" required maxlength="40" autocomplete="off" inputmode="numeric" aria-describedby="numero-aide"><p class="hint" id="numero-aide">11 chiffres, ou l’identifiant complet (8 puis le RPPS).</p></div>
<div class="field"><label for="nom">Nom affiché</label><input id="nom" name="nom" required maxlength="100" autocomplete="off"></div>
<div class="field"><label for="etablissement">Établissement</label><select id="etablissement" name="etablissement">${places.map(({ value, label }) => html`<option value="${value}">${label}</option>`)}${actor.eg === null && html`<option value="">Tous (sans consultation du DMP)</option>`}</select></div>
<div class="field"><label for="role">Rôle</label><select id="role" name="role">${[...ROLES].reverse().map((role) => html`<option value="${role}">${ROLE_LABELS[role]}</option>`)}</select></div>
<label class="choice"><input type="checkbox" name="regulation" value="oui"> <span>Peut consulter en régulation médicale (centre 15)</span></label>
<button type="submit" class="btn main">Habiliter</button>`,
  )}</section>`;
}

async function grant(visit: Visit): Promise<Answer> {
  const { gateway, actor, form } = visit;
  const number = form('numero').replaceAll(' ', '');
  const person = personIdOfRpps(number) ?? nationalPersonId(number, true);
  const role = ROLES.find((each) => each === form('role'));
  const eg = form('etablissement') === '' ? null : form('etablissement');
  const known = eg === null || establishmentChoices(gateway.config, null).some(({ value }) => value === eg);
  if (person === undefined) return show(visit, invalid('le numéro n’est pas celui d’un professionnel'));
  if (role === undefined || !known || form('nom') === '') return show(visit, invalid('nom, établissement ou rôle'));
  // Whoever answers for one establishment opens nothing elsewhere.
  if (actor.eg !== null && actor.eg !== eg) return { kind: 'refused', refusal: { rule: apiRules.forbidden } };
  if (role === 'professional' && eg === null)
    return show(visit, invalid('un professionnel de santé est habilité pour un établissement'));
  const granted = await grantRight(gateway.pool, {
    person,
    displayName: form('nom'),
    role,
    eg,
    regulation: form('regulation') === 'oui' && role === 'professional',
    grantedBy: actor.name,
    grantedAt: gateway.now(),
  });
  if (granted === undefined) return show(visit, invalid('ce professionnel est déjà habilité pour cet établissement'));
  return { kind: 'redirect', to: PATH };
}

async function revoke(visit: Visit): Promise<Answer> {
  const { gateway, actor, id } = visit;
  const rights = await listRights(gateway.pool, actor.eg, MOST_SHOWN);
  const right = rights.find((each) => String(each.id) === id);
  if (right === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  await revokeRight(gateway.pool, right.id, actor.name, gateway.now());
  return { kind: 'redirect', to: PATH };
}

function invalid(detail: string): Refusal {
  return { rule: apiRules.invalidRequest, detail };
}
