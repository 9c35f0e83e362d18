/** What the form « Alimentation du DMP » of a patient's sheet records. */
import { declareFeeding, type FeedingDeclared } from '../identity/index.ts';
import { apiRules } from '../rules/api.ts';
import { type Result, refuse } from '../rules/rule.ts';
import type { IdentityRecord } from '../store/identities.ts';
import { identityOf, showPatient } from './patient-page.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';

export const patientFeedingRoutes: readonly PageDefinition[] = [
  {
    method: 'POST',
    path: '/console/patients/:id/alimentation',
    permission: 'patients.write',
    audited: 'patients',
    answer: declare,
  },
];

async function declare(visit: Visit): Promise<Answer> {
  const identity = await identityOf(visit);
  if (identity === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const done = await declared(visit, identity);
  return done.ok
    ? { kind: 'redirect', to: `/console/patients/${identity.id}#alimentation` }
    : showPatient(visit, done.refusal);
}

async function declared({ gateway, actor, form }: Visit, { id }: IdentityRecord): Promise<Result<void>> {
  const reason = form('motif');
  if (reason === '') return refuse(apiRules.invalidRequest, { detail: 'Donner le motif.' });
  const noIns = form('sans-ins');
  const noInsReason = (['visitor', 'newborn', 'other'] as const).find((known) => known === noIns) ?? null;
  const wanted: FeedingDeclared = {
    informed: form('informe') === 'oui',
    opposed: form('opposition') === 'oui',
    anonymous: form('anonymat') === 'oui',
    noInsReason,
  };
  return declareFeeding(gateway, id, wanted, { actor: actor.name, reason });
}
