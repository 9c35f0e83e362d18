/** The RNIV status on its two axes, and the way to « qualifiée »: the two proofs, done or missing. */
import { type IdentityDevice, identityDevice } from '../codes/identity-devices.ts';
import type { IdentityStatus } from '../ins/types.ts';
import type { IdentityRecord } from '../store/identities.ts';
import { day } from './format.ts';
import { type Html, html } from './html.ts';
import { toneIcon } from './icons.ts';
import { actorName, french, INSI_STATES, STATUSES } from './words.ts';

/** Rows: without and with INSi. Columns: not checked and checked. */
const GRID: readonly { readonly label: string; readonly cells: readonly IdentityStatus[] }[] = [
  { label: 'Sans INSi', cells: ['PROV', 'VALI'] },
  { label: 'Avec INSi', cells: ['RECUP', 'QUAL'] },
];

export function identityAxes(identity: IdentityRecord): Html {
  return html`<table class="axes">
<caption class="unseen">Statut de l’identité : ${STATUSES[identity.status].label}</caption>
<thead><tr><td></td><th scope="col">Non contrôlée</th><th scope="col">Contrôlée</th></tr></thead>
<tbody>${GRID.map(
    ({ label, cells }) =>
      html`<tr><th scope="row">${label}</th>${cells.map((status) => cell(status, status === identity.status))}</tr>`,
  )}</tbody>
</table>`;
}

function cell(status: IdentityStatus, here: boolean): Html {
  const { label } = STATUSES[status];
  const tone = status === 'QUAL' ? 'ok' : 'wait';
  return here
    ? html`<td class="at ${tone}" aria-current="true">${toneIcon(tone)}<span>${label}</span></td>`
    : html`<td class="${status === 'QUAL' && 'goal'}">${label}</td>`;
}

/** The two proofs; both together, and nothing else, make the identity qualified (practice 2). */
export function proofs(identity: IdentityRecord, devices: readonly IdentityDevice[]): Html {
  return html`<ol class="proofs">${proof(deviceProof(identity, devices), 'Dispositif d’identité à haut niveau de confiance contrôlé')}${proof(insiProof(identity), 'INS récupérée auprès d’INSi, traits cohérents')}</ol>${identity.mirror && html`<p class="mut">Copie du référentiel d’identités amont : rien n’est créé, récupéré ni qualifié ici.</p>`}`;
}

interface Proof {
  readonly done: boolean;
  readonly text: string;
}

function deviceProof(
  { deviceType, deviceCheckedAt, deviceCheckedBy }: IdentityRecord,
  devices: readonly IdentityDevice[],
): Proof {
  if (deviceCheckedAt === null) return { done: false, text: 'Aucun contrôle enregistré' };
  const device = identityDevice(deviceType ?? '', devices)?.label ?? deviceType ?? 'Dispositif non précisé';
  const by = deviceCheckedBy === null ? '' : `, par ${actorName(deviceCheckedBy)}`;
  return { done: true, text: `${french(device)}, le ${day(deviceCheckedAt)}${by}` };
}

function insiProof({ insObtainedAt, insiState }: IdentityRecord): Proof {
  return insObtainedAt === null
    ? { done: false, text: INSI_STATES[insiState].label }
    : { done: true, text: `Le ${day(insObtainedAt)}` };
}

function proof({ done, text }: Proof, title: string): Html {
  const tone = done ? 'ok' : 'wait';
  return html`<li class="${tone}"><span class="dot">${toneIcon(tone)}</span><div><p class="strong">${title}</p><p class="mut"><span class="unseen">${done ? 'Fait : ' : 'Manque : '}</span>${text}</p></div></li>`;
}
