/** A document of an old connector: by which one and how it came, and what of its header was re-issued (practice 18). */
import { z } from 'zod';
import { sourceOfDocument } from '../config/lookup.ts';
import { formOf } from '../documents/index.ts';
import { INS_OIDS } from '../ins/oids.ts';
import type { DocumentRecord } from '../store/documents.ts';
import { fields } from './components.ts';
import { bytes, counted } from './format.ts';
import { type Html, html } from './html.ts';
import type { Visit } from './visit.ts';

const MODES = {
  DIRECTE: 'DIRECTE, par carte',
  INDIRECTE: 'INDIRECTE',
  INDIRECTE_RENFORCEE: 'INDIRECTE renforcée (AIR)',
} as const;

/** Undefined for a document of any other door. */
export function legacyCard(visit: Visit, document: DocumentRecord, forms: readonly string[]): Html | undefined {
  const { legacy } = document.notice;
  if (legacy === undefined) return undefined;
  const { software, user, mode, api, structure } = legacy;
  const decided = sourceOfDocument(visit.gateway.config, document).legacy;
  return html`<section class="card"><h2>Ancien connecteur</h2>${fields([
    ['Logiciel', `${software.name} ${software.version}`],
    ['API utilisée', api === 'V1' ? 'V1 (INS-C)' : 'V2'],
    ['Identité portée', numberKind(legacy.number.oid)],
    ['Mode de dépôt', MODES[mode]],
    ['Déposé par', user.name === '' ? user.id : user.name],
    ['Structure du dépôt', html`<code>${structure}</code>`],
    ['Homologation déclarée', software.homologation === '' ? undefined : html`<code>${software.homologation}</code>`],
    ['Lot d’origine', html`<code>${legacy.setUniqueId}</code>`],
    ['Remplace, selon lui', legacy.replaces === undefined ? undefined : html`<code>${legacy.replaces}</code>`],
  ])}<p class="mut">${headerSentence(forms, decided?.replaceInsInHeader)}</p></section>`;
}

/** What the number says of itself; whether a NIR came from TD0.0 is inferred elsewhere (practice 21). */
function numberKind(oid: string): string {
  if (oid === INS_OIDS.insC) return 'INS-C';
  return oid === INS_OIDS.nia ? 'NIA' : 'NIR, qualifié ou non';
}

function headerSentence(
  forms: readonly string[],
  decision: { readonly by: string; readonly on: string } | undefined,
): Html {
  if (!forms.includes('difference')) return html`Le document n’a pas été modifié.`;
  const who =
    decision === undefined ? '' : ` (décision de ${decision.by}, ${decision.on.split('-').reverse().join('/')})`;
  return html`Dans l’en-tête du CDA, l’identifiant national du patient a été remplacé par l’INS qualifiée${who}. Rien d’autre n’a changé ; l’original est archivé. Le contenu montre la différence.`;
}

const difference = z.object({
  original: z.object({ bytes: z.number(), sha256: z.string() }),
  sent: z.object({ bytes: z.number(), sha256: z.string() }),
  changes: z.array(z.object({ place: z.string(), at: z.number(), before: z.string(), after: z.string() })),
});

/** Beside the content, which was opened for a stated reason: it shows the numbers themselves. */
export async function differenceCard(visit: Visit, document: DocumentRecord): Promise<Html | undefined> {
  const form = await formOf(visit.gateway.pool, document, 'difference');
  if (!form.ok) return undefined;
  const { original, sent, changes } = difference.parse(JSON.parse(form.value.bytes.toString('utf8')));
  const url = `/console/documents/${document.id}/contenu/fichier`;
  return html`<section class="card"><div class="card-head"><h2>Différence avec l’original</h2><a class="btn small" href="${url}?forme=difference">Enregistrer<span class="unseen"> la différence</span></a></div>
<p>${counted(changes.length, 'valeur de l’en-tête a', 'valeurs de l’en-tête ont')} changé, là seulement. Tous les autres octets sont ceux de l’original, le responsable (legalAuthenticator) compris.</p>
${changes.map(
  ({ place, at, before, after }) =>
    html`<div class="stack"><p class="strong">${place}</p>${fields([
      ['Avant', html`<del><code>${before}</code></del>`],
      ['Après', html`<ins><code>${after}</code></ins>`],
      ['Octet', String(at)],
    ])}</div>`,
)}
<p class="mut">Original : ${bytes(original.bytes)}, SHA-256 <code>${original.sha256}</code>. Envoyé : ${bytes(sent.bytes)}, SHA-256 <code>${sent.sha256}</code>.</p></section>`;
}
