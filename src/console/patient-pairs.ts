/** On a patient's page: the records that look like this one, and what left under the wrong one. */
import { may } from '../api/access.ts';
import { listPairs } from '../store/candidate-pairs.ts';
import type { IdentityRecord } from '../store/identities.ts';
import { misfiledDocuments } from '../store/misfiled.ts';
import { notice } from './components.ts';
import { counted } from './format.ts';
import { type Html, html } from './html.ts';
import type { Visit } from './visit.ts';

const MOST = 50;

export async function pairNotices({ gateway: { pool }, actor }: Visit, identity: IdentityRecord): Promise<Html> {
  const [open, misfiled] = await Promise.all([
    listPairs(pool, { state: 'open', kind: null, identityId: identity.id, limit: MOST, offset: 0 }),
    misfiledDocuments(pool, identity.id, { eg: actor.eg, limit: MOST }),
  ]);
  const splits = identity.active && !identity.mirror && may(actor, 'patients.settle');
  const foreign = misfiled.filter(({ sentFor }) => sentFor === identity.id);
  const own = misfiled.filter(({ belongsTo }) => belongsTo === identity.id);
  return html`${
    open.length > 0 &&
    notice(
      'wait',
      open.some(({ kind }) => kind === 'same-ins') ? 'Même INS qu’un autre dossier' : 'Doublon possible',
      html`<p>${counted(open.length, 'dossier lui ressemble', 'dossiers lui ressemblent')}. <a href="/console/doublons?patient=${identity.id}">Comparer</a></p>`,
    )
  }${
    foreign.length > 0 &&
    notice(
      'bad',
      'Documents d’une autre personne partis sous cette INS',
      html`<ul>${foreign.map(({ documentId, title, belongsTo }) => html`<li><a href="/console/documents/${documentId}">${title}</a>, à rappeler ; il appartient à <a href="/console/patients/${belongsTo}">l’autre dossier</a></li>`)}</ul>`,
    )
  }${
    own.length > 0 &&
    notice(
      'bad',
      'Documents de cette personne partis sous une autre INS',
      html`<ul>${own.map(({ documentId, title, sentFor }) => html`<li><a href="/console/documents/${documentId}">${title}</a>, à rappeler sur <a href="/console/patients/${sentFor}">l’autre dossier</a></li>`)}</ul>`,
    )
  }${splits && html`<p class="mut">Deux personnes sous ce dossier ? <a href="/console/patients/${identity.id}/separer">Les séparer</a></p>`}`;
}
