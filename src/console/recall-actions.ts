/** Forms and files of a recall. A refused action shows the page again with its reason. */
import {
  approveRecall,
  type Decision,
  decideRecall,
  incidentFile,
  liftRecall,
  markGiven,
  prepareRecall,
  reopenRecall,
  textOfNotice,
} from '../recall/index.ts';
import { apiRules } from '../rules/api.ts';
import { type Result, refuse } from '../rules/rule.ts';
import { type NoticeRecipient, noticesOf } from '../store/recall-items.ts';
import { recallById } from '../store/recalls.ts';
import { showRecall } from './recall-page.ts';
import { type Answer, isUuid, type PageDefinition, type Visit } from './visit.ts';

type Act = (visit: Visit, id: string) => Promise<Result<unknown>>;

function action(name: string, permission: PageDefinition['permission'], act: Act): PageDefinition {
  return {
    method: 'POST',
    path: `/console/rappels/:id/${name}`,
    permission,
    audited: 'recalls',
    answer: async (visit) => {
      const result = isUuid(visit.id) ? await act(visit, visit.id) : refuse(apiRules.notFound);
      return result.ok ? { kind: 'redirect', to: `/console/rappels/${visit.id}` } : showRecall(visit, result.refusal);
    },
  };
}

const DECISIONS: Readonly<Record<string, Decision>> = {
  'mauvaise-personne': 'wrong-person',
  'nouvelle-ins': 'new-ins',
  lever: 'release',
};

const decide: Act = async ({ gateway, actor, form }, id) => {
  const decision = DECISIONS[form('decision')];
  const explanation = form('explication');
  const right = form('bon-patient');
  if (decision === undefined || explanation === '' || (right !== '' && !isUuid(right)))
    return refuse(apiRules.invalidRequest, { detail: 'Choisir une décision et l’expliquer.' });
  const rightIdentityId = right === '' || decision !== 'wrong-person' ? undefined : right;
  return decideRecall(gateway, actor, id, { decision, explanation, rightIdentityId });
};

const prepare: Act = ({ gateway, actor, form, forms }, id) =>
  prepareRecall(gateway, actor, id, form('choix') === 'liste' ? forms('liste') : undefined);

const lift: Act = async ({ gateway, actor, form }, id) => {
  const reason = form('motif');
  return reason === ''
    ? refuse(apiRules.invalidRequest, { detail: 'Donner le motif.' })
    : liftRecall(gateway, actor, id, reason);
};

const given: Act = async ({ gateway, actor, form }, id) => {
  const recipient = recipientOf(form('destinataire'));
  return recipient === undefined
    ? refuse(apiRules.invalidRequest, { detail: 'destinataire' })
    : markGiven(gateway, actor.name, id, { recipient, person: form('personne') });
};

const RECIPIENTS: readonly NoticeRecipient[] = ['author', 'data-protection-officer', 'regional-referent'];

function recipientOf(text: string): NoticeRecipient | undefined {
  return RECIPIENTS.find((known) => known === text);
}

function file(name: string, text: (visit: Visit, id: string) => Promise<string | undefined>): PageDefinition {
  return {
    method: 'GET',
    path: `/console/rappels/:id/${name}`,
    permission: 'recalls.read',
    audited: 'recalls',
    answer: async (visit): Promise<Answer> => {
      const content = isUuid(visit.id) ? await text(visit, visit.id) : undefined;
      if (content === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
      return {
        kind: 'content',
        mimeType: 'text/plain; charset=utf-8',
        bytes: Buffer.from(content, 'utf8'),
        saveAs: `rappel-${visit.id.slice(0, 8)}-${name}.txt`,
      };
    },
  };
}

async function incident({ gateway }: Visit, id: string): Promise<string | undefined> {
  const recall = await recallById(gateway.pool, id);
  return recall && incidentFile(gateway.pool, gateway, recall);
}

async function message({ gateway, query }: Visit, id: string): Promise<string | undefined> {
  const recipient = recipientOf(query('destinataire'));
  const known = await noticesOf(gateway.pool, id);
  const notice = known.find((each) => each.recipient === recipient && each.person === query('personne'));
  const told = notice && (await textOfNotice(gateway.pool, gateway, notice));
  return told && `${told.subject}\n\n${told.text}\n`;
}

export const recallActionRoutes: readonly PageDefinition[] = [
  action('decider', 'recalls.prepare', decide),
  action('preparer', 'recalls.prepare', prepare),
  action('reprendre', 'recalls.prepare', ({ gateway }, id) => reopenRecall(gateway, id)),
  action('approuver', 'recalls.approve', ({ gateway, actor, form }, id) =>
    approveRecall(gateway, actor, id, Number(form('nombre'))),
  ),
  action('admettre', 'recalls.approve', lift),
  action('remis', 'recalls.prepare', given),
  file('incident', incident),
  file('message', message),
];
