/** One row: added from the desk or by hand, changed, deleted; with its history and what was sent under it. */
import {
  parseScope,
  removeMapping,
  type Scope,
  saveMapping,
  scopeIsEditable,
  scopeIsVisible,
  scopeOfSender,
  scopeText,
} from '../mapping/index.ts';
import { apiRules } from '../rules/api.ts';
import type { Refusal } from '../rules/rule.ts';
import {
  countSentUnder,
  type KindTarget,
  type MappingEvent,
  type MappingKind,
  type MappingRecord,
  mappingById,
  mappingHistory,
} from '../store/mappings.ts';
import { actionForm, explanation, fields, notice, table } from './components.ts';
import { establishmentChoices } from './establishments.ts';
import { counted, dateTime } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import { FIELDS, type FormValues, targetFields, typedTarget } from './mapping-fields.ts';
import { mappingActor, mappingTabs, mayMap } from './mapping-frame.ts';
import { kindOfPage, MAPPINGS, scopeName, targetText, valueText, wordsOf } from './mapping-words.ts';
import { type Answer, isUuid, type PageDefinition, type Visit } from './visit.ts';
import { actorName, ruleTitle } from './words.ts';

/** Documents counted one by one up to this many. */
const MOST_COUNTED = 10_000;

const NOT_FOUND: Answer = { kind: 'refused', refusal: { rule: apiRules.notFound } };

/** What the form is about: a row that exists, or a value that has none yet. */
interface Subject extends FormValues {
  readonly kind: MappingKind;
  readonly row: MappingRecord | undefined;
  readonly scope: string;
  /** `MSH-3|MSH-4` and EG of the documents that brought the value; empty for a row made by hand. */
  readonly sender: string;
  readonly eg: string;
}

async function rowOf(visit: Visit, id: string, kind: MappingKind): Promise<MappingRecord | undefined> {
  const row = isUuid(id) ? await mappingById(visit.gateway.pool, id) : undefined;
  return row?.kind === kind && scopeIsVisible(visit.gateway.config, visit.actor.eg, row.scope) ? row : undefined;
}

function subjectOfRow(row: MappingRecord): Subject {
  return { ...row, row, sender: '', eg: '', fields: fieldsOf(row) };
}

function fieldsOf(row: KindTarget): Readonly<Record<string, string>> {
  switch (row.kind) {
    case 'types':
      return 'neverFed' in row.target ? { choix: 'JAMAIS' } : { choix: '', type: row.target.typeCode };
    case 'units':
      return { entite: row.target.eg, secteur: row.target.sector ?? '', cadre: row.target.practiceSetting ?? '' };
    case 'authors': {
      const { id, family, given, specialty } = row.target;
      return { rpps: id.slice(1), famille: family, prenom: given, specialite: specialty };
    }
  }
}

/** A value of the desk comes with what its documents say of it; the name of an author is theirs to check. */
function subjectOfValue(kind: MappingKind, value: (name: string) => string): Subject {
  const [family = '', given = ''] = kind === 'authors' ? value('libelle').split(', ') : [];
  const sender = value('emetteur');
  const rpps = /^8(\d{11})$/.exec(value('valeur'))?.[1] ?? '';
  return {
    kind,
    row: undefined,
    localValue: value('valeur'),
    localName: value('nom'),
    label: value('libelle'),
    scope: sender === '' ? '' : scopeText(scopeOfSender(sender)),
    sender,
    eg: value('eg'),
    fields: { rpps, famille: family, prenom: given },
  };
}

export const mappingFormPage: PageDefinition = {
  method: 'GET',
  path: `${MAPPINGS}/:id/ligne`,
  permission: 'mappings.read',
  answer: async (visit) => {
    const words = kindOfPage(visit);
    if (words === undefined) return NOT_FOUND;
    const id = visit.query('ligne');
    if (id === '')
      return mayMap(visit)
        ? showForm(visit, subjectOfValue(words.kind, visit.query))
        : { kind: 'refused', refusal: { rule: apiRules.forbidden } };
    const row = await rowOf(visit, id, words.kind);
    return row === undefined ? NOT_FOUND : showForm(visit, subjectOfRow(row));
  },
};

const saveRoute: PageDefinition = {
  method: 'POST',
  path: `${MAPPINGS}/:id/ligne`,
  permission: 'mappings.write',
  audited: 'mappings',
  answer: async (visit) => {
    const words = kindOfPage(visit);
    if (words === undefined) return NOT_FOUND;
    const { kind, slug } = words;
    const { form, gateway } = visit;
    const row = await rowOf(visit, form('ligne'), kind);
    if (row === undefined && form('ligne') !== '') return NOT_FOUND;
    const posted = subjectOfValue(kind, form);
    const typed = Object.fromEntries(FIELDS[kind].map((name) => [name, form(name)]));
    const subject: Subject = {
      ...posted,
      ...(row ?? {}),
      row,
      label: form('libelle'),
      scope: row?.scope ?? form('portee'),
      fields: typed,
    };
    const saved = await saveMapping(
      gateway,
      {
        kind,
        scope: subject.scope,
        localValue: subject.localValue,
        localName: row?.localName ?? (form('seul') === 'oui' ? posted.localName : ''),
        label: subject.label,
        target: typedTarget(kind, form),
        revision: row === undefined ? 0 : Number(form('revision')),
      },
      mappingActor(visit),
    );
    if (!saved.ok) return showForm(visit, subject, saved.refusal);
    const back = posted.sender === '' ? `${MAPPINGS}/${slug}` : MAPPINGS;
    return { kind: 'redirect', to: `${back}?enregistre=oui` };
  },
};

const deleteRoute: PageDefinition = {
  method: 'POST',
  path: `${MAPPINGS}/:id/supprimer`,
  permission: 'mappings.write',
  audited: 'mappings',
  answer: async (visit) => {
    const words = kindOfPage(visit);
    const row = words && (await rowOf(visit, visit.form('ligne'), words.kind));
    if (words === undefined || row === undefined) return NOT_FOUND;
    const refusal = await removeMapping(visit.gateway, row, mappingActor(visit));
    return refusal === undefined
      ? { kind: 'redirect', to: `${MAPPINGS}/${words.slug}?enregistre=oui` }
      : showForm(visit, subjectOfRow(row), refusal);
  },
};

export const mappingActionRoutes: readonly PageDefinition[] = [saveRoute, deleteRoute];

async function showForm(visit: Visit, subject: Subject, refusal?: Refusal): Promise<Answer> {
  const { kind, row } = subject;
  const { config, pool } = visit.gateway;
  const editable = mayMap(visit) && (row === undefined || scopeIsEditable(config, visit.actor.eg, row.scope));
  const words = wordsOf(kind);
  const title =
    subject.localValue === '' ? `Ajouter : ${words.one.toLowerCase()}` : `${words.one} « ${subject.localValue} »`;
  const history = row === undefined ? [] : await mappingHistory(pool, row.id);
  const body = html`${heading(title, undefined, html`<a href="${MAPPINGS}/${words.slug}">Correspondances : ${words.title.toLowerCase()}</a>`)}
${await mappingTabs(visit, kind)}
${refusal !== undefined && notice('bad', ruleTitle(refusal.rule), explanation(refusal.rule, refusal.detail))}
<div class="columns wide-left"><section class="card"><h2>${row === undefined ? 'Rattacher' : 'Correspondance'}</h2>${editable ? editForm(visit, subject) : row !== undefined && readOnly(visit, row)}</section>
<div class="stack">${row !== undefined && html`${await sentCard(visit, row)}${editable && deletion(visit, row)}`}</div></div>
${row !== undefined && historyCard(visit, row, history)}`;
  return {
    kind: 'page',
    title,
    section: 'correspondances',
    body,
    ...(refusal !== undefined && { status: refusal.rule.http }),
  };
}

function readOnly({ gateway }: Visit, row: MappingRecord): Html {
  return fields([
    ['Valeur locale', valueText(row)],
    [wordsOf(row.kind).target, targetText(gateway.config, row)],
    ['Vaut pour', scopeName(gateway.config, row.scope)],
  ]);
}

function editForm(visit: Visit, subject: Subject): Html {
  const { kind, row, localValue, localName, label, sender, eg } = subject;
  const hidden = (name: string, value: string | number): Html =>
    html`<input type="hidden" name="${name}" value="${value}">`;
  const fixed = row !== undefined || sender !== '';
  const key = fixed
    ? html`${fields([['Valeur locale', html`<span class="strong">${localValue}</span>`], ['Libellé', label], ['Nommé', label === '' && localName], row !== undefined && ['Vaut pour', scopeName(visit.gateway.config, row.scope)]].filter((pair) => pair !== false) as [string, Html | string][])}${hidden('valeur', localValue)}${hidden('libelle', label)}`
    : html`<div class="field"><label for="valeur">Valeur locale</label><input id="valeur" name="valeur" required maxlength="200" autocomplete="off" value="${localValue}"></div>
<div class="field"><label for="libelle">Libellé local (facultatif)</label><input id="libelle" name="libelle" maxlength="200" autocomplete="off" value="${label}"></div>`;
  return actionForm(
    { action: `${MAPPINGS}/${wordsOf(kind).slug}/ligne`, csrf: visit.session.csrf },
    html`${key}${row === undefined ? html`${hidden('nom', localName)}${hidden('emetteur', sender)}${hidden('eg', eg)}` : html`${hidden('ligne', row.id)}${hidden('revision', row.revision)}`}
${targetFields(visit, kind, subject)}
${kind === 'authors' && row === undefined && localName !== '' && html`<label class="choice"><input type="checkbox" name="seul" value="oui"> <span>Seulement quand le document nomme ${localName}<span class="hint block">À cocher quand plusieurs personnes emploient le même identifiant.</span></span></label>`}
${row === undefined && scopeField(visit, subject)}
<button type="submit" class="btn main">Enregistrer</button>`,
  );
}

/** For whom the row holds: the application that sent the value unless told; what another would share is chosen, not guessed. */
function scopeField({ gateway: { config }, actor }: Visit, { kind, sender, scope }: Subject): Html {
  const of = sender === '' ? undefined : scopeOfSender(sender);
  const scopes: Scope[] = [
    ...(of === undefined
      ? config.sources
          .filter(({ application }) => application !== '*')
          .map(({ application, facility }): Scope => ({ kind: 'source', application, facility }))
      : [of]),
    ...(of?.kind === 'source' && of.application !== 'REST' ? [{ ...of, facility: '*' }] : []),
    ...(kind === 'units'
      ? []
      : establishmentChoices(config, actor.eg).map(({ value }): Scope => ({ kind: 'establishment', eg: value }))),
    { kind: 'installation' },
  ];
  const texts = scopes
    .map(scopeText)
    .filter((text) => parseScope(text) !== undefined && scopeIsEditable(config, actor.eg, text));
  return html`<div class="field"><label for="portee">Vaut pour</label><select id="portee" name="portee">${texts.map(
    (text) => html`<option value="${text}"${text === scope && html` selected`}>${scopeName(config, text)}</option>`,
  )}</select></div>`;
}

async function sentCard({ gateway }: Visit, row: MappingRecord): Promise<Html> {
  const { current, earlier } = await countSentUnder(gateway.pool, row, MOST_COUNTED);
  const amount = (count: number) =>
    `${count === MOST_COUNTED ? 'au moins ' : ''}${counted(count, 'document', 'documents')}`;
  return html`<section class="card"><h2>Déjà partis</h2><p>${
    current === 0
      ? 'Aucun document n’est encore parti sous cette correspondance.'
      : `Sous la correspondance actuelle : ${amount(current)}.`
  }</p>${earlier > 0 && html`<p>Sous une version précédente : <span class="strong">${amount(earlier)}</span>.</p>`}<p class="mut">Une correction ne change pas ce qui est parti ; elle vaut pour ce qui n’est pas encore préparé. Pour corriger un document parti, son logiciel envoie une version de remplacement.</p></section>`;
}

function deletion(visit: Visit, row: MappingRecord): Html {
  const form = actionForm(
    { action: `${MAPPINGS}/${wordsOf(row.kind).slug}/supprimer`, csrf: visit.session.csrf },
    html`<input type="hidden" name="ligne" value="${row.id}"><p class="mut">Les prochains documents qui emploient « ${row.localValue} » attendront une nouvelle correspondance. Ce qui est parti ne change pas.</p><button type="submit" class="btn">Confirmer la suppression</button>`,
  );
  return html`<section class="card"><h2>Supprimer</h2><details class="behind"><summary>Supprimer cette correspondance</summary>${form}</details></section>`;
}

const EVENTS: Readonly<Record<MappingEvent['event'], string>> = {
  created: 'Ajoutée',
  changed: 'Modifiée',
  deleted: 'Supprimée',
};

function historyCard({ gateway: { config } }: Visit, row: MappingRecord, history: readonly MappingEvent[]): Html {
  // The row and its past are of one kind: what the column holds is what the kind says.
  const text = (target: MappingEvent['before']) =>
    target === null ? html`<span class="mut">–</span>` : targetText(config, { kind: row.kind, target } as KindTarget);
  return html`<section class="card"><h2>Historique</h2>${table(
    'Historique de la correspondance, du plus récent au plus ancien',
    [{ label: 'Date' }, { label: 'Par' }, { label: 'Événement' }, { label: 'Avant', wide: true }, { label: 'Après' }],
    history.map(({ at, actor, event, before, after }) => [
      html`<time class="nowrap" datetime="${at.toISOString()}">${dateTime(at)}</time>`,
      actorName(actor),
      EVENTS[event],
      text(before),
      text(after),
    ]),
  )}</section>`;
}
