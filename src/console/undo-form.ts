/** On a closed record: how its merge is taken back. */
import { may } from '../api/access.ts';
import type { IdentityRecord } from '../store/identities.ts';
import { actionForm } from './components.ts';
import { type Html, html } from './html.ts';
import type { Visit } from './visit.ts';

export function undoForm({ actor, session }: Visit, identity: IdentityRecord): Html | undefined {
  if (!may(actor, 'patients.settle') || identity.mergedInto === null || identity.mirror) return undefined;
  return html`<section class="card" id="annuler-fusion"><h2>Annuler la fusion</h2><details class="behind"><summary>Ce sont deux personnes</summary><p class="mut">Le dossier revit avec ses numéros, ses venues et ses documents ; ce qui est parti entre-temps sous l’autre dossier est listé pour être rappelé.</p>${actionForm(
    { action: `/console/patients/${identity.id}/annuler-fusion`, csrf: session.csrf },
    html`<div class="field"><label for="motif-annulation">Motif</label><input id="motif-annulation" name="motif" required maxlength="200" autocomplete="off"></div><button type="submit" class="btn">Annuler la fusion</button>`,
  )}</details></section>`;
}
