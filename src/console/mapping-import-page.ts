/** The tables as files: export, and an import that first says what it would do. */
import { type CheckedMapping, saveMappings, scopeIsVisible } from '../mapping/index.ts';
import { apiRules } from '../rules/api.ts';
import { listMappings } from '../store/mappings.ts';
import { actionForm, table } from './components.ts';
import { counted, number } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import { columnsOf, csvOf, type ImportReport, MOST_LINES, readImport } from './mapping-csv.ts';
import { mappingActor, mappingTabs } from './mapping-frame.ts';
import { kindOfPage, MAPPINGS, type wordsOf } from './mapping-words.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';
import { french, ruleTitle } from './words.ts';

/** A file of `MOST_LINES` lines, as a form sends it. */
const MOST_BYTES = 2 * 1024 * 1024;
/** Rows of one transaction: nobody waits long for the tables. */
const BATCH = 200;
/** Rejected lines shown. */
const SHOWN = 100;

type Words = ReturnType<typeof wordsOf>;

function withKind(answer: (visit: Visit, words: Words) => Promise<Answer>): (visit: Visit) => Promise<Answer> {
  return async (visit) => {
    const words = kindOfPage(visit);
    return words === undefined ? { kind: 'refused', refusal: { rule: apiRules.notFound } } : answer(visit, words);
  };
}

export const mappingImportRoutes: readonly PageDefinition[] = [
  {
    method: 'GET',
    path: `${MAPPINGS}/:id/export`,
    permission: 'mappings.read',
    answer: withKind(async ({ gateway, actor }, { kind, slug }) => {
      const rows = await listMappings(gateway.pool, { kind, search: '', after: null, limit: 1_000_000 });
      const shown = rows.filter(({ scope }) => scopeIsVisible(gateway.config, actor.eg, scope));
      const bytes = Buffer.from(csvOf(kind, shown), 'utf8');
      return { kind: 'content', mimeType: 'text/csv; charset=utf-8', bytes, saveAs: `correspondances-${slug}.csv` };
    }),
  },
  {
    method: 'GET',
    path: `${MAPPINGS}/:id/import`,
    permission: 'mappings.write',
    answer: withKind((visit, words) => showImport(visit, words, '', undefined)),
  },
  {
    method: 'POST',
    path: `${MAPPINGS}/:id/import`,
    permission: 'mappings.write',
    audited: 'mappings',
    maxBytes: MOST_BYTES,
    answer: withKind(async (visit, words) => {
      const text = visit.wholeForm('fichier');
      const report = await readImport(visit.gateway, words.kind, text, mappingActor(visit));
      if (visit.form('confirmer') !== 'oui') return showImport(visit, words, text, report);
      await record(visit, [...report.toAdd, ...report.toChange]);
      return { kind: 'redirect', to: `${MAPPINGS}/${words.slug}?enregistre=oui` };
    }),
  },
];

async function record(visit: Visit, rows: readonly CheckedMapping[]): Promise<void> {
  for (let start = 0; start < rows.length; start += BATCH)
    await saveMappings(visit.gateway, rows.slice(start, start + BATCH), mappingActor(visit));
}

async function showImport(visit: Visit, words: Words, text: string, report: ImportReport | undefined): Promise<Answer> {
  const title = `Importer : ${words.title.toLowerCase()}`;
  const action = `${MAPPINGS}/${words.slug}/import`;
  const { csrf } = visit.session;
  const body = html`${heading(title, html`<p>Rien n’est enregistré avant la confirmation : le fichier est d’abord contrôlé ligne par ligne.</p>`, html`<a href="${MAPPINGS}/${words.slug}">Correspondances : ${words.title.toLowerCase()}</a>`)}
${await mappingTabs(visit, words.kind)}
${report !== undefined && reportCard(report, actionForm({ action, csrf }, html`<textarea name="fichier" hidden aria-hidden="true">${text}</textarea><button type="submit" name="confirmer" value="oui" class="btn main">Enregistrer ${counted(report.toAdd.length + report.toChange.length, 'ligne', 'lignes')}</button>`))}
<section class="card"><h2>${report === undefined ? 'Fichier' : 'Contrôler un autre fichier'}</h2>${actionForm(
    { action, csrf },
    html`<p class="mut">Colonnes, séparées par des points-virgules, avec leur nom en première ligne : <code>${columnsOf(words.kind).join(' ; ')}</code>. ${PORTEE} ${number(MOST_LINES)} lignes au plus. L’export donne un fichier au bon format.</p>
<div class="field"><label for="choisir">Choisir un fichier CSV (UTF-8)</label><input id="choisir" type="file" accept=".csv,text/csv" data-into="fichier"></div>
<div class="field"><label for="fichier">Ou coller son contenu</label><textarea id="fichier" name="fichier" rows="8" required spellcheck="false"></textarea></div>
<button type="submit" class="btn${report === undefined && ' main'}">Contrôler</button>`,
  )}</section>`;
  return { kind: 'page', title, section: 'correspondances', body };
}

const PORTEE =
  '«\u00a0portee\u00a0» est vide pour toute l’installation, «\u00a0eg:FINESS\u00a0» pour un établissement, «\u00a0source:MSH-3|MSH-4\u00a0» pour une application.';

function reportCard({ toAdd, toChange, unchanged, rejected }: ImportReport, confirm: Html): Html {
  const changes = toAdd.length + toChange.length;
  return html`<section class="card" id="controle"><h2>Ce que ferait cet import</h2><p role="status">${counted(toAdd.length, 'ligne ajoutée', 'lignes ajoutées')}, ${counted(toChange.length, 'modifiée', 'modifiées')}, ${counted(unchanged, 'inchangée', 'inchangées')}, ${counted(rejected.length, 'écartée', 'écartées')}.</p>${
    rejected.length > 0 &&
    html`<div class="tools">${table(
      'Lignes écartées',
      [
        { label: 'Ligne', align: 'right' },
        { label: 'Valeur' },
        { label: 'Raison', wide: true },
        { label: 'Que faire' },
      ],
      rejected
        .slice(0, SHOWN)
        .map(({ line, value, refusal }) => [
          String(line),
          value,
          html`<span class="strong">${ruleTitle(refusal.rule)}</span>${refusal.detail !== undefined && html`<br><span class="mut">${refusal.detail}</span>`}`,
          french(refusal.rule.remedy),
        ]),
    )}</div>${rejected.length > SHOWN && html`<p class="mut">Les ${SHOWN} premières lignes écartées sont montrées.</p>`}`
  }${changes > 0 && confirm}</section>`;
}
