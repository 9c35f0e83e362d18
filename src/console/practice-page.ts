/** Établissement et rôle: a professional who holds several rights says under which one she acts. */
import { ROLE_LABELS, ROLES } from '../api/access.ts';
import { apiRules } from '../rules/api.ts';
import { changeSessionRight, type ProfessionalRight, rightsOf } from '../store/professionals.ts';
import { exerciseAt, type Professional, rolesOf } from '../wire/openid/professional.ts';
import { actionForm, fields } from './components.ts';
import { establishmentName } from './establishments.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';

const PATH = '/console/exercice';

export const practicePages: readonly PageDefinition[] = [
  { method: 'GET', path: PATH, permission: 'indicators.read', answer: show },
  { method: 'POST', path: PATH, permission: 'indicators.read', audited: 'access', answer: change },
];

async function show(visit: Visit): Promise<Answer> {
  const { gateway, session } = visit;
  const { professional: signed } = session;
  if (signed === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const rights = await rightsOf(gateway.pool, signed.professional.id);
  const { given, family, id } = signed.professional;
  const body = html`${heading('Établissement et rôle')}
<section class="card">${fields([
    ['Professionnel', `${given} ${family}`],
    ['Identifiant national', id],
    ['Profession', professionOf(signed.professional, signed.right.eg)],
  ])}</section>
<section class="card"><h2>Vos habilitations</h2><ul class="plain stack">${rights.map((right) => choice(visit, right, signed.right.id))}</ul></section>`;
  return { kind: 'page', title: 'Établissement et rôle', section: 'accueil', body };
}

/** As the DMP is told of it. */
function professionOf(professional: Professional, eg: string | null): string {
  const exercise = exerciseAt(professional, eg ?? '');
  const roles = exercise === undefined ? undefined : rolesOf(exercise);
  return roles?.ok === true ? roles.value.map(({ label }) => label).join(', ') : 'non transmise ou inconnue du DMP';
}

function choice({ gateway, session }: Visit, right: ProfessionalRight, current: number): Html {
  const role = ROLES.find((each) => each === right.role);
  const name = `${right.eg === null ? 'Tous les établissements' : establishmentName(gateway.config, right.eg)} – ${role === undefined ? right.role : ROLE_LABELS[role]}`;
  return right.id === current
    ? html`<li><span class="strong">${name}</span> <span class="mut">(en cours)</span></li>`
    : html`<li>${actionForm(
        { action: PATH, csrf: session.csrf, className: 'form' },
        html`<input type="hidden" name="habilitation" value="${right.id}"><button type="submit" class="btn">${name}</button>`,
      )}</li>`;
}

async function change({ gateway, session, form }: Visit): Promise<Answer> {
  const wanted = Number(form('habilitation'));
  const changed = Number.isSafeInteger(wanted) && (await changeSessionRight(gateway.pool, session.digest, wanted));
  if (!changed) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  return { kind: 'redirect', to: '/console/' };
}
