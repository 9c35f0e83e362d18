/** « Listes de documents »: what must be fed and what can be fed, each version with its source; and publishing the next. */
import { may } from '../api/access.ts';
import { documentType, documentTypes } from '../codes/document-types.ts';
import type { DocumentList, ListEntry } from '../codes/feeding-lists.ts';
import { listsInForce, publishList } from '../feed/index.ts';
import { apiRules } from '../rules/api.ts';
import { policyRules } from '../rules/policy.ts';
import { ok, type Refusal, type Result, refuse } from '../rules/rule.ts';
import { type ListKind, type PublishedList, versionsOfList } from '../store/document-lists.ts';
import { actionForm, explanation, notice, table } from './components.ts';
import { birthDate, counted, dateTime, isoDate } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';
import { actorName, ruleTitle } from './words.ts';

const PATH = '/console/listes';
const SHOWN_VERSIONS = 20;

export const documentListPages: readonly PageDefinition[] = [
  { method: 'GET', path: PATH, permission: 'policy.read', answer: (visit) => showLists(visit) },
  { method: 'POST', path: PATH, permission: 'policy.write', answer: publish },
];

const TITLES: Readonly<Record<ListKind, string>> = {
  mandatory: 'Ce qui doit alimenter le DMP',
  feedable: 'Ce que le DMP admet',
};

async function showLists(visit: Visit, problem?: Refusal): Promise<Answer> {
  const lists = await listsInForce(visit.gateway);
  const body = html`${heading('Listes de documents', html`<p>Deux listes, qui ne se confondent pas : l’arrêté du 26 avril 2022 dit ce qui doit alimenter le DMP, le JDV_J66 ce que le DMP admet.</p>`, html`<a href="/console/travail">À traiter</a>`)}
${problem !== undefined && notice('bad', ruleTitle(problem.rule), explanation(problem.rule, problem.detail))}
${await listCard(visit, 'mandatory', lists.mandatory)}${await listCard(visit, 'feedable', lists.feedable)}`;
  return {
    kind: 'page',
    title: 'Listes de documents',
    section: 'travail',
    body,
    ...(problem !== undefined && { status: problem.rule.http }),
  };
}

async function listCard(visit: Visit, kind: ListKind, list: DocumentList & Partial<PublishedList>): Promise<Html> {
  const versions = await versionsOfList(visit.gateway.pool, kind, SHOWN_VERSIONS);
  const published =
    list.at === undefined
      ? 'fournie avec cette version du logiciel'
      : `publiée le ${dateTime(list.at)} par ${actorName(list.actor ?? '')}`;
  return html`<section class="card list" id="${kind}"><h2>${TITLES[kind]}</h2><p>Version ${list.version}, ${published}. ${list.source}, ${birthDate(list.dated)}. ${counted(list.entries.length, 'type', 'types')}.</p>
<details class="behind"><summary>Voir les types</summary>${entriesTable(kind, list.entries)}</details>
${versions.length > 0 && html`<details class="behind"><summary>Versions publiées ici</summary>${versionsTable(versions)}</details>`}
${may(visit.actor, 'policy.write') && publishForm(visit, kind, list)}</section>`;
}

function entriesTable(kind: ListKind, entries: readonly ListEntry[]): Html {
  const mandatory = kind === 'mandatory';
  return table(
    TITLES[kind],
    [
      { label: 'Code' },
      { label: 'Type', wide: true },
      ...(mandatory ? [{ label: 'Depuis' }, { label: 'Périmètre' }] : []),
    ],
    entries.map(({ code, since, outsideStay, dischargeOf }) => [
      html`<span class="strong">${code}</span>`,
      documentType(code)?.label ?? '',
      ...(mandatory
        ? [
            since === undefined ? '' : birthDate(since),
            [
              outsideStay === true ? 'hors séjour hospitalier' : '',
              dischargeOf === undefined ? '' : `attendu à la sortie des séjours ${dischargeOf.join(', ')}`,
            ]
              .filter((text) => text !== '')
              .join(' ; '),
          ]
        : []),
    ]),
  );
}

function versionsTable(versions: readonly PublishedList[]): Html {
  return table(
    'Versions publiées',
    [{ label: 'Version' }, { label: 'Source', wide: true }, { label: 'Publiée' }, { label: 'Motif' }],
    versions.map(({ version, source, dated, at, actor, reason, entries }) => [
      html`<span class="strong">${version}</span><br><span class="mut">${counted(entries.length, 'type', 'types')}</span>`,
      html`${source}<br><span class="mut">${birthDate(dated)}</span>`,
      html`${dateTime(at)}<br><span class="mut">${actorName(actor)}</span>`,
      reason,
    ]),
  );
}

/** One line a type: code, day, « hors séjour », classes of stays that end with it. */
function lineOf({ code, since, outsideStay, dischargeOf }: ListEntry): string {
  const parts = [code, since ?? '', outsideStay === true ? 'hors séjour' : '', dischargeOf?.join(' ') ?? ''];
  return parts.join(' ; ').replace(/( ; )+$/, '');
}

function publishForm(visit: Visit, kind: ListKind, list: DocumentList): Html {
  const hint =
    kind === 'mandatory'
      ? 'Un type par ligne : code ; depuis (AAAA-MM-JJ) ; hors séjour ; classes de séjour (PV1-2) qui se terminent par lui.'
      : 'Un code de type par ligne.';
  const input = (name: string, label: string, value: string) =>
    html`<div class="field"><label for="${kind}-${name}">${label}</label><input id="${kind}-${name}" name="${name}" value="${value}" required maxlength="300" autocomplete="off"></div>`;
  const form = actionForm(
    { action: PATH, csrf: visit.session.csrf },
    html`<input type="hidden" name="liste" value="${kind}">${input('version', 'Version', '')}${input('source', 'Source', list.source)}${input('date', 'Date de la source, JJ/MM/AAAA', birthDate(list.dated))}
<div class="field"><label for="${kind}-types">Types</label><textarea id="${kind}-types" name="types" rows="12" required aria-describedby="${kind}-aide">${list.entries.map(lineOf).join('\n')}</textarea><p class="hint" id="${kind}-aide">${hint}</p></div>${input('motif', 'Motif', '')}<button type="submit" class="btn">Publier cette version</button>`,
  );
  return html`<details class="behind"><summary>Publier une version</summary>${form}</details>`;
}

async function publish(visit: Visit): Promise<Answer> {
  const { gateway, actor, form, wholeForm } = visit;
  const kind = (['mandatory', 'feedable'] as const).find((known) => known === form('liste'));
  if (kind === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const entries = entriesOf(wholeForm('types'));
  if (!entries.ok) return showLists(visit, entries.refusal);
  const dated = isoDate(form('date')) ?? '';
  const list = { kind, version: form('version'), source: form('source'), dated, entries: entries.value };
  const done = await publishList(gateway, { ...list, reason: form('motif') }, actor.name);
  return done.ok ? { kind: 'redirect', to: `${PATH}#${kind}` } : showLists(visit, done.refusal);
}

function entriesOf(text: string): Result<ListEntry[]> {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  if (lines.length > documentTypes().length) return refuse(policyRules.listInvalid, { detail: 'trop de lignes' });
  const entries: ListEntry[] = [];
  for (const line of lines) {
    const [code = '', since = '', outside = '', classes = ''] = line.split(';').map((part) => part.trim());
    if (outside !== '' && outside !== 'hors séjour')
      return refuse(policyRules.listInvalid, { detail: `« ${outside.slice(0, 40)} » : « hors séjour » ou rien` });
    entries.push({
      code,
      ...(since === '' ? {} : { since }),
      ...(outside === '' ? {} : { outsideStay: true }),
      ...(classes === '' ? {} : { dischargeOf: classes.split(/[\s,]+/) }),
    });
  }
  return ok(entries);
}
