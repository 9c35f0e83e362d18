/** Conformité : the rule packs that are installed, which ones check what leaves, and how a coming one would do. */
import { may } from '../api/access.ts';
import { installPack, packFolders, setPackMode, sourceNames, startRehearsal } from '../conformance/index.ts';
import { apiRules } from '../rules/api.ts';
import { conformanceRules } from '../rules/conformance.ts';
import { type Refusal, type Result, refuse } from '../rules/rule.ts';
import { listRehearsals, type Rehearsal } from '../store/rehearsals.ts';
import { type InstalledPack, listPacks, type PackMode } from '../store/rule-packs.ts';
import { actionForm, chip, empty, explanation, fields, notice, table } from './components.ts';
import { PACK_MODES, REHEARSAL_STATES } from './conformance-words.ts';
import { senderName } from './document-table.ts';
import { dateTime, isoDate, number } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import { type Answer, isUuid, type PageDefinition, type Visit } from './visit.ts';
import { actorName, ruleTitle } from './words.ts';

const PATH = '/console/conformite';
const SHOWN = 20;

const POSTS: Readonly<Record<string, (visit: Visit) => Promise<Result<unknown>>>> = {
  installer: ({ gateway, actor, form }) => installPack(gateway, form('dossier'), actor.name),
  mode: (visit) => changeMode(visit),
  repeter: (visit) => rehearse(visit),
};

export const conformancePages: readonly PageDefinition[] = [
  { method: 'GET', path: PATH, permission: 'conformance.read', answer: (visit) => show(visit) },
  ...Object.entries(POSTS).map(
    ([name, act]): PageDefinition => ({
      method: 'POST',
      path: `${PATH}/${name}`,
      permission: 'conformance.operate',
      audited: 'operations',
      answer: async (visit) => {
        const result = visit.actor.eg === null ? await act(visit) : refuse(apiRules.notFound);
        return result.ok ? { kind: 'redirect', to: PATH } : show(visit, result.refusal);
      },
    }),
  ),
];

function modeOf(text: string): PackMode | undefined {
  return text === 'off' || text === 'observe' || text === 'block' ? text : undefined;
}

async function changeMode({ gateway, actor, form }: Visit): Promise<Result<unknown>> {
  const id = form('paquet');
  if (!isUuid(id)) return refuse(apiRules.notFound);
  const source = form('application');
  const asked = { mode: modeOf(form('mode')), ...(source === '' ? {} : { source }) };
  return setPackMode(gateway, id, asked, actor.name);
}

async function rehearse({ gateway, actor, form }: Visit): Promise<Result<unknown>> {
  const id = form('paquet');
  if (!isUuid(id)) return refuse(apiRules.notFound);
  const [from, to] = [dayOf(form('du')), dayOf(form('au'))];
  if (from === 'wrong' || to === 'wrong')
    return refuse(apiRules.invalidRequest, { detail: 'Les dates sont attendues, JJ/MM/AAAA.' });
  const period = { ...(from && { from }), ...(to && { to: new Date(to.getTime() + 86_400_000) }) };
  return startRehearsal(gateway, id, period, actor.name);
}

function dayOf(text: string): Date | undefined | 'wrong' {
  if (text === '') return undefined;
  const day = isoDate(text);
  const date = new Date(`${day}T00:00:00Z`);
  return day === undefined || Number.isNaN(date.getTime()) ? 'wrong' : date;
}

async function show(visit: Visit, refusal?: Refusal): Promise<Answer> {
  const { gateway, actor } = visit;
  const folders = packFolders(gateway.config);
  const [packs, rehearsals] = await Promise.all([listPacks(gateway.pool), listRehearsals(gateway.pool, SHOWN)]);
  const operates = may(actor, 'conformance.operate') && actor.eg === null;
  const known = new Set(packs.map(({ folder }) => folder));
  const others = folders.ok ? folders.value.filter((folder) => !known.has(folder)) : [];
  const body = html`${heading(
    'Conformité',
    html`<p>Les paquets de règles (schéma XML et schématrons) vérifient chaque document avant son envoi, en plus des règles d’en-tête de la passerelle, qui s’appliquent toujours. En observation, un paquet avertit ; bloquant, il arrête.</p>`,
  )}
${refusal !== undefined && notice('bad', ruleTitle(refusal.rule), explanation(refusal.rule, refusal.detail))}
${!folders.ok && folders.refusal.rule === conformanceRules.notConfigured ? html`<section class="card">${empty('Aucun dossier de paquets', 'La section « conformance » de la configuration le déclare. Sans elle, seules les règles d’en-tête s’appliquent.')}</section>` : ''}
${packs.length === 0 ? folders.ok && html`<section class="card">${empty('Aucun paquet installé', 'Déposer le dossier du paquet dans celui de la configuration, puis l’installer ici.')}</section>` : packs.map((pack) => packCard(visit, pack, operates))}
${operates && folders.ok && installForm(visit, [...others, ...folders.value.filter((folder) => known.has(folder))])}
<section class="card list" id="direct-repetitions" data-live><h2>Répétitions</h2>${rehearsals.length === 0 ? empty('Aucune répétition', 'Avant de mettre un paquet en service, le répéter sur les documents du mois : rien n’est envoyé.') : rehearsalTable(rehearsals)}</section>`;
  return {
    kind: 'page',
    title: 'Conformité',
    section: 'conformite',
    body,
    live: 'installation',
    ...(refusal !== undefined && { status: refusal.rule.http }),
  };
}

function packCard(visit: Visit, pack: InstalledPack, operates: boolean): Html {
  const { name, version, mode, hash, folder, content, validFrom, validUntil, sourceModes } = pack;
  return html`<section class="card"><div class="card-head"><h2>${name} ${version}</h2>${chip(PACK_MODES[mode])}</div>
${fields([
  ['Dossier', folder],
  ['Empreinte', html`<code>${hash.slice(0, 16)}…</code>`],
  ['Schéma XML', content.xsd ?? 'aucun'],
  ['Schématrons', content.entries.map(({ path }) => path.split('/').at(-1)).join(', ')],
  ['À partir du', validFrom],
  ['Jusqu’au', validUntil],
  ['Installé', `${dateTime(pack.installedAt)}, ${actorName(pack.installedBy)}`],
  ['Dernier changement', `${dateTime(pack.changedAt)}, ${actorName(pack.changedBy)}`],
  [
    'Par application',
    Object.entries(sourceModes)
      .map(([source, own]) => `${senderName(source)} : ${PACK_MODES[own].label.toLowerCase()}`)
      .join(', '),
  ],
])}
${operates && modeForm(visit, pack)}${operates && rehearseForm(visit, pack)}</section>`;
}

function modeForm(visit: Visit, { id, mode }: InstalledPack): Html {
  const modes = Object.entries(PACK_MODES);
  return html`<details class="behind"><summary>Changer de mode</summary>${actionForm(
    { action: `${PATH}/mode`, csrf: visit.session.csrf },
    html`<input type="hidden" name="paquet" value="${id}">
<div class="field"><label for="application-${id}">Application</label><select id="application-${id}" name="application"><option value="">Toutes</option>${sourceNames(
      visit.gateway.config,
    ).map((source) => html`<option value="${source}">${senderName(source)}</option>`)}</select></div>
<div class="field"><label for="mode-${id}">Mode</label><select id="mode-${id}" name="mode">${modes.map(
      ([value, { label }]) => html`<option value="${value}"${value === mode && html` selected`}>${label}</option>`,
    )}<option value="">Comme les autres applications</option></select></div>
<button type="submit" class="btn">Appliquer</button>`,
  )}</details>`;
}

function rehearseForm(visit: Visit, { id }: InstalledPack): Html {
  const date = (name: string, label: string) =>
    html`<div class="field"><label for="${name}-${id}">${label}</label><input id="${name}-${id}" name="${name}" inputmode="numeric" autocomplete="off" maxlength="10" placeholder="JJ/MM/AAAA" title="JJ/MM/AAAA"></div>`;
  return html`<details class="behind"><summary>Répéter sur des documents passés</summary>${actionForm(
    { action: `${PATH}/repeter`, csrf: visit.session.csrf },
    html`<input type="hidden" name="paquet" value="${id}">${date('du', 'Reçus du')}${date('au', 'au')}
<p class="hint">Sans dates : les trente derniers jours. Rien n’est envoyé, aucun document ne change.</p>
<button type="submit" class="btn">Répéter</button>`,
  )}</details>`;
}

function installForm(visit: Visit, folders: readonly string[]): Html | undefined {
  if (folders.length === 0) return undefined;
  return html`<section class="card"><h2>Installer un paquet</h2>${actionForm(
    { action: `${PATH}/installer`, csrf: visit.session.csrf },
    html`<div class="field"><label for="dossier">Dossier</label><select id="dossier" name="dossier">${folders.map(
      (folder) => html`<option value="${folder}">${folder}</option>`,
    )}</select></div><button type="submit" class="btn">Installer</button>`,
  )}</section>`;
}

function rehearsalTable(rehearsals: readonly Rehearsal[]): Html {
  return table(
    'Répétitions',
    [
      { label: 'Paquet', wide: true },
      { label: 'Lancée' },
      { label: 'État' },
      { label: 'Vérifiés', align: 'right' },
      { label: 'Ne passeraient plus', align: 'right' },
    ],
    rehearsals.map(({ id, packName, packVersion, startedAt, state, checked, total, broken }) => [
      html`<a class="strong" href="${PATH}/repetitions/${id}">${packName} ${packVersion}</a>`,
      dateTime(startedAt),
      chip(REHEARSAL_STATES[state]),
      `${number(checked)} sur ${number(total)}`,
      number(broken),
    ]),
  );
}
