/** « Textes, contacts et liens » of the plan: what is in force, and publishing the next version. */
import { may } from '../api/access.ts';
import {
  type Constraint,
  publishedReferences,
  publishReference,
  type ReferenceInForce,
  referenceInForce,
  type StepNumber,
} from '../plan/index.ts';
import type { Refusal } from '../rules/rule.ts';
import { actionForm, empty, explanation, notice, table } from './components.ts';
import { birthDate, counted, dateTime } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';
import { actorName, ruleTitle } from './words.ts';

const PATH = '/console/migration/references';
const TITLE = 'Textes, contacts et liens';

export const planReferencePages: readonly PageDefinition[] = [
  { method: 'GET', path: PATH, permission: 'plan.read', answer: (visit) => show(visit) },
  { method: 'POST', path: PATH, permission: 'policy.write', answer: publish },
];

export function constraintsTable(constraints: readonly Constraint[]): Html {
  return table(
    'Textes et dates',
    [{ label: 'Depuis le' }, { label: 'Texte', wide: true }, { label: 'Source', wide: true }, { label: 'Étapes' }],
    constraints.map(({ from, title, text, source, steps }) => [
      birthDate(from),
      html`<span class="strong">${title}</span><br>${text}`,
      source,
      steps.join(', '),
    ]),
  );
}

export function contactsAndLinks({ contacts, links }: ReferenceInForce): Html {
  return html`${
    contacts.length === 0
      ? empty('Aucun contact', 'La région publie ici ceux qui accompagnent ses établissements.')
      : table(
          'Contacts',
          [{ label: 'Contact', wide: true }, { label: 'Rôle' }, { label: 'Joindre' }],
          contacts.map(({ name, role, reach }) => [html`<span class="strong">${name}</span>`, role, reach]),
        )
  }<ul class="plain">${links.map(({ label, url }) => html`<li><a href="${url}" rel="noreferrer">${label}</a></li>`)}</ul>`;
}

async function show(visit: Visit, problem?: Refusal): Promise<Answer> {
  const reference = await referenceInForce(visit.gateway);
  const { version, published } = reference;
  const said =
    published === undefined
      ? 'fournie avec le logiciel'
      : `version ${version}, publiée le ${dateTime(published.at)} par ${actorName(published.actor)}`;
  const versions = await publishedReferences(visit.gateway);
  const body = html`${heading(TITLE, html`<p>Ce que les plans montrent à côté de chaque étape : ${said}.</p>`, html`<a href="/console/migration">Migration</a>`)}
${problem !== undefined && notice('bad', ruleTitle(problem.rule), explanation(problem.rule, problem.detail))}
<section class="card list"><h2>Textes et dates</h2>${constraintsTable(reference.constraints)}</section>
<section class="card list"><h2>Contacts et liens</h2>${contactsAndLinks(reference)}</section>
${
  versions.length > 0 &&
  html`<section class="card list"><h2>Versions publiées</h2>${table(
    'Versions publiées',
    [{ label: 'Version' }, { label: 'Contenu', wide: true }, { label: 'Publiée' }, { label: 'Motif' }],
    versions.map(({ version: name, content, at, actor, reason }) => [
      name,
      `${counted(content.constraints.length, 'texte', 'textes')}, ${counted(content.contacts.length, 'contact', 'contacts')}, ${counted(content.links.length, 'lien', 'liens')}`,
      html`${dateTime(at)}<br><span class="mut">${actorName(actor)}</span>`,
      reason,
    ]),
  )}</section>`
}
${may(visit.actor, 'policy.write') && publishForm(visit, reference)}`;
  return {
    kind: 'page',
    title: TITLE,
    section: 'migration',
    body,
    ...(problem !== undefined && { status: problem.rule.http }),
  };
}

const AREAS = [
  { name: 'textes', label: 'Textes, un par ligne : AAAA-MM-JJ | étapes | titre | texte | source' },
  { name: 'contacts', label: 'Contacts, un par ligne : nom | rôle | comment le joindre' },
  { name: 'liens', label: 'Liens, un par ligne : libellé | adresse https' },
] as const;

function linesOf({
  constraints,
  contacts,
  links,
}: ReferenceInForce): Readonly<Record<(typeof AREAS)[number]['name'], string>> {
  const joined = (rows: readonly (readonly string[])[]): string => rows.map((row) => row.join(' | ')).join('\n');
  return {
    textes: joined(
      constraints.map(({ from, steps, title, text, source }) => [from, steps.join(' '), title, text, source]),
    ),
    contacts: joined(contacts.map(({ name, role, reach }) => [name, role, reach])),
    liens: joined(links.map(({ label, url }) => [label, url])),
  };
}

function publishForm(visit: Visit, reference: ReferenceInForce): Html {
  const lines = linesOf(reference);
  const typed = (name: (typeof AREAS)[number]['name']): string => visit.wholeForm(name) || lines[name];
  const input = (name: string, label: string) =>
    html`<div class="field"><label for="ref-${name}">${label}</label><input id="ref-${name}" name="${name}" value="${visit.form(name)}" required maxlength="300" autocomplete="off"></div>`;
  const form = actionForm(
    { action: PATH, csrf: visit.session.csrf },
    html`${AREAS.map(({ name, label }) => html`<div class="field"><label for="ref-${name}">${label}</label><textarea id="ref-${name}" name="${name}" rows="6">${typed(name)}</textarea></div>`)}
${input('version', 'Version')}${input('motif', 'Motif')}<button type="submit" class="btn main">Publier</button>`,
  );
  return html`<section class="card"><h2>Publier une version</h2><p>Elle vaut aussitôt pour tous les établissements de l’installation ; les précédentes restent.</p><details class="behind"><summary>Préparer la version suivante</summary>${form}</details></section>`;
}

/** Cells of the lines that say something. */
function cells(text: string): string[][] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .map((line) => line.split('|').map((cell) => cell.trim()));
}

async function publish(visit: Visit): Promise<Answer> {
  const { gateway, actor, wholeForm, form } = visit;
  const steps = (text: string): StepNumber[] =>
    text
      .split(/[\s,]+/)
      .filter((word) => word !== '')
      .map((word) => Number(word) as StepNumber);
  const done = await publishReference(
    gateway,
    {
      version: form('version'),
      reason: form('motif'),
      constraints: cells(wholeForm('textes')).map(([from = '', of = '', title = '', text = '', source = '']) => ({
        from,
        steps: steps(of),
        title,
        text,
        source,
      })),
      contacts: cells(wholeForm('contacts')).map(([name = '', role = '', reach = '']) => ({ name, role, reach })),
      links: cells(wholeForm('liens')).map(([label = '', url = '']) => ({ label, url })),
    },
    actor.name,
  );
  return done.ok ? { kind: 'redirect', to: PATH } : show(visit, done.refusal);
}
