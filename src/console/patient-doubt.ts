/** An INS that INSi did not confirm: why nothing leaves under it, and the two ways out. */
import { may } from '../api/access.ts';
import { ruleById } from '../rules/catalogue.ts';
import { identityVerificationRules } from '../rules/identity-verification.ts';
import type { IdentityRecord } from '../store/identities.ts';
import { actionForm, explanation, notice } from './components.ts';
import { type Html, html } from './html.ts';
import type { Visit } from './visit.ts';
import { ruleTitle } from './words.ts';

export function doubtNotice(visit: Visit, identity: IdentityRecord): Html | undefined {
  const { id, insDoubt, insiState, active } = identity;
  if (insDoubt === null || !active) return undefined;
  const said = ruleById(insDoubt);
  const { verificationDoubt } = identityVerificationRules;
  const form = (name: string, body: Html) =>
    actionForm({ action: `/console/patients/${id}/${name}`, csrf: visit.session.csrf }, body);
  return notice(
    'doubt',
    ruleTitle(verificationDoubt),
    html`${said !== undefined && html`<p class="strong">${ruleTitle(said)}</p>`}${explanation(verificationDoubt, undefined)}
${may(visit.actor, 'patients.qualify') && insiState !== 'queued' && form('verification', html`<button type="submit" class="btn main">Relancer la vérification</button>`)}
${
  may(visit.actor, 'patients.settle') &&
  html`<details class="behind"><summary>Confirmer l’échec et retirer l’INS</summary>${form(
    'verification-echec',
    html`<p class="hint">L’identité perd sa qualification. Ce qui est déjà parti sous cette INS sera à examiner.</p><div class="field"><label for="motif-echec">Motif</label><input id="motif-echec" name="motif" required maxlength="200"></div>
<button type="submit" class="btn">Retirer l’INS</button>`,
  )}</details>`
}`,
  );
}
