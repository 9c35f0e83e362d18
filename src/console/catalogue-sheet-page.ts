/** One product to migrate: its sheet, who uses it where, its edits; changed by the region. */
import { may } from '../api/access.ts';
import { editProduct, historyOf, type Product, type ProductFields, readCatalogue } from '../catalogue/index.ts';
import { readPicture } from '../observatory/index.ts';
import { observatoryRules } from '../rules/observatory.ts';
import type { Refusal } from '../rules/rule.ts';
import { compatibleCell, usersOf } from './catalogue-page.ts';
import { actionForm, chip, empty, explanation, fields, notice, table } from './components.ts';
import { establishmentName } from './establishments.ts';
import { birthDate, counted, dateTime, isoDate, number, recent } from './format.ts';
import { type Html, type HtmlValue, html } from './html.ts';
import { heading } from './layout.ts';
import {
  API_WORDS,
  applicationId,
  applicationName,
  CATALOGUE,
  identityCell,
  OBSERVATORY,
  VERDICTS,
} from './observatory-words.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';
import { actorName, ruleTitle } from './words.ts';

const NEW = 'nouveau';

export const catalogueSheetPages: readonly PageDefinition[] = [
  {
    method: 'GET',
    path: `${CATALOGUE}/${NEW}`,
    permission: 'catalogue.write',
    whole: true,
    answer: (visit) => showNew(visit),
  },
  { method: 'POST', path: `${CATALOGUE}/${NEW}`, permission: 'catalogue.write', whole: true, answer: add },
  { method: 'GET', path: `${CATALOGUE}/:id`, permission: 'catalogue.read', answer: (visit) => showSheet(visit) },
  { method: 'POST', path: `${CATALOGUE}/:id`, permission: 'catalogue.write', whole: true, answer: edit },
];

const EMPTY: ProductFields = {
  ...{ api: 'V1', name: '', version: '', aliases: [], contact: '', compatibleVersion: '', compatibleLink: '' },
  ...{ note: '', source: '', sourceDate: '', retired: false },
};

/** Texts of the sheet, in the order of the form. */
const LABELS: Readonly<Record<Exclude<keyof ProductFields, 'api' | 'retired'>, string>> = {
  name: 'Produit',
  version: 'Version recensée',
  aliases: 'Autres noms sous lesquels il envoie',
  contact: 'Contact chez l’éditeur',
  compatibleVersion: 'Première version compatible (V2 avec INS)',
  compatibleLink: 'Où les versions compatibles sont publiées (https)',
  note: 'Note',
  source: 'Source',
  sourceDate: 'Date de la source, JJ/MM/AAAA ou MM/AAAA',
};
const REQUIRED: readonly string[] = ['name', 'version'];

/** A catalogue serves every establishment: whoever is bound to one reads it. */
function writes({ actor }: Visit): boolean {
  return may(actor, 'catalogue.write') && actor.eg === null;
}

async function edit(visit: Visit): Promise<Answer> {
  const { gateway, id, form, actor } = visit;
  const revision = Number(form('revision'));
  const done = await editProduct(gateway, { key: id, revision, fields: typed(visit) }, actor.name);
  return done.ok ? { kind: 'redirect', to: `${CATALOGUE}/${id}` } : showSheet(visit, done.refusal);
}

async function add(visit: Visit): Promise<Answer> {
  const done = await editProduct(visit.gateway, { revision: 0, fields: typed(visit) }, visit.actor.name);
  return done.ok ? { kind: 'redirect', to: `${CATALOGUE}/${done.value.key}` } : showNew(visit, done.refusal);
}

function typed({ form }: Visit): ProductFields {
  const names = form('aliases').split(',');
  return {
    ...EMPTY,
    ...{ name: form('name'), version: form('version'), contact: form('contact'), note: form('note') },
    ...{ compatibleVersion: form('compatibleVersion'), compatibleLink: form('compatibleLink'), source: form('source') },
    api: form('api') === 'V2' ? 'V2' : 'V1',
    aliases: names.map((name) => name.trim()).filter((name) => name !== ''),
    sourceDate: sourceDate(form('sourceDate')),
    retired: form('retired') === 'oui',
  };
}

/** A day, or a month where the source gives no day. */
function sourceDate(text: string): string {
  return isoDate(text) ?? text.replace(/^(\d{2})\/(\d{4})$/, '$2-$1');
}

function dated(text: string): string {
  return birthDate(text).replace(/^(\d{4})-(\d{2})$/, '$2/$1');
}

function showNew(visit: Visit, problem?: Refusal): Promise<Answer> {
  const shown = problem === undefined ? EMPTY : typed(visit);
  const body = html`${heading('Ajouter un produit', html`<p>Un produit à migrer que l’état d’octobre 2022 ne connaît pas.</p>`, html`<a href="${CATALOGUE}">Catalogue</a>`)}
${trouble(problem)}
<section class="card">${sheetForm(visit, `${CATALOGUE}/${NEW}`, shown, 0)}</section>`;
  return Promise.resolve({
    kind: 'page',
    title: 'Ajouter un produit',
    section: 'migration',
    body,
    ...(problem !== undefined && { status: problem.rule.http }),
  });
}

function trouble(problem: Refusal | undefined): HtmlValue {
  if (problem === undefined) return false;
  const where = LABELS[problem.location as keyof typeof LABELS];
  const detail = [where, problem.detail].filter(Boolean).join(' : ');
  return notice('bad', ruleTitle(problem.rule), explanation(problem.rule, detail));
}

async function showSheet(visit: Visit, problem?: Refusal): Promise<Answer> {
  const { gateway, actor, id } = visit;
  const product = (await readCatalogue(gateway.pool)).find(({ key }) => key === id);
  if (product === undefined) return { kind: 'refused', refusal: { rule: observatoryRules.productUnknown } };
  const users = usersOf(await readPicture(gateway, actor.eg), id);
  const history = await historyOf(gateway.pool, id);
  const name = `${product.name} ${product.version}`;
  const body = html`${heading(name, html`<p>${lead(product, users.length)}</p>`, html`<a href="${CATALOGUE}">Catalogue</a>`)}
${trouble(problem)}
<section class="card"><h2>Fiche</h2>${sheet(product)}${writes(visit) && html`<details class="behind"${problem !== undefined && html` open`}><summary>Modifier</summary>${sheetForm(visit, `${CATALOGUE}/${id}`, problem === undefined ? product : typed(visit), product.revision)}</details>`}</section>
<section class="card list"><h2>Qui l’utilise, où</h2>${
    users.length === 0
      ? empty('Aucune application', 'Personne n’envoie ici sous ce nom et cette version.')
      : userTable(visit, users)
  }</section>
<section class="card list"><h2>Modifications</h2>${
    history.length === 0
      ? empty('Jamais modifiée', 'La fiche est celle de l’état d’octobre 2022.')
      : historyTable(history)
  }</section>`;
  return {
    kind: 'page',
    title: name,
    section: 'migration',
    body,
    ...(problem !== undefined && { status: problem.rule.http }),
  };
}

function lead(product: Product, users: number): Html {
  const todo = product.retired
    ? chip({ tone: 'idle', label: 'Retiré du catalogue' })
    : chip(product.api === 'V1' ? VERDICTS.replace : VERDICTS.move);
  return html`${todo} ${counted(users, 'application l’utilise', 'applications l’utilisent')} ici.`;
}

function sheet(product: Product): Html {
  const unknown = html`<span class="mut">inconnu</span>`;
  const date = product.sourceDate === '' ? '' : `, ${dated(product.sourceDate)}`;
  return html`${fields([
    ['API recensée', product.api === 'V1' ? 'API V1 (INS-C)' : 'API V2 avec NIR de TD0.0'],
    ['Autres noms', product.aliases.join(', ')],
    ['Contact chez l’éditeur', product.contact === '' ? unknown : product.contact],
    ['Version compatible', compatibleCell(product)],
    ['Note', product.note],
    ['Source', product.source === '' ? unknown : `${product.source}${date}`],
    [
      'Dernière modification',
      product.editedAt !== null && `${dateTime(product.editedAt)}, ${actorName(product.editedBy ?? '')}`,
    ],
  ])}${product.seedDiffers.length > 0 && html`<p class="mut">L’état d’octobre 2022 dit autre chose de : ${product.seedDiffers.map((name) => (name === 'api' ? 'API' : name === 'retired' ? 'Retrait' : LABELS[name])).join(', ')}.</p>`}`;
}

function sheetForm({ session }: Visit, action: string, shown: ProductFields, revision: number): Html {
  const value = (name: keyof typeof LABELS): string => {
    if (name === 'aliases') return shown.aliases.join(', ');
    return name === 'sourceDate' ? dated(shown.sourceDate) : shown[name];
  };
  const inputs = (Object.keys(LABELS) as (keyof typeof LABELS)[]).map(
    (name) =>
      html`<div class="field"><label for="fiche-${name}">${LABELS[name]}${name === 'aliases' && ', séparés par des virgules'}</label><input id="fiche-${name}" name="${name}" value="${value(name)}" maxlength="500" autocomplete="off"${REQUIRED.includes(name) && html` required`}></div>`,
  );
  const apis = [
    ['V1', 'API V1 : à remplacer'],
    ['V2', 'API V2 avec NIR : à passer en V2 avec INS'],
  ].map(([key, label]) => html`<option value="${key}"${key === shown.api && html` selected`}>${label}</option>`);
  return actionForm(
    { action, csrf: session.csrf },
    html`<input type="hidden" name="revision" value="${revision}"><div class="field"><label for="fiche-api">API recensée</label><select id="fiche-api" name="api">${apis}</select></div>${inputs}
<label class="choice"><input type="checkbox" name="retired" value="oui"${shown.retired && html` checked`}> Retiré du catalogue : n’est plus reconnu, son histoire reste</label>
<div class="field-actions"><button type="submit" class="btn main">Enregistrer</button></div>`,
  );
}

function userTable({ gateway, now }: Visit, users: ReturnType<typeof usersOf>): Html {
  return table(
    'Applications reconnues comme ce produit',
    [
      { label: 'Application', wide: true },
      { label: 'Établissement' },
      { label: 'Version vue' },
      { label: 'API utilisée' },
      { label: 'Identité transmise' },
      { label: '30 jours', align: 'right' },
      { label: 'Dernière fois', align: 'right' },
    ],
    users.map(({ seen, use }) => [
      html`<a href="${OBSERVATORY}/application/${applicationId(seen)}">${applicationName(seen)}</a>`,
      establishmentName(gateway.config, seen.eg),
      use.recognition?.version || html`<span class="mut">non transmise</span>`,
      API_WORDS[use.api] ?? use.api,
      identityCell(use),
      number(use.recent),
      recent(use.lastSeen, now),
    ]),
  );
}

/** The sheet as each edit left it. */
function historyTable(history: readonly Product[]): Html {
  return table(
    'Modifications de la fiche, la dernière d’abord',
    [{ label: 'Le' }, { label: 'Par' }, { label: 'La fiche était alors', wide: true }],
    history.map((then) => [
      then.editedAt === null ? '' : dateTime(then.editedAt),
      actorName(then.editedBy ?? ''),
      html`${then.name} ${then.version}, ${API_WORDS[then.api]}${then.retired && ', retirée'}<br><span class="mut">${[
        then.contact,
        then.compatibleVersion && `version compatible ${then.compatibleVersion}`,
        then.compatibleLink,
        then.note,
      ]
        .filter(Boolean)
        .join(' · ')}</span>`,
    ]),
  );
}
