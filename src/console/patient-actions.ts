/** Forms of a patient's page. A refused action shows the page again with its reason. */
import { editorOf } from '../api/access.ts';
import {
  changeStatus,
  confirmVerificationFailure,
  correctTraits,
  insiProposals,
  recordDeviceCheck,
  requestCardSearch,
  requestInsiSearch,
  requestProposedSearch,
  requestVerification,
} from '../identity/index.ts';
import { isLunar, parseCivilDate } from '../ins/civil-date.ts';
import { apiRules } from '../rules/api.ts';
import { identityRules } from '../rules/identity.ts';
import { insiRules } from '../rules/insi.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { type IdentityRecord, identityById } from '../store/identities.ts';
import { isoDate } from './format.ts';
import { identityOf, showPatient } from './patient-page.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';

type Act = (visit: Visit, id: string) => Promise<Result<IdentityRecord>>;

function action(name: string, act: Act): PageDefinition {
  return {
    method: 'POST',
    path: `/console/patients/:id/${name}`,
    permission: 'patients.qualify',
    audited: 'patients',
    answer: (visit) => perform(visit, act),
  };
}

async function perform(visit: Visit, act: Act): Promise<Answer> {
  const identity = await identityOf(visit);
  if (identity === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const result = await act(visit, identity.id);
  return result.ok ? { kind: 'redirect', to: `/console/patients/${identity.id}` } : showPatient(visit, result.refusal);
}

const askInsi: Act = ({ gateway, actor }, id) => requestInsiSearch(gateway, id, actor.name);

const recordCheck: Act = async ({ gateway, actor, form }, id) => {
  const coherent = form('coherent');
  if (coherent !== 'oui' && coherent !== 'non')
    return refuse(apiRules.invalidRequest, { detail: 'Indiquer si les traits du dispositif sont ceux de l’identité.' });
  const device = presentedDevice(form);
  if (!device.ok) return device;
  return recordDeviceCheck(gateway, id, { ...device.value, coherent: coherent === 'oui' }, actor.name);
};

/** The device fields of a form; the use case judges device and condition. */
export function presentedDevice(
  form: Visit['form'],
): Result<{ documentType: string; checkedAt: string; conditionConfirmed: boolean }> {
  if (form('dispositif') === '') return refuse(identityRules.deviceMissing);
  const date = parseCivilDate(isoDate(form('date')) ?? '');
  if (!date.ok || isLunar(date.value))
    return refuse(apiRules.invalidRequest, { detail: 'La date du contrôle est attendue, JJ/MM/AAAA.' });
  // A check is dated by its day; noon keeps that day in every time zone of the country.
  return ok({
    documentType: form('dispositif'),
    checkedAt: `${date.value}T12:00:00Z`,
    conditionConfirmed: form('condition') === 'oui',
  });
}

const correct: Act = async ({ gateway, actor, form }, id) => {
  const reason = form('motif');
  if (reason === '') return refuse(apiRules.invalidRequest, { detail: 'Donner le motif de la correction.' });
  const birthDate = form('date-naissance');
  const date = birthDate === '' ? undefined : isoDate(birthDate);
  if (birthDate !== '' && date === undefined)
    return refuse(apiRules.invalidRequest, { detail: 'La date de naissance est attendue, JJ/MM/AAAA.' });
  const device = form('dispositif') === '' ? undefined : presentedDevice(form);
  if (device !== undefined && !device.ok) return device;
  const given = (name: string) => (form(name) === '' ? undefined : form(name));
  return correctTraits(
    gateway,
    id,
    {
      birthName: given('nom'),
      firstGivenName: given('premier-prenom'),
      birthGivenNames: given('prenoms'),
      sex: given('sexe'),
      birthDate: date,
      birthPlace: given('lieu'),
      usedName: form('nom-utilise') === '' ? null : form('nom-utilise'),
      usedGivenName: form('prenom-utilise') === '' ? null : form('prenom-utilise'),
      ...(form('interpretee') === 'oui' && { dateInterpreted: true }),
      unlock: form('deverrouiller') === 'oui',
      device: device?.value,
      reason,
    },
    editorOf(actor),
  );
};

const changeAttribute: Act = async ({ gateway, actor, form }, id) => {
  const [verb, name] = form('changement').split(':');
  const attribute = (['homonyme', 'douteuse', 'fictive'] as const).find((known) => known === name);
  const reason = form('motif');
  if (attribute === undefined || reason === '')
    return refuse(apiRules.invalidRequest, { detail: 'Choisir un changement et en donner le motif.' });
  const change = verb === 'lever' ? 'clear-attribute' : 'set-attribute';
  return changeStatus(gateway, id, { action: change, attribute, reason }, editorOf(actor));
};

const askProposed: Act = async ({ gateway, actor, form }, id) => {
  const identity = await identityById(gateway.pool, id);
  const offered = identity === undefined ? [] : await insiProposals(gateway.pool, identity);
  const proposal = offered.find((known) => known.id === form('proposition'));
  if (proposal === undefined) return refuse(insiRules.proposalNotOpen);
  return requestProposedSearch(gateway, id, { proposal: proposal.id, value: form('valeur') }, actor.name);
};

const askByCard: Act = async ({ gateway, actor, form }, id) => {
  const beneficiary = form('beneficiaire');
  return requestCardSearch(
    gateway,
    id,
    {
      insured: form('assure'),
      ...(beneficiary !== '' && { beneficiary }),
      birthDate: isoDate(form('naissance')) ?? '',
      birthRank: Number(form('rang')),
    },
    actor.name,
  );
};

const verifyIns: Act = ({ gateway, actor }, id) => requestVerification(gateway, id, actor.name);

const confirmFailure: Act = async ({ gateway, actor, form }, id) => {
  const reason = form('motif');
  if (reason === '') return refuse(apiRules.invalidRequest, { detail: 'Donner le motif.' });
  return confirmVerificationFailure(gateway, id, reason, actor.name);
};

export const patientActionRoutes: readonly PageDefinition[] = [
  action('insi', askInsi),
  action('insi-proposition', askProposed),
  action('insi-vitale', askByCard),
  action('verification', verifyIns),
  { ...action('verification-echec', confirmFailure), permission: 'patients.settle' },
  action('controle', recordCheck),
  action('attribut', changeAttribute),
  action('traits', correct),
];
