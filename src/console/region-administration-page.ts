/** What the region administers: figures imported, installations that push, rules of vigilance. */
import {
  IMPORT_COLUMNS,
  importFigures,
  isRiskKind,
  MOST_IMPORT_BYTES,
  RISK_RULES,
  registerInstallation,
  revoke,
  riskRulesInForce,
  setRiskRule,
} from '../region/index.ts';
import { apiRules } from '../rules/api.ts';
import { ruleById } from '../rules/catalogue.ts';
import type { Refusal, Result } from '../rules/rule.ts';
import { listRegionImports, type RegionImport, regionImportById } from '../store/region-imports.ts';
import { type Installation, listInstallations } from '../store/region-installations.ts';
import { actionForm, chip, empty, explanation, notice, table } from './components.ts';
import { counted, dateTime, number } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import { REGION, riskTitle } from './region-words.ts';
import { type Answer, isUuid, type PageDefinition, type Visit } from './visit.ts';
import { actorName, ruleTitle } from './words.ts';

const IMPORTS = `${REGION}/imports`;
const INSTALLATIONS = `${REGION}/installations`;
const RULES = `${REGION}/vigilance`;
const SHOWN = 100;
const ABOVE = html`<a href="${REGION}">Région</a>`;
const RIGHT = { align: 'right' } as const;

const get = { method: 'GET', permission: 'region.write', whole: true } as const;
const post = { method: 'POST', permission: 'region.write', whole: true } as const;

export const regionAdministrationPages: readonly PageDefinition[] = [
  { ...get, path: IMPORTS, answer: (visit) => showImports(visit) },
  { ...post, path: IMPORTS, maxBytes: 2 * MOST_IMPORT_BYTES, answer: takeImport },
  { ...get, path: `${IMPORTS}/:id`, answer: showImport },
  { ...get, path: INSTALLATIONS, answer: (visit) => showInstallations(visit) },
  { ...post, path: INSTALLATIONS, answer: register },
  { ...post, path: `${INSTALLATIONS}/:id/revocation`, answer: revokeKey },
  { ...get, path: RULES, answer: (visit) => showRules(visit) },
  { ...post, path: `${RULES}/:id`, answer: setRule },
];

function problem(refusal: Refusal | undefined): Html | undefined {
  return refusal && notice('bad', ruleTitle(refusal.rule), explanation(refusal.rule, refusal.detail));
}

function refusalOf<T>(result: Result<T>): Refusal | undefined {
  return result.ok ? undefined : result.refusal;
}

interface Typed {
  readonly source: string;
  readonly dated: string;
  readonly text: string;
}

async function takeImport(visit: Visit): Promise<Answer> {
  const { gateway, actor, form, wholeForm } = visit;
  const typed: Typed = { source: form('source'), dated: form('date'), text: wholeForm('fichier') };
  const rehearsal = form('confirmer') !== 'oui';
  const result = await importFigures(
    gateway,
    Buffer.from(typed.text, 'utf8'),
    { name: 'console', source: typed.source, dated: typed.dated, rehearsal },
    actor,
  );
  if (result.ok && !rehearsal) return { kind: 'redirect', to: `${IMPORTS}/${result.value.id}` };
  return showImports(visit, typed, result);
}

async function showImports(visit: Visit, typed?: Typed, result?: Result<RegionImport>): Promise<Answer> {
  const { csrf } = visit.session;
  const imports = await listRegionImports(visit.gateway.pool, SHOWN);
  const refusal = result && refusalOf(result);
  const body = html`${heading(
    'Chiffres importés',
    html`<p>Pour les établissements qui ne sont pas reliés : chaque chiffre garde sa source et sa date. Le même fichier importé deux fois ne change rien.</p>`,
    ABOVE,
  )}
${problem(refusal)}${result?.ok === true && typed !== undefined && rehearsed(result.value, typed, csrf)}
<section class="card"><h2>${result === undefined ? 'Fichier' : 'Contrôler un autre fichier'}</h2>${actionForm(
    { action: IMPORTS, csrf },
    html`<p class="mut">Colonnes, séparées par des points-virgules, avec leur nom en première ligne : <code>${IMPORT_COLUMNS.join(' ; ')}</code>. Obligatoires : les deux numéros FINESS, le mois (AAAA-MM) et les documents. Plusieurs produits sont séparés par une barre verticale.</p>
<div class="field"><label for="source">Source : qui publie ces chiffres</label><input id="source" name="source" required maxlength="200" value="${typed?.source}"></div>
<div class="field"><label for="date">Date des chiffres</label><input id="date" name="date" type="date" required value="${typed?.dated}"></div>
<div class="field"><label for="choisir">Choisir un fichier CSV (UTF-8)</label><input id="choisir" type="file" accept=".csv,text/csv" data-into="fichier"></div>
<div class="field"><label for="fichier">Ou coller son contenu</label><textarea id="fichier" name="fichier" rows="8" required spellcheck="false"></textarea></div>
<button type="submit" class="btn${result === undefined && ' main'}">Contrôler</button>`,
  )}</section>
<section class="card list"><h2>Imports</h2>${imports.length === 0 ? empty('Aucun import', 'Les fichiers importés apparaîtront ici, avec leurs lignes écartées.') : importTable(imports)}</section>`;
  const status = refusal === undefined ? {} : { status: refusal.rule.http };
  return { kind: 'page', title: 'Chiffres importés', section: 'region', body, ...status };
}

function rehearsed(row: RegionImport, { source, dated, text }: Typed, csrf: string): Html {
  const changes = row.added + row.replaced;
  return html`<section class="card" id="controle"><h2>Ce que ferait cet import</h2><p role="status">${summary(row)}</p>${row.rejected > 0 && rejectionTable(row)}${
    changes > 0 &&
    actionForm(
      { action: IMPORTS, csrf },
      html`<input type="hidden" name="source" value="${source}"><input type="hidden" name="date" value="${dated}"><textarea name="fichier" hidden aria-hidden="true">${text}</textarea><button type="submit" name="confirmer" value="oui" class="btn main">Enregistrer ${counted(changes, 'ligne', 'lignes')}</button>`,
    )
  }</section>`;
}

function summary({ added, replaced, unchanged, rejected }: RegionImport): string {
  return `${counted(added, 'ligne ajoutée', 'lignes ajoutées')}, ${counted(replaced, 'modifiée', 'modifiées')}, ${counted(unchanged, 'inchangée', 'inchangées')}, ${counted(rejected, 'écartée', 'écartées')}.`;
}

function rejectionTable({ rejections }: RegionImport): Html {
  return table(
    'Lignes écartées',
    [{ label: 'Ligne', ...RIGHT }, { label: 'Raison', wide: true }, { label: 'Que faire' }],
    rejections
      .slice(0, SHOWN)
      .map(({ line, rule, detail }) => [
        String(line),
        html`<span class="strong">${ruleById(rule)?.title ?? rule}</span><br><span class="mut">${detail}</span>`,
        ruleById(rule)?.remedy,
      ]),
  );
}

function importTable(imports: readonly RegionImport[]): Html {
  return table(
    'Imports, du plus récent au plus ancien',
    [
      { label: 'Source', wide: true },
      { label: 'Date des chiffres' },
      { label: 'Lignes', ...RIGHT },
      { label: 'Ajoutées', ...RIGHT },
      { label: 'Modifiées', ...RIGHT },
      { label: 'Écartées', ...RIGHT },
      { label: 'Importé le', ...RIGHT },
    ],
    imports.map((row) => [
      html`<a class="strong" href="${IMPORTS}/${row.id}">${row.source}</a><br><span class="mut">${actorName(row.importedBy)}</span>`,
      row.dated.split('-').reverse().join('/'),
      number(row.lines),
      number(row.added),
      number(row.replaced),
      number(row.rejected),
      dateTime(row.importedAt),
    ]),
  );
}

async function showImport({ gateway, id }: Visit): Promise<Answer> {
  const row = isUuid(id) ? await regionImportById(gateway.pool, id) : undefined;
  if (row === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const body = html`${heading(
    `Import : ${row.source}`,
    html`<p>${summary(row)} Importé le ${dateTime(row.importedAt)} par ${actorName(row.importedBy)}. Empreinte SHA-256 du fichier : <code>${row.sha256.slice(0, 16)}…</code></p>`,
    html`<a href="${REGION}">Région</a> · <a href="${IMPORTS}">Chiffres importés</a>`,
  )}
<section class="card list"><h2>Lignes écartées</h2>${row.rejected === 0 ? empty('Aucune ligne écartée', 'Chaque ligne du fichier a été prise.') : rejectionTable(row)}</section>`;
  return { kind: 'page', title: `Import : ${row.source}`, section: 'region', body };
}

/** One establishment a line: its FINESS, that of its legal entity, its name. */
function establishmentsOf(text: string): { eg: string; ej: string; name: string; legalName: string }[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const [eg = '', ej = '', ...name] = line.split(';').map((cell) => cell.trim());
    return eg === '' ? [] : [{ eg, ej, name: name.join(' ').slice(0, 200) || eg, legalName: '' }];
  });
}

async function register(visit: Visit): Promise<Answer> {
  const { gateway, actor, form, wholeForm } = visit;
  const establishments = establishmentsOf(wholeForm('etablissements'));
  const publicKey = wholeForm('cle').trim();
  const result = await registerInstallation(gateway, { name: form('nom'), publicKey, establishments }, actor);
  return result.ok ? { kind: 'redirect', to: INSTALLATIONS } : showInstallations(visit, result.refusal);
}

async function revokeKey({ gateway, actor, id }: Visit): Promise<Answer> {
  return (await revoke(gateway, id, actor))
    ? { kind: 'redirect', to: INSTALLATIONS }
    : { kind: 'refused', refusal: { rule: apiRules.notFound } };
}

async function showInstallations(visit: Visit, refusal?: Refusal): Promise<Answer> {
  const { csrf } = visit.session;
  const rows = await listInstallations(visit.gateway.pool);
  const body = html`${heading(
    'Installations qui transmettent',
    html`<p>Chaque installation signe ses comptages ; la région ne détient que sa clé publique. Rien d’une personne ne peut y figurer.</p>`,
    ABOVE,
  )}
${problem(refusal)}
<section class="card list"><h2>Installations</h2>${
    rows.length === 0
      ? empty(
          'Aucune installation',
          'Une installation enregistrée ci-dessous transmettra ses comptages dès que sa configuration nomme la région (region.push).',
        )
      : installationTable(rows, csrf)
  }</section>
<section class="card"><h2>Enregistrer une installation</h2>${actionForm(
    { action: INSTALLATIONS, csrf },
    html`<div class="field"><label for="nom">Nom</label><input id="nom" name="nom" required maxlength="200"></div>
<div class="field"><label for="cle">Clé publique (Ed25519, PEM)</label><textarea id="cle" name="cle" rows="4" required spellcheck="false" placeholder="-----BEGIN PUBLIC KEY-----"></textarea></div>
<div class="field"><label for="etablissements">Établissements : FINESS géographique ; FINESS juridique ; nom, un par ligne</label><textarea id="etablissements" name="etablissements" rows="4" required spellcheck="false"></textarea></div>
<button type="submit" class="btn main">Enregistrer</button>`,
  )}</section>`;
  const status = refusal === undefined ? {} : { status: refusal.rule.http };
  return { kind: 'page', title: 'Installations qui transmettent', section: 'region', body, ...status };
}

function installationTable(rows: readonly Installation[], csrf: string): Html {
  return table(
    'Installations enregistrées',
    [
      { label: 'Installation', wide: true },
      { label: 'État' },
      { label: 'Établissements', ...RIGHT },
      { label: 'Envois pris', ...RIGHT },
      { label: 'Dernier', ...RIGHT },
      { label: 'Action', quiet: true },
    ],
    rows.map((row) => [
      html`<span class="strong">${row.name}</span><br><span class="mut">${row.keyId.slice(0, 16)}… · ${actorName(row.registeredBy)}</span>`,
      row.revokedAt === null
        ? chip({ tone: 'ok', label: 'Active' })
        : html`${chip({ tone: 'bad', label: 'Révoquée' })}<br><span class="mut">${dateTime(row.revokedAt)}</span>`,
      number(row.egs.length),
      number(row.lastSequence),
      row.lastReceivedAt === null ? html`<span class="mut">aucun</span>` : dateTime(row.lastReceivedAt),
      row.revokedAt === null &&
        actionForm(
          { action: `${INSTALLATIONS}/${row.keyId}/revocation`, csrf, className: 'inline' },
          html`<button type="submit" class="btn small">Révoquer<span class="unseen"> ${row.name}</span></button>`,
        ),
    ]),
  );
}

async function setRule(visit: Visit): Promise<Answer> {
  const { gateway, actor, id, form } = visit;
  if (!isRiskKind(id)) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const text = form('seuil');
  const threshold = text === '' ? RISK_RULES[id].threshold : Number(text);
  const result = await setRiskRule(gateway, { kind: id, enabled: form('active') === 'oui', threshold }, actor);
  return result.ok ? { kind: 'redirect', to: RULES } : showRules(visit, result.refusal);
}

async function showRules(visit: Visit, refusal?: Refusal): Promise<Answer> {
  const { csrf } = visit.session;
  const rules = await riskRulesInForce(visit.gateway);
  const body = html`${heading(
    'Règles de vigilance',
    html`<p>Les seuils de départ sont des choix de ce logiciel, pas des textes officiels : la région les règle.</p>`,
    ABOVE,
  )}
${problem(refusal)}
<section class="card list">${table(
    'Règles de vigilance et leurs seuils',
    [{ label: 'Règle' }, { label: 'Pourquoi', wide: true }, { label: 'Réglage' }, { label: 'Modifiée', ...RIGHT }],
    rules.map(({ kind, enabled, threshold, changedBy, changedAt }) => {
      const { rule, unit, least, most } = RISK_RULES[kind];
      return [
        html`<span class="strong">${riskTitle(rule)}</span><br><span class="mut">${rule.id}</span>`,
        rule.cause,
        actionForm(
          { action: `${RULES}/${kind}`, csrf },
          html`${unit !== null && html`<div class="field"><label for="seuil-${kind}">Seuil : ${unit}</label><input id="seuil-${kind}" name="seuil" type="number" min="${least}" max="${most}" required value="${threshold}"></div>`}
<label class="choice"><input type="checkbox" name="active" value="oui"${enabled && html` checked`}> <span>Appliquée</span></label>
<button type="submit" class="btn small">Enregistrer<span class="unseen"> : ${rule.title}</span></button>`,
        ),
        changedAt === null
          ? html`<span class="mut">d’origine</span>`
          : html`${dateTime(changedAt)}<br><span class="mut">${actorName(changedBy ?? '')}</span>`,
      ];
    }),
  )}</section>`;
  const status = refusal === undefined ? {} : { status: refusal.rule.http };
  return { kind: 'page', title: 'Règles de vigilance', section: 'region', body, ...status };
}
