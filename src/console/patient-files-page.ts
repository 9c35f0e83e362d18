/** Patients by file: the form that takes one in, the imports, and the export. */
import { may } from '../api/access.ts';
import { patientsFile, receivePatientFile } from '../exchange/index.ts';
import { apiRules } from '../rules/api.ts';
import { listImports, type PatientImport } from '../store/patient-imports.ts';
import { actionForm, chip, empty, explanation, filterSelect, notice, table } from './components.ts';
import { dateTime, number } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';
import { actorName, ruleTitle, STATUSES } from './words.ts';

export const IMPORTS = '/console/imports';
const SHOWN = 50;
/** The setting `imports.maxBytes` counts what really comes; this is only what the form announces at most. */
const MOST_ANNOUNCED = 2 ** 31;

export const IMPORT_STATES = {
  queued: { tone: 'wait', label: 'En file' },
  running: { tone: 'wait', label: 'En cours' },
  done: { tone: 'ok', label: 'Terminé' },
  stopped: { tone: 'bad', label: 'Arrêté' },
} as const;

export const patientFilesPages: readonly PageDefinition[] = [
  { method: 'GET', path: IMPORTS, permission: 'patients.import', answer: (visit) => show(visit) },
  {
    method: 'POST',
    path: IMPORTS,
    permission: 'patients.import',
    audited: 'patients',
    maxBytes: MOST_ANNOUNCED,
    answer: receive,
  },
  {
    method: 'GET',
    path: `${IMPORTS}/export`,
    permission: 'patients.export',
    audited: 'patients',
    answer: async (visit) => {
      const withIns = visit.query('matricule') === 'oui';
      if (withIns && !may(visit.actor, 'patients.export-ins'))
        return { kind: 'refused', refusal: { rule: apiRules.forbidden } };
      const status = Object.keys(STATUSES).find((one) => one === visit.query('statut')) as
        | keyof typeof STATUSES
        | undefined;
      const none = { ids: [], numbers: [], families: [], givens: [], birthDates: [], sexes: [] };
      const criteria = { ...none, active: true, ...(status === undefined ? {} : { statuses: [status] }) };
      const chunks = patientsFile(visit.gateway.pool, criteria, { withIns });
      return { kind: 'stream', mimeType: 'text/csv; charset=utf-8', chunks, saveAs: 'patients.csv' };
    },
  },
];

async function receive(visit: Visit): Promise<Answer> {
  const { file } = visit;
  if (file === undefined) return show(visit);
  const received = await receivePatientFile(
    visit.gateway,
    file.bytes,
    {
      name: file.name === '' ? 'patients.csv' : file.name,
      encoding: visit.form('encodage') === 'windows-1252' ? 'windows-1252' : 'utf-8',
      mode: visit.form('mode') === 'import' ? 'import' : 'rehearsal',
      known: visit.form('connus') === 'update' ? 'update' : 'reject',
    },
    visit.actor.name,
  );
  if (received.ok) return { kind: 'redirect', to: `${IMPORTS}/${received.value.id}` };
  const { rule, detail } = received.refusal;
  return show(visit, notice('bad', ruleTitle(rule), explanation(rule, detail)));
}

async function show(visit: Visit, problem?: Html): Promise<Answer> {
  const title = 'Fichiers de patients';
  const imports = await listImports(visit.gateway.pool, SHOWN);
  const body = html`${heading(title, html`<p>Un fichier est d’abord pris en entier, puis traité par lots ; les admissions passent entre les lots. Chaque nouvelle identité est provisoire.</p>`, html`<a href="/console/patients">Patients</a>`)}
${problem ?? ''}
<section class="card"><h2>Importer</h2>${importForm(visit)}</section>
${may(visit.actor, 'patients.export') && html`<section class="card"><h2>Exporter</h2>${exportForm(visit)}</section>`}
<section class="card list"><h2>Derniers imports</h2>${imports.length > 0 ? importTable(imports) : empty('Aucun import', 'Les fichiers importés paraissent ici avec ce que sont devenues leurs lignes.')}</section>`;
  return { kind: 'page', title, section: 'patients', body, ...(problem === undefined ? {} : { status: 422 }) };
}

/** The file comes last: what stands before it says what to do with it. */
function importForm({ session }: Visit): Html {
  return html`<form method="post" action="${IMPORTS}" enctype="multipart/form-data" class="form"><input type="hidden" name="jeton" value="${session.csrf}">
<div class="field"><label for="mode">Mode</label><select id="mode" name="mode"><option value="rehearsal">Répétition : compter sans rien écrire</option><option value="import">Importer</option></select></div>
<div class="field"><label for="connus">IPP déjà connus</label><select id="connus" name="connus"><option value="reject">Rejeter la ligne si ses traits diffèrent</option><option value="update">Mettre l’identité à jour</option></select></div>
<div class="field"><label for="encodage">Encodage</label><select id="encodage" name="encodage"><option value="utf-8">UTF-8</option><option value="windows-1252">Windows-1252 (tableur ancien)</option></select></div>
<div class="field"><label for="fichier">Fichier CSV</label><input id="fichier" type="file" name="fichier" accept=".csv,text/csv" required aria-describedby="colonnes"><p class="hint" id="colonnes">Première ligne : Nom de naissance, Premier prénom, Sexe, Date de naissance, IPP ; en plus, si connus : Prénoms de naissance, Code lieu de naissance, Nom utilisé, Prénom utilisé, Domaine. Les autres colonnes, NIR et statut compris, sont ignorées.</p></div>
<div class="field-actions"><button type="submit" class="btn main">Envoyer le fichier</button></div></form>`;
}

function exportForm({ actor }: Visit): Html {
  const statuses = Object.entries(STATUSES).map(([value, { label }]) => ({ value, label }));
  return html`<form method="get" action="${IMPORTS}/export" class="filters">${filterSelect('statut', 'Statut', 'Tous', statuses, '')}${may(actor, 'patients.export-ins') && html`<label class="choice"><input type="checkbox" name="matricule" value="oui"> Avec le matricule INS des identités qualifiées</label>`}<div class="field-actions"><button type="submit" class="btn">Exporter (CSV)</button></div></form>`;
}

function importTable(imports: readonly PatientImport[]): Html {
  return table(
    'Derniers imports',
    [
      { label: 'Fichier' },
      { label: 'Reçu' },
      { label: 'Par' },
      { label: 'État' },
      { label: 'Lignes', align: 'right' },
      { label: 'Créées', align: 'right' },
      { label: 'Rejetées', align: 'right' },
    ],
    imports.map((file) => [
      html`<a class="strong" href="${IMPORTS}/${file.id}">${file.name}</a>${file.mode === 'rehearsal' && html` <span class="mut">répétition</span>`}`,
      dateTime(file.createdAt),
      actorName(file.createdBy),
      file.state in IMPORT_STATES ? chip(IMPORT_STATES[file.state]) : '',
      number(file.lines),
      number(file.created),
      number(file.rejected),
    ]),
  );
}

/** A form of one button. */
export function oneButton(visit: Visit, action: string, label: string, main: boolean): Html {
  return actionForm(
    { action, csrf: visit.session.csrf },
    html`<button type="submit" class="btn${main && ' main'}">${label}</button>`,
  );
}
