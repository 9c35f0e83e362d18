/** The form « Suspendre l'envoi », as a document and a patient show it. */
import type { SuspensionScope } from '../store/feed-suspensions.ts';
import { actionForm } from './components.ts';
import { type Html, html } from './html.ts';
import type { Visit } from './visit.ts';

export const SUSPENSIONS = '/console/suspensions';

/** `label`: « de ce document », « de ce patient ». */
export function suspensionForm(
  visit: Visit,
  { scope, subject, label }: { readonly scope: SuspensionScope; readonly subject: string; readonly label: string },
): Html {
  const form = actionForm(
    { action: SUSPENSIONS, csrf: visit.session.csrf },
    html`<input type="hidden" name="portee" value="${scope}"><input type="hidden" name="sujet" value="${subject}">${durationAndReason(visit, scope)}`,
  );
  return html`<details class="behind"><summary>Suspendre l’envoi ${label}</summary>${form}</details>`;
}

/** `name`: makes the ids of a page's several forms different. */
export function durationAndReason({ gateway }: Visit, name: string): Html {
  const longest = gateway.config.policy.longestSuspensionHours;
  return html`<div class="field"><label for="heures-${name}">Durée, en heures</label><input id="heures-${name}" name="heures" type="number" min="1" max="${longest}" step="1" value="${Math.min(24, longest)}" required aria-describedby="aide-heures-${name}"><p class="hint" id="aide-heures-${name}">${longest} heures au plus. L’envoi reprend seul à l’heure dite.</p></div>
<div class="field"><label for="motif-suspension-${name}">Motif</label><input id="motif-suspension-${name}" name="motif" required maxlength="200"></div><button type="submit" class="btn">Suspendre l’envoi</button>`;
}
