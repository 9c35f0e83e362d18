/** « Écarts à trancher » : traits that an application says otherwise of a proved identity; each is settled on the sheet. */
import { editorOf } from '../api/access.ts';
import { searchPatients, settleReceivedTraits } from '../identity/index.ts';
import { apiRules } from '../rules/api.ts';
import { discrepancyById, type ListedDiscrepancy, listOpenDiscrepancies } from '../store/discrepancies.ts';
import type { IdentityRecord } from '../store/identities.ts';
import { chip, empty, table } from './components.ts';
import { age, counted } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import { presentedDevice } from './patient-actions.ts';
import { differenceList } from './patient-discrepancies.ts';
import { showPatient } from './patient-page.ts';
import { differingTraits } from './trait-comparison.ts';
import { type Answer, isUuid, type PageDefinition, type Visit } from './visit.ts';
import { actorName, STATUSES } from './words.ts';

export const DISCREPANCIES = '/console/ecarts';
const PAGE = 200;

export const discrepancyPages: readonly PageDefinition[] = [
  { method: 'GET', path: DISCREPANCIES, permission: 'patients.read', audited: 'discrepancies', answer: showList },
  {
    method: 'POST',
    path: `${DISCREPANCIES}/:id`,
    permission: 'patients.settle',
    audited: 'discrepancies',
    answer: settle,
  },
];

async function showList(visit: Visit): Promise<Answer> {
  const { gateway, now } = visit;
  const [rows, judged] = await Promise.all([
    listOpenDiscrepancies(gateway.pool, { limit: PAGE, offset: 0 }),
    searchPatients(gateway, { insiState: 'discrepancy' }, { limit: PAGE, offset: 0 }),
  ]);
  const body = html`${heading('Écarts à trancher', html`<p>INSi, ou une application, donne d’autres traits que l’identité ; rien n’a été modifié. Les caractères qui diffèrent sont marqués.</p>`, html`<a href="/console/cellule">Identitovigilance</a>`)}
<section class="card list" id="insi"><h2>Avec INSi</h2>${judged.length === 0 ? empty('Aucune différence avec INSi', 'Une identité dont INSi renvoie d’autres traits apparaîtra ici.') : insiTable(judged, now)}</section>
<section class="card list" id="direct-ecarts" data-live><h2>Avec une application</h2>${rows.length === 0 ? empty('Aucun écart à trancher', 'Les traits contradictoires qu’une application envoie pour une identité verrouillée apparaîtront ici.') : listTable(rows, now)}</section>`;
  return { kind: 'page', title: 'Écarts à trancher', section: 'travail', body, live: 'installation' };
}

function insiTable(identities: readonly IdentityRecord[], now: Date): Html {
  return table(
    'Différences avec INSi',
    [
      { label: 'Patient' },
      { label: 'Statut' },
      { label: 'Ce qui diffère', wide: true },
      { label: 'Depuis', align: 'right' },
      { label: 'Fiche', quiet: true, align: 'right' },
    ],
    identities.map((identity) => [
      html`${identity.birthName} ${identity.firstGivenName}`,
      chip(STATUSES[identity.status]),
      differingTraits(identity.discrepancy),
      age(identity.insiAskedAt ?? identity.updatedAt, now),
      html`<a class="btn small" href="/console/patients/${identity.id}">Comparer<span class="unseen"> les traits de ${identity.birthName} ${identity.firstGivenName}</span></a>`,
    ]),
  );
}

function listTable(rows: readonly ListedDiscrepancy[], now: Date): Html {
  return table(
    'Écarts à trancher',
    [
      { label: 'Patient' },
      { label: 'Application' },
      { label: 'Ce qui diffère', wide: true },
      { label: 'Depuis', align: 'right' },
      { label: 'Fiche', quiet: true, align: 'right' },
    ],
    rows.map((row) => [
      html`${row.birthName} ${row.firstGivenName}`,
      html`${actorName(row.actor)}<br><span class="mut">${counted(row.times, 'message', 'messages')}</span>`,
      differenceList(row.comparison),
      age(row.firstAt, now),
      html`<a class="btn small" href="/console/patients/${row.identityId}#ecarts">Trancher<span class="unseen"> l’écart de ${row.birthName} ${row.firstGivenName}</span></a>`,
    ]),
  );
}

async function settle(visit: Visit): Promise<Answer> {
  const { gateway, actor, form: field, id } = visit;
  const discrepancy = isUuid(id) ? await discrepancyById(gateway.pool, id) : undefined;
  if (discrepancy === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const sheet = { ...visit, id: discrepancy.identityId };
  const decision = (['keep', 'adopt'] as const).find((known) => known === field('decision'));
  const reason = field('motif');
  if (decision === undefined || reason === '')
    return showPatient(sheet, { rule: apiRules.invalidRequest, detail: 'Choisir une décision et en donner le motif.' });
  const device = field('dispositif') === '' ? undefined : presentedDevice(field);
  if (device !== undefined && !device.ok) return showPatient(sheet, device.refusal);
  const done = await settleReceivedTraits(gateway, id, { decision, reason, device: device?.value }, editorOf(actor));
  return done.ok
    ? { kind: 'redirect', to: `/console/patients/${discrepancy.identityId}` }
    : showPatient(sheet, done.refusal);
}
