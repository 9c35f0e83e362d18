/** One import of patients: how far it is, what became of its lines, what can still be done. */
import { confirmRehearsal, rejectionsFile, stopImport } from '../exchange/index.ts';
import { apiRules } from '../rules/api.ts';
import { ruleById } from '../rules/catalogue.ts';
import type { Refusal, Result } from '../rules/rule.ts';
import { importById, type PatientImport, type RejectedLine, rejectionsOf } from '../store/patient-imports.ts';
import { chip, explanation, fields, notice, table } from './components.ts';
import { counted, dateTime, number } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import { IMPORT_STATES, IMPORTS, oneButton } from './patient-files-page.ts';
import { type Answer, isUuid, type PageDefinition, type Visit } from './visit.ts';
import { actorName, french, ruleTitle } from './words.ts';

/** Rejected lines shown; the file has them all. */
const SHOWN = 100;
/** While it goes on the page comes again by itself, also without script. */
const REFRESH_SECONDS = 3;
const NOBODY = '00000000-0000-4000-8000-000000000000';

async function found({ gateway, id }: Visit): Promise<PatientImport | undefined> {
  return isUuid(id) ? importById(gateway.pool, id) : undefined;
}

export const patientImportPages: readonly PageDefinition[] = [
  {
    method: 'GET',
    path: `${IMPORTS}/:id`,
    permission: 'patients.import',
    audited: 'patients',
    answer: (visit) => show(visit),
  },
  {
    method: 'GET',
    path: `${IMPORTS}/:id/rejets`,
    permission: 'patients.import',
    audited: 'patients',
    answer: async (visit) => {
      const file = await found(visit);
      if (file === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
      const chunks = rejectionsFile(visit.gateway.pool, file);
      return { kind: 'stream', mimeType: 'text/csv; charset=utf-8', chunks, saveAs: 'lignes-rejetees.csv' };
    },
  },
  action('confirmer', confirmRehearsal),
  action('arreter', stopImport),
];

function action(
  name: string,
  act: (gateway: Visit['gateway'], id: string) => Promise<Result<PatientImport>>,
): PageDefinition {
  return {
    method: 'POST',
    path: `${IMPORTS}/:id/${name}`,
    permission: 'patients.import',
    audited: 'patients',
    answer: async (visit) => {
      const done = await act(visit.gateway, isUuid(visit.id) ? visit.id : NOBODY);
      return done.ok ? { kind: 'redirect', to: `${IMPORTS}/${visit.id}` } : show(visit, done.refusal);
    },
  };
}

async function show(visit: Visit, refusal?: Refusal): Promise<Answer> {
  const file = await found(visit);
  if (file === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const goesOn = file.state === 'queued' || file.state === 'running';
  const rejected = await rejectionsOf(visit.gateway.pool, file.id, { after: 0, limit: SHOWN });
  const title = `${file.mode === 'rehearsal' ? 'Répétition' : 'Import'} : ${file.name}`;
  const body = html`${heading(title, html`<p>${chip(IMPORT_STATES[file.state])}</p>`, html`<a href="${IMPORTS}">Fichiers de patients</a>`)}
${refusal !== undefined && notice('bad', ruleTitle(refusal.rule), explanation(refusal.rule, refusal.detail))}
<section class="card"><h2>Avancement</h2>${progress(file)}${facts(file)}${acts(visit, file, goesOn)}</section>
${rejected.length > 0 && rejections(file, rejected)}`;
  const again = goesOn ? { refreshSeconds: REFRESH_SECONDS } : {};
  return {
    kind: 'page',
    title,
    section: 'patients',
    body,
    ...again,
    ...(refusal === undefined ? {} : { status: 409 }),
  };
}

function doneLines({ created, updated, unchanged, rejected }: PatientImport): number {
  return created + updated + unchanged + rejected;
}

function progress(file: PatientImport): Html {
  const done = doneLines(file);
  return html`<p><label for="avancement">${number(done)} lignes sur ${number(file.lines)}</label><br><progress id="avancement" max="${String(Math.max(file.lines, 1))}" value="${String(done)}"></progress></p>`;
}

function facts(file: PatientImport): Html {
  const would = file.mode === 'rehearsal' ? 'qui seraient ' : '';
  return fields([
    [`Identités ${would}créées`, number(file.created)],
    [`Identités ${would}mises à jour`, number(file.updated)],
    ['Lignes sans changement', number(file.unchanged)],
    ['Lignes rejetées', number(file.rejected)],
    ['Reçu', `${dateTime(file.createdAt)}, ${actorName(file.createdBy)}`],
    ['Terminé', file.endedAt === null ? '' : dateTime(file.endedAt)],
    ['Cause', file.ruleId === null ? '' : (ruleById(file.ruleId)?.title ?? file.ruleId)],
  ]);
}

function acts(visit: Visit, file: PatientImport, goesOn: boolean): Html | false {
  const path = `${IMPORTS}/${file.id}`;
  if (goesOn)
    return html`<p class="mut">La page s’actualise toute seule ; elle peut être fermée, l’import continue.</p>${oneButton(visit, `${path}/arreter`, 'Arrêter', false)}`;
  const rehearsed = file.mode === 'rehearsal' && file.state === 'done';
  return rehearsed && oneButton(visit, `${path}/confirmer`, `Importer ${counted(file.lines, 'ligne', 'lignes')}`, true);
}

function rejections(file: PatientImport, shown: readonly RejectedLine[]): Html {
  return html`<section class="card list"><h2>Lignes rejetées</h2><p><a class="btn" href="${IMPORTS}/${file.id}/rejets">Télécharger les lignes rejetées (CSV)</a> <span class="mut">Corrigé, ce fichier s’importe tel quel.</span></p>${table(
    'Lignes rejetées',
    [{ label: 'Ligne', align: 'right' }, { label: 'Raison', wide: true }, { label: 'Que faire' }],
    shown.map(({ line, ruleId, detail }) => {
      const rule = ruleById(ruleId);
      return [
        String(line),
        html`<span class="strong">${rule === undefined ? ruleId : ruleTitle(rule)}</span>${detail !== null && html`<br><span class="mut">${detail}</span>`}`,
        rule === undefined ? '' : french(rule.remedy),
      ];
    }),
  )}${file.rejected > SHOWN && html`<p class="mut">Les ${String(SHOWN)} premières sont montrées.</p>`}</section>`;
}
