/** Forms of a patient's page. A refused action shows the page again with its reason. */
import { identityDevice } from '../codes/identity-devices.ts';
import { changeStatus, recordDeviceCheck, requestInsiSearch } from '../identity/index.ts';
import { isLunar, parseCivilDate } from '../ins/civil-date.ts';
import { apiRules } from '../rules/api.ts';
import { identityRules } from '../rules/identity.ts';
import { type Result, refuse } from '../rules/rule.ts';
import type { IdentityRecord } from '../store/identities.ts';
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
  const device = identityDevice(form('dispositif'));
  if (device === undefined) return refuse(identityRules.deviceMissing);
  if (device.trust === 'under-condition' && form('condition') !== 'oui')
    return refuse(identityRules.deviceNotHighTrust, { detail: `À confirmer : ${device.condition ?? device.label}.` });
  const coherent = form('coherent');
  if (coherent !== 'oui' && coherent !== 'non')
    return refuse(apiRules.invalidRequest, { detail: 'Indiquer si les traits du dispositif sont ceux de l’identité.' });
  const date = parseCivilDate(isoDate(form('date')) ?? '');
  if (!date.ok || isLunar(date.value))
    return refuse(apiRules.invalidRequest, { detail: 'La date du contrôle est attendue, JJ/MM/AAAA.' });
  // A check is dated by its day; noon keeps that day in every time zone of the country.
  const check = { documentType: device.code, checkedAt: `${date.value}T12:00:00Z`, coherent: coherent === 'oui' };
  return recordDeviceCheck(gateway, id, check, actor.name);
};

const changeAttribute: Act = async ({ gateway, actor, form }, id) => {
  const [verb, name] = form('changement').split(':');
  const attribute = (['homonyme', 'douteuse', 'fictive'] as const).find((known) => known === name);
  const reason = form('motif');
  if (attribute === undefined || reason === '')
    return refuse(apiRules.invalidRequest, { detail: 'Choisir un changement et en donner le motif.' });
  const change = verb === 'lever' ? 'clear-attribute' : 'set-attribute';
  return changeStatus(gateway, id, { action: change, attribute, reason }, actor.name);
};

export const patientActionRoutes: readonly PageDefinition[] = [
  action('insi', askInsi),
  action('controle', recordCheck),
  action('attribut', changeAttribute),
];
