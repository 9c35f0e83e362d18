/** What a person may do to a document: take it up again, withdraw it, have it deleted, open its content for a stated reason. */
import { may } from '../api/access.ts';
import { requestDeletion } from '../documents/index.ts';
import { askAgain, isWithdrawable, type TakeUp, takeUpOf, withdrawDocument } from '../feed/index.ts';
import { askMailsAgain } from '../mssante/index.ts';
import { apiRules } from '../rules/api.ts';
import { mappingRules } from '../rules/mapping.ts';
import { refuse } from '../rules/rule.ts';
import type { DocumentRecord } from '../store/documents.ts';
import { actionForm } from './components.ts';
import { holdDocument } from './document-hold.ts';
import { type Html, html } from './html.ts';
import { SUSPENSIONS, suspensionForm } from './suspension-form.ts';
import type { Visit } from './visit.ts';
import { isIdentityReason } from './waiting.ts';

const MAPPING_REASONS: readonly string[] = [
  mappingRules.typeUnmapped.id,
  mappingRules.unitUnmapped.id,
  mappingRules.authorUnmapped.id,
];

interface Again {
  readonly label: string;
  readonly effect: string;
}

const AGAIN: Readonly<Record<TakeUp, Again>> = {
  'ask-dmp': {
    label: 'Interroger le DMP',
    effect: 'Le DMP dira s’il a le document. Rien n’est envoyé une seconde fois sans cette réponse.',
  },
  'confirm-late': { label: 'Confirmer l’envoi', effect: 'Le document sera envoyé automatiquement.' },
  'try-now': { label: 'Essayer maintenant', effect: 'L’envoi au DMP est tenté sans attendre la prochaine reprise.' },
  'look-again': {
    label: 'Réexaminer maintenant',
    effect: 'Le document est contrôlé de nouveau ; il part seulement si plus rien ne l’arrête.',
  },
  reopen: {
    label: 'Reprendre ce document',
    effect: 'Le document est réexaminé ; il part si la raison a disparu.',
  },
};

/** The safe action in the present state, in its own words; undefined when there is none. */
function againOf(document: DocumentRecord): Again | undefined {
  const plan = takeUpOf(document);
  return plan.ok ? AGAIN[plan.value] : undefined;
}

/** The button of « Pourquoi ? »: what this person can do about it, and what it does. */
export function safeAction(visit: Visit, document: DocumentRecord): Html {
  const again = may(visit.actor, 'documents.act') ? againOf(document) : undefined;
  const { identityId, ruleId } = document;
  const settle = identityId !== null && isIdentityReason(ruleId ?? '') && may(visit.actor, 'patients.qualify');
  const toMap = ruleId !== null && MAPPING_REASONS.includes(ruleId) && may(visit.actor, 'mappings.read');
  return html`${toMap && html`<p class="act"><a class="btn main" href="/console/correspondances">Ouvrir les valeurs à rattacher</a></p>`}${settle && html`<p class="act"><a class="btn main" href="/console/patients/${identityId}">Ouvrir la fiche du patient</a></p>`}${
    again !== undefined &&
    actionForm(
      { action: `/console/documents/${document.id}/reprendre`, csrf: visit.session.csrf, className: 'form inline act' },
      html`<button type="submit" class="btn${!settle && !toMap && ' main'}">${again.label}</button><p class="mut">${again.effect}</p>`,
    )
  }`;
}

/** Only what has not left can be withdrawn. */
export function withdrawal(visit: Visit, document: DocumentRecord): Html | undefined {
  if (!isWithdrawable(document) || !may(visit.actor, 'documents.act')) return undefined;
  const form = actionForm(
    { action: `/console/documents/${document.id}/retirer`, csrf: visit.session.csrf },
    html`<div class="field"><label for="motif-retrait">Motif du retrait</label><input id="motif-retrait" name="motif" required maxlength="200" aria-describedby="aide-retrait"><p class="hint" id="aide-retrait">L’émetteur en est averti. Le document reste ici et peut être repris.</p></div><button type="submit" class="btn">Retirer de l’envoi</button>`,
  );
  return html`<section class="card"><h2>Retirer</h2><details class="behind"><summary>Retirer ce document de l’envoi</summary>${form}</details></section>`;
}

/** What has not left may be held for a while; what then holds it says so in « Pourquoi ? ». */
export function suspension(visit: Visit, document: DocumentRecord): Html | undefined {
  if (!isWithdrawable(document) || document.action === 'delete' || !may(visit.actor, 'documents.suspend'))
    return undefined;
  return html`<section class="card"><h2>Suspendre</h2>${suspensionForm(visit, { scope: 'document', subject: document.id, label: 'de ce document' })}<p class="mut"><a href="${SUSPENSIONS}">Envois suspendus</a></p></section>`;
}

/** What the DMP holds can be taken out of it, by the structure that fed it (dmp.md 1.6). Logical, and for good. */
export function deletionForm(visit: Visit, document: DocumentRecord): Html | undefined {
  if (document.state !== 'accepted' || !may(visit.actor, 'documents.delete')) return undefined;
  const form = actionForm(
    { action: `/console/documents/${document.id}/supprimer`, csrf: visit.session.csrf },
    html`<div class="field"><label for="motif-suppression">Motif de la suppression</label><input id="motif-suppression" name="motif" required maxlength="200" aria-describedby="aide-suppression"><p class="hint" id="aide-suppression">Le document n’est plus visible dans le DMP ni dans Mon espace santé. Une version antérieure n’y revient pas. L’identifiant ne peut plus servir.</p></div><label class="choice"><input type="checkbox" name="confirmation" value="oui" required> <span>Je confirme la suppression de ce document dans le DMP</span></label><button type="submit" class="btn">Supprimer du DMP</button>`,
  );
  return html`<section class="card"><h2>Supprimer</h2><details class="behind"><summary>Supprimer ce document du DMP</summary>${form}</details></section>`;
}

/** Content opens only for a stated reason (practice 24). */
export function openingForm(visit: Visit, document: DocumentRecord, forms: readonly string[]): Html {
  return html`<section class="card"><h2>Contenu</h2><p class="mut">${heldForms(document, forms)}</p>${actionForm(
    { action: `/console/documents/${document.id}/contenu`, csrf: visit.session.csrf },
    html`<div class="field"><label for="motif-acces">Motif de l’accès</label><input id="motif-acces" name="motif" required maxlength="200" aria-describedby="aide-acces"><p class="hint" id="aide-acces">Inscrit dans le journal des accès.</p></div><button type="submit" class="btn">Ouvrir le contenu</button>`,
  )}</section>`;
}

function heldForms({ action, state }: Pick<DocumentRecord, 'action' | 'state'>, forms: readonly string[]): string {
  if (forms.includes('prepared')) return 'Original et version à envoyer, côte à côte.';
  if (forms.includes('difference')) return 'Original, CDA à envoyer et leur différence.';
  if (action === 'delete') return 'Original : ce qui accompagnait la demande de suppression.';
  return state === 'received' || state === 'waiting'
    ? 'Original. La version à envoyer n’est pas encore faite.'
    : 'Original. Aucune version à envoyer n’en a été faite.';
}

export type DocumentAction = 'reprendre' | 'retirer' | 'supprimer' | 'conserver' | 'reprendre-courriels';

/** A refused one shows the page again with its reason. */
export async function actOnDocument(visit: Visit, document: DocumentRecord, action: DocumentAction) {
  const { gateway, actor } = visit;
  if (action === 'reprendre') return askAgain(gateway, document.id, actor.name);
  if (action === 'reprendre-courriels') return askMailsAgain(gateway, document.id, actor.name);
  if (action === 'conserver') return holdDocument(visit, document);
  const reason = visit.form('motif');
  if (reason === '') return refuse(apiRules.invalidRequest, { detail: 'Le motif est vide.' });
  if (action === 'retirer') return withdrawDocument(gateway, document.id, { actor: actor.name, reason });
  if (visit.form('confirmation') !== 'oui')
    return refuse(apiRules.invalidRequest, { detail: 'La suppression n’est pas confirmée.' });
  return requestDeletion(gateway, document.id, { actor: actor.name, reason });
}
