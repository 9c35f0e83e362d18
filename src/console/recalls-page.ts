/** Rappels: the list of questions about what was emitted under an INS, and the form that opens one from a patient. */
import { openRecall } from '../recall/index.ts';
import { apiRules } from '../rules/api.ts';
import { listRecalls } from '../store/recalls.ts';
import { empty } from './components.ts';
import { html } from './html.ts';
import { heading } from './layout.ts';
import { identityOf, showPatient } from './patient-page.ts';
import { recallTable } from './recall-table.ts';
import { type Answer, isUuid, type PageDefinition, type Visit } from './visit.ts';

const SHOWN = 100;

export const recallsPages: readonly PageDefinition[] = [
  { method: 'GET', path: '/console/rappels', permission: 'recalls.read', audited: 'recalls', answer: showRecalls },
  {
    method: 'POST',
    path: '/console/patients/:id/rappel',
    permission: 'recalls.prepare',
    audited: 'patients',
    answer: open,
  },
];

async function showRecalls({ gateway }: Visit): Promise<Answer> {
  const recalls = await listRecalls(gateway.pool, { limit: SHOWN });
  const body = html`${heading(
    'Rappels',
    html`<p>Ce qui est parti sous une INS fausse ou douteuse : mauvaise personne, même personne sous une nouvelle INS, ou doute. Rien n’est corrigé sans l’approbation d’une seconde personne.</p>`,
  )}
<section class="card list" id="direct-rappels" data-live>${
    recalls.length > 0
      ? recallTable(recalls)
      : empty(
          'Aucun rappel',
          'Un rappel s’ouvre depuis la fiche d’un patient, ou seul quand une identité perd sa qualification après un envoi.',
        )
  }</section>`;
  return { kind: 'page', title: 'Rappels', section: 'travail', body, live: 'installation' };
}

async function open(visit: Visit): Promise<Answer> {
  const identity = await identityOf(visit);
  if (identity === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const reason = visit.form('motif');
  const documentId = visit.form('document');
  if (reason === '' || (documentId !== '' && !isUuid(documentId)))
    return showPatient(visit, {
      rule: apiRules.invalidRequest,
      detail: 'Dire ce qui a été constaté ; un document se désigne par l’identifiant de sa fiche.',
    });
  const report = { identityId: identity.id, reason, ...(documentId === '' ? {} : { documentId }) };
  const opened = await openRecall(visit.gateway, visit.actor, report);
  return opened.ok
    ? { kind: 'redirect', to: `/console/rappels/${opened.value.id}` }
    : showPatient(visit, opened.refusal);
}
