/** The letter to the patient as a PDF, ready to print. */
import { establishmentOf, sourceOfEstablishment } from '../config/lookup.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { apiRules } from '../rules/api.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import type { CorrectionRequest } from '../store/corrections.ts';
import { identityById } from '../store/identities.ts';
import { renderLetter } from '../wire/pdf/letter.ts';
import { correctionLetter } from './correction-letter.ts';

/** In the name of the reader's establishment, or of the first one. */
export async function correctionLetterPdf(
  { pool, config, now }: UseCaseContext,
  request: CorrectionRequest,
  eg: string | null,
): Promise<Result<Buffer>> {
  const identity = await identityById(pool, request.identityId);
  const finess = eg ?? sourceOfEstablishment(config, undefined)?.eg;
  if (identity === undefined || finess === undefined) return refuse(apiRules.notFound);
  const { name, timeZone } = establishmentOf(config, finess).geographic;
  const day = new Intl.DateTimeFormat('fr-FR', { timeZone, dateStyle: 'short' }).format(now());
  return ok(Buffer.from(await renderLetter(correctionLetter(request, identity, { establishment: name, day }))));
}
