/** Inventaires: files that say what is installed, or what vendors maintain; each line with what became of it. */
import { buffer } from 'node:stream/consumers';
import { importInventory, LARGEST_INVENTORY, lineReport } from '../observatory/index.ts';
import { apiRules } from '../rules/api.ts';
import { ruleById } from '../rules/catalogue.ts';
import {
  type InventoryImport,
  type InventoryLine,
  inventoryImportById,
  inventoryLines,
  listInventoryImports,
} from '../store/inventory.ts';
import { chip, empty, explanation, notice, table } from './components.ts';
import { counted, dateTime, number } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import { OBSERVATORY } from './observatory-words.ts';
import { type Answer, isUuid, type PageDefinition, type Visit } from './visit.ts';
import { actorName, french, ruleTitle, type Word } from './words.ts';

const IMPORTS = `${OBSERVATORY}/inventaires`;
const SHOWN = 50;
/** Lines shown; the file has them all. */
const MOST_LINES = 500;

const KINDS = { installed: 'Inventaire des applications installées', versions: 'Versions déclarées par les éditeurs' };
const OUTCOMES: Readonly<Record<InventoryLine['outcome'], Word>> = {
  added: { tone: 'ok', label: 'Ajoutée' },
  changed: { tone: 'ok', label: 'Modifiée' },
  unchanged: { tone: 'idle', label: 'Inchangée' },
  rejected: { tone: 'bad', label: 'Rejetée' },
};

/** An inventory speaks of every establishment. */
const own = { permission: 'inventory.import', whole: true } as const;

export const inventoryPages: readonly PageDefinition[] = [
  { ...own, method: 'GET', path: IMPORTS, answer: (visit) => showImports(visit) },
  { ...own, method: 'POST', path: IMPORTS, maxBytes: LARGEST_INVENTORY + 64 * 1024, answer: receive },
  { ...own, method: 'GET', path: `${IMPORTS}/:id`, answer: showImport },
  { ...own, method: 'GET', path: `${IMPORTS}/:id/rapport`, answer: report },
];

async function receive(visit: Visit): Promise<Answer> {
  const { file, gateway, actor, form } = visit;
  if (file === undefined) return showImports(visit);
  const kind = form('nature') === 'versions' ? 'versions' : 'installed';
  const bytes = await buffer(file.bytes);
  const read = await importInventory(gateway, { kind, name: file.name || 'inventaire.csv', bytes }, actor.name);
  if (read.ok) return { kind: 'redirect', to: `${IMPORTS}/${read.value.id}` };
  const { rule, detail } = read.refusal;
  return showImports(visit, notice('bad', ruleTitle(rule), explanation(rule, detail)));
}

async function showImports(visit: Visit, problem?: Html): Promise<Answer> {
  const files = await listInventoryImports(visit.gateway.pool, SHOWN);
  const body = html`${heading(
    'Inventaires',
    html`<p>Ce que l’on dit de ce qui est installé, à côté de ce qui est vu. Une ligne corrigée se renvoie avec tout le fichier : ce qui est déjà connu ne change pas.</p>`,
    html`<a href="${OBSERVATORY}">Observatoire</a>`,
  )}
${problem ?? ''}
<section class="card"><h2>Importer</h2>${importForm(visit)}</section>
<section class="card list"><h2>Derniers fichiers</h2>${files.length === 0 ? empty('Aucun fichier', 'Les fichiers importés paraissent ici avec ce que sont devenues leurs lignes.') : fileTable(files)}</section>`;
  return {
    kind: 'page',
    title: 'Inventaires',
    section: 'migration',
    body,
    ...(problem !== undefined && { status: 422 }),
  };
}

/** The file comes last: what stands before it says what to do with it. */
function importForm({ session }: Visit): Html {
  const kinds = Object.entries(KINDS).map(([value, label]) => html`<option value="${value}">${label}</option>`);
  return html`<form method="post" action="${IMPORTS}" enctype="multipart/form-data" class="form"><input type="hidden" name="jeton" value="${session.csrf}">
<div class="field"><label for="nature">Nature</label><select id="nature" name="nature">${kinds}</select></div>
<div class="field"><label for="fichier">Fichier CSV en UTF-8</label><input id="fichier" type="file" name="fichier" accept=".csv,text/csv" required aria-describedby="colonnes"><p class="hint" id="colonnes">Applications : finess, produit, et si connus version, editeur, role, application (MSH-3), structure (MSH-4), api, identite, commentaire. Versions : produit, version, et si connus editeur, fin_maintenance, version_compatible, lien, source. Les autres colonnes sont gardées avec la ligne, sans effet.</p></div>
<div class="field-actions"><button type="submit" class="btn main">Envoyer le fichier</button></div></form>`;
}

function fileTable(files: readonly InventoryImport[]): Html {
  const right = { align: 'right' } as const;
  return table(
    'Inventaires importés, du plus récent au plus ancien',
    [
      { label: 'Fichier', wide: true },
      { label: 'Reçu' },
      { label: 'Ajoutées', ...right },
      { label: 'Modifiées', ...right },
      { label: 'Inchangées', ...right },
      { label: 'Rejetées', ...right },
    ],
    files.map((file) => [
      html`<a class="strong" href="${IMPORTS}/${file.id}">${file.name}</a><br><span class="mut">${KINDS[file.kind]}</span>`,
      html`${dateTime(file.at)}<br><span class="mut">${actorName(file.by)}</span>`,
      ...[file.added, file.changed, file.unchanged, file.rejected].map(number),
    ]),
  );
}

async function found({ gateway, id }: Visit): Promise<InventoryImport | undefined> {
  return isUuid(id) ? inventoryImportById(gateway.pool, id) : undefined;
}

const NOT_FOUND: Answer = { kind: 'refused', refusal: { rule: apiRules.notFound } };

async function showImport(visit: Visit): Promise<Answer> {
  const file = await found(visit);
  if (file === undefined) return NOT_FOUND;
  const lines = await inventoryLines(visit.gateway.pool, file.id);
  // What somebody has to correct comes first.
  const ordered = [...lines.filter(isRejected), ...lines.filter((line) => !isRejected(line))];
  const body = html`${heading(
    file.name,
    html`<p>${KINDS[file.kind]}, ${dateTime(file.at)}, ${actorName(file.by)} : ${counted(file.added, 'ligne ajoutée', 'lignes ajoutées')}, ${counted(file.changed, 'modifiée', 'modifiées')}, ${counted(file.unchanged, 'inchangée', 'inchangées')}, ${counted(file.rejected, 'rejetée', 'rejetées')}.</p>`,
    html`<a href="${IMPORTS}">Inventaires</a> · <a href="${IMPORTS}/${file.id}/rapport">Rapport ligne à ligne (CSV)</a>`,
  )}
<section class="card list"><h2>Lignes</h2>${ordered.length === 0 ? empty('Aucune ligne', 'Le fichier n’a que ses titres.') : lineTable(ordered.slice(0, MOST_LINES))}${ordered.length > MOST_LINES && html`<p class="mut">${number(MOST_LINES)} lignes sur ${number(ordered.length)} ; le rapport les a toutes.</p>`}</section>`;
  return { kind: 'page', title: file.name, section: 'migration', body };
}

function isRejected({ outcome }: InventoryLine): boolean {
  return outcome === 'rejected';
}

function lineTable(lines: readonly InventoryLine[]): Html {
  return table(
    'Lignes du fichier, les rejetées d’abord',
    [
      { label: 'Ligne', align: 'right' },
      { label: 'Suite' },
      { label: 'Contenu', wide: true },
      { label: 'Raison, et que faire' },
    ],
    lines.map(({ line, outcome, ruleId, detail, cells }) => {
      const rule = ruleById(ruleId ?? '');
      return [
        number(line),
        chip(OUTCOMES[outcome]),
        cells
          .filter((cell) => cell !== '')
          .join(' · ')
          .slice(0, 300),
        rule === undefined
          ? detail
          : html`<span class="strong">${ruleTitle(rule)}</span> ${detail}<br><span class="mut">${french(rule.remedy)}</span>`,
      ];
    }),
  );
}

async function report(visit: Visit): Promise<Answer> {
  const file = await found(visit);
  if (file === undefined) return NOT_FOUND;
  const bytes = Buffer.from(lineReport(file, await inventoryLines(visit.gateway.pool, file.id)));
  return { kind: 'content', mimeType: 'text/csv; charset=utf-8', bytes, saveAs: `inventaire-${file.id}.csv` };
}
