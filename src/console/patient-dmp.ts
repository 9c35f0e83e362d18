/** The way from a patient's sheet to his DMP, for whoever may read it. */
import { may } from '../api/access.ts';
import type { IdentityRecord } from '../store/identities.ts';
import { type Html, html } from './html.ts';
import type { Visit } from './visit.ts';

export function dmpLink({ actor, session }: Visit, { id, active, status }: IdentityRecord): Html | undefined {
  if (!may(actor, 'dmp.read') || session.professional === undefined || !active) return undefined;
  return status === 'QUAL'
    ? html`<p class="tools"><a class="btn main" href="/console/patients/${id}/dmp">Consulter le DMP</a></p>`
    : html`<p class="mut">Le DMP se consulte une fois l’identité qualifiée.</p>`;
}
