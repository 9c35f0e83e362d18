/** One identity: as it prints, its status on two axes, the comparison with INSi, its documents, its history. */
import { may } from '../api/access.ts';
import { insiProposals } from '../identity/index.ts';
import { formatMatricule, parseMatricule } from '../ins/matricule.ts';
import { insNature, parseOid } from '../ins/oids.ts';
import { apiRules } from '../rules/api.ts';
import { ruleById } from '../rules/catalogue.ts';
import { recallRules } from '../rules/recall.ts';
import type { Refusal } from '../rules/rule.ts';
import { correctionsOf } from '../store/corrections.ts';
import { discrepanciesOf } from '../store/discrepancies.ts';
import { listDocuments } from '../store/document-list.ts';
import type { DocumentRecord } from '../store/documents.ts';
import { type Identifier, type IdentityRecord, identifiersOf, identityById } from '../store/identities.ts';
import { type HistoryEntry, historyOf } from '../store/identity-history.ts';
import { insHistoryOf } from '../store/known-ins.ts';
import { legacyNumbersOf } from '../store/legacy-numbers.ts';
import { empty, explanation, fields, notice } from './components.ts';
import { documentTable, NO_FILTER } from './document-table.ts';
import { birthDate, dateTime } from './format.ts';
import { type Html, type HtmlValue, html } from './html.ts';
import { identityAxes, proofs } from './identity-axes.ts';
import { heading } from './layout.ts';
import { correctionsCard } from './patient-corrections.ts';
import { discrepanciesCard } from './patient-discrepancies.ts';
import { dmpLink } from './patient-dmp.ts';
import { doubtNotice } from './patient-doubt.ts';
import { feedingCard } from './patient-feeding.ts';
import { patientForms } from './patient-forms.ts';
import { history } from './patient-history.ts';
import { legacyNumbersCard, numbersCard } from './patient-numbers.ts';
import { pairNotices } from './patient-pairs.ts';
import { callsCard, eventsCard, identifiersCard, sections } from './patient-sheet.ts';
import { traitsForm } from './patient-traits-form.ts';
import { statusChips } from './patients-page.ts';
import { patientRecalls } from './recall-table.ts';
import { traitComparison } from './trait-comparison.ts';
import { undoForm } from './undo-form.ts';
import { type Answer, isUuid, type PageDefinition, type Visit } from './visit.ts';
import { INSI_STATES, ruleTitle } from './words.ts';

const LAST_DOCUMENTS = 20;

export const patientPage: PageDefinition = {
  method: 'GET',
  path: '/console/patients/:id',
  permission: 'patients.read',
  audited: 'patients',
  answer: (visit) => showPatient(visit),
};

export async function identityOf(visit: Visit): Promise<IdentityRecord | undefined> {
  return isUuid(visit.id) ? identityById(visit.gateway.pool, visit.id) : undefined;
}

/** `problem`: why the action just asked for was refused. */
export async function showPatient(visit: Visit, problem?: Refusal): Promise<Answer> {
  const identity = await identityOf(visit);
  if (identity === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const { gateway, actor } = visit;
  const readsDocuments = may(actor, 'documents.read');
  const [
    identifiers,
    entries,
    numbers,
    legacyNumbers,
    corrections,
    discrepancies,
    recalls,
    documents,
    proposals,
    pairs,
    calls,
    events,
  ] = await Promise.all([
    identifiersOf(gateway.pool, identity.id),
    historyOf(gateway.pool, identity.id),
    insHistoryOf(gateway.pool, identity.id),
    legacyNumbersOf(gateway.pool, identity.id),
    correctionsOf(gateway.pool, identity.id),
    discrepanciesOf(gateway.pool, identity.id),
    patientRecalls(visit, identity),
    readsDocuments
      ? listDocuments(gateway.pool, { ...NO_FILTER, eg: actor.eg, identityId: identity.id, limit: LAST_DOCUMENTS })
      : Promise.resolve([]),
    insiProposals(gateway.pool, identity),
    pairNotices(visit, identity),
    callsCard(visit, identity),
    eventsCard(visit, identity),
  ]);
  const body = html`<div id="direct-titre" data-live>${patientHeading(identity, identifiers)}</div>
${dmpLink(visit, identity)}
${sections(visit)}
${problem !== undefined && notice('bad', ruleTitle(problem.rule), explanation(problem.rule, problem.detail))}
<div class="columns wide-left">
<div class="stack">
<div class="stack" id="direct-identite" data-live>${mergedNotice(identity)}${frozenNotice(identity)}${pairs}${doubtNotice(visit, identity)}${insiNotice(identity)}${printed(identity)}${comparison(identity)}${numbersCard(identity, numbers)}${legacyNumbersCard(identity, legacyNumbers)}${identifiersCard(visit, identifiers)}</div>
${discrepanciesCard(visit, identity, discrepancies)}
${readsDocuments && documentsCard(visit, documents)}
<div class="stack" id="direct-historique" data-live>${calls}${historyCard(visit, entries)}</div>
</div>
<div class="stack">
<section class="card" id="direct-statut" data-live><h2>Statut</h2>${identityAxes(identity)}${proofs(identity, gateway.config.identityDevices)}</section>
${feedingCard(visit, identity)}
${undoForm(visit, identity)}${correctionsCard(visit, identity, corrections)}${recalls}${events}
${identity.active && may(actor, 'patients.qualify') && html`${patientForms(visit, identity, proposals)}${!identity.mirror && traitsForm(visit, identity)}`}
</div>
</div>`;
  return {
    kind: 'page',
    title: `${identity.birthName} ${identity.firstGivenName}`,
    section: 'patients',
    body,
    live: `patient:${identity.id}`,
    ...(problem !== undefined && { status: problem.rule.http }),
  };
}

function patientHeading(identity: IdentityRecord, identifiers: readonly Identifier[]): Html {
  const ipps = identifiers.map(({ value, retired }) => (retired === true ? `${value} (abandonné)` : value)).join(', ');
  return heading(
    html`${identity.birthName} ${identity.firstGivenName}`,
    html`<p class="chips">${statusChips(identity)}</p><p>${identity.sex}, né(e) le ${birthDate(identity.birthDate)} · IPP ${ipps === '' ? 'absent' : ipps}</p>`,
    html`<a href="/console/patients">Patients</a>`,
  );
}

/** A merged record is closed: what can still be done is done on the one that remains. */
function mergedNotice({ mergedInto }: IdentityRecord): Html | undefined {
  if (mergedInto === null) return undefined;
  return notice(
    'idle',
    'Identité fusionnée',
    html`<p>Ses numéros et ses documents à envoyer sont passés à l’<a href="/console/patients/${mergedInto}">identité conservée</a>.</p>`,
  );
}

/** Nothing leaves while somebody has to decide. */
function frozenNotice({ frozenAt }: IdentityRecord): Html | undefined {
  if (frozenAt === null) return undefined;
  const { frozen } = recallRules;
  return notice('wait', ruleTitle(frozen), explanation(frozen, `Depuis le ${dateTime(frozenAt)}.`));
}

/** What INSi said, when a person must look at it. */
function insiNotice(identity: IdentityRecord): Html | undefined {
  const { insiState, insiRuleId, insiAskedAt } = identity;
  const { label, tone } = INSI_STATES[insiState];
  const asked = insiAskedAt === null ? undefined : html`<p class="mut">Dernier appel le ${dateTime(insiAskedAt)}.</p>`;
  const rule = insiRuleId === null ? undefined : ruleById(insiRuleId);
  if (insiState === 'queued')
    return notice(
      tone,
      label,
      html`<p>La réponse s’affichera ici dès qu’INSi aura répondu ; les appels sont relancés automatiquement.</p>${rule !== undefined && html`<p class="mut">Dernier essai : ${ruleTitle(rule)}</p>`}${asked}`,
    );
  if (rule === undefined || insiState === 'settled' || insiState === 'none') return undefined;
  return notice(tone, label, html`${explanation(rule, undefined)}${asked}`);
}

/** The banner of the first page of a document, in the order in which it prints (ins.md 6.3). */
function printed(identity: IdentityRecord): Html {
  const { birthName, birthGivenNames, firstGivenName, usedName, usedGivenName, sex, birthPlace } = identity;
  return html`<section class="card" id="identite"><h2>Identité telle qu’elle s’imprime</h2>
<div class="banner">${insLine(identity)}${fields([
    ['Nom de naissance', html`<span class="strong">${birthName}</span>`],
    ['Prénom(s) de naissance', birthGivenNames],
    ['Premier prénom', firstGivenName],
    ['Nom utilisé', usedName !== birthName && usedName],
    ['Prénom utilisé', usedGivenName !== firstGivenName && usedGivenName],
    [
      'Né(e) le',
      html`${birthDate(identity.birthDate)}${identity.birthDateInterpreted && html` <span class="mut">date incomplète, interprétée${identity.birthDateAsGiven !== null && html` (donnée : ${birthDate(identity.birthDateAsGiven)})`}</span>`}`,
    ],
    ['Sexe', sex],
    ['Lieu de naissance (code)', birthPlace],
  ])}</div></section>`;
}

/** The matricule shows only on a qualified identity (promise 3). */
function insLine({ active, status, matricule, oid }: IdentityRecord): HtmlValue {
  if (!active || status !== 'QUAL' || matricule === null || oid === null)
    return html`<p class="mut ins-absent">L’INS ne s’imprime et ne s’échange qu’une fois l’identité qualifiée.</p>`;
  const parsed = parseMatricule(matricule);
  const parsedOid = parseOid(oid);
  if (!parsed.ok) return undefined;
  const nature = parsedOid.ok ? insNature(parsedOid.value) : undefined;
  const [number, key] = formatMatricule(parsed.value).split(' / ');
  return html`<p class="ins"><span class="ins-label">INS${nature !== undefined && ` (${nature})`}</span> <span class="matricule">${number}</span> <span class="mut matricule">${key}</span></p>`;
}

function comparison(identity: IdentityRecord): Html | undefined {
  const compared = traitComparison(identity.discrepancy);
  return compared === undefined
    ? undefined
    : html`<section class="card"><h2>Comparaison avec INSi</h2>${compared}</section>`;
}

function documentsCard(visit: Visit, documents: readonly DocumentRecord[]): Html {
  return html`<section class="card" id="direct-documents" data-live><h2>Documents de ce patient</h2>${
    documents.length > 0
      ? documentTable(visit, documents, { ofOnePatient: true })
      : empty('Aucun document pour ce patient', 'Ceux que ses logiciels enverront s’afficheront ici.')
  }</section>`;
}

function historyCard({ gateway }: Visit, entries: readonly HistoryEntry[]): Html {
  return html`<section class="card" id="historique"><h2>Historique</h2>${entries.length > 0 ? history(entries, gateway.config.identityDevices) : empty('Aucun changement enregistré', 'Chaque changement de trait ou de statut sera tracé ici avec son auteur et son origine.')}</section>`;
}
