/** One pair: the two records side by side, and the decision. Everything works by the keyboard alone. */
import { may } from '../api/access.ts';
import { decide, type PairDecision } from '../matching/index.ts';
import { apiRules } from '../rules/api.ts';
import { ok, type Refusal, type Result, refuse } from '../rules/rule.ts';
import { type CandidatePair, listPairs, pairById } from '../store/candidate-pairs.ts';
import { documentsAndStaysOf } from '../store/console-lists.ts';
import { identifiersOf, identityById } from '../store/identities.ts';
import { actionForm, chip, explanation, fields, notice } from './components.ts';
import { dateTime } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import { pairComparison, type Side } from './pair-comparison.ts';
import { levelWord, PAIR_STATES } from './pair-words.ts';
import { type Answer, isUuid, type PageDefinition, type Visit } from './visit.ts';
import { ruleTitle } from './words.ts';

export const duplicatePages: readonly PageDefinition[] = [
  {
    method: 'GET',
    path: '/console/doublons/:id',
    permission: 'patients.read',
    audited: 'patients',
    answer: (visit) => showPair(visit),
  },
  {
    method: 'POST',
    path: '/console/doublons/:id/decision',
    permission: 'patients.settle',
    audited: 'patients',
    answer: settlePair,
  },
];

async function settlePair(visit: Visit): Promise<Answer> {
  const { gateway, actor } = visit;
  const pair = isUuid(visit.id) ? await pairById(gateway.pool, visit.id) : undefined;
  if (pair === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const decision = decisionOf(visit, pair);
  const decided = decision.ok ? await decide(gateway, pair.id, decision.value, actor.name) : decision;
  if (!decided.ok) return showPair(visit, decided.refusal);
  // On to the next one: a morning's list is gone through without going back to it.
  const [next] = await listPairs(gateway.pool, { state: 'open', kind: null, identityId: null, limit: 1, offset: 0 });
  return { kind: 'redirect', to: next === undefined ? '/console/doublons' : `/console/doublons/${next.id}` };
}

function decisionOf({ form }: Visit, pair: CandidatePair): Result<PairDecision> {
  const reason = form('motif');
  if (reason === '') return refuse(apiRules.invalidRequest, { detail: 'Le motif de la décision est attendu.' });
  switch (form('decision')) {
    case 'premier':
      return ok({ decision: 'same', survivor: pair.firstId, reason });
    case 'second':
      return ok({ decision: 'same', survivor: pair.secondId, reason });
    case 'differentes':
      return ok({ decision: 'different', homonym: form('homonyme') === 'oui', reason });
    case 'liees':
      return ok({ decision: 'linked', reason });
    case 'plus-tard':
      return ok({ decision: 'later', reason });
    default:
      return refuse(apiRules.invalidRequest, { detail: 'Choisir une décision.' });
  }
}

async function showPair(visit: Visit, problem?: Refusal): Promise<Answer> {
  const pair = isUuid(visit.id) ? await pairById(visit.gateway.pool, visit.id) : undefined;
  if (pair === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const [first, second] = await Promise.all([sideOf(visit, pair.firstId), sideOf(visit, pair.secondId)]);
  if (first === undefined || second === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const pattern = pair.traits.find(({ trait, level }) => trait === 'pattern' && level !== 'none');
  const body = html`${heading(
    'Une personne, ou deux ?',
    html`<p class="chips">${chip(PAIR_STATES[pair.state])}${pair.kind === 'same-ins' && chip({ tone: 'bad', label: 'Même INS' })}${pattern !== undefined && chip(levelWord(pattern))}</p><p>Score ${pair.score.toLocaleString('fr', { maximumFractionDigits: 3 })}, trouvée le ${dateTime(pair.foundAt)}</p>`,
    html`<a href="/console/doublons">Doublons</a>`,
  )}
${problem !== undefined && notice('bad', ruleTitle(problem.rule), explanation(problem.rule, problem.detail))}
<section class="card">${pairComparison(first, second, pair.traits)}</section>
${decided(pair)}${may(visit.actor, 'patients.settle') && pair.state !== 'merged' && pair.state !== 'closed' && decisionForm(visit, pair, first, second)}`;
  return {
    kind: 'page',
    title: 'Comparaison de deux dossiers',
    section: 'travail',
    body,
    ...(problem !== undefined && { status: problem.rule.http }),
  };
}

async function sideOf({ gateway: { pool } }: Visit, id: string): Promise<Side | undefined> {
  const record = await identityById(pool, id);
  if (record === undefined) return undefined;
  return { record, identifiers: await identifiersOf(pool, id), ...(await documentsAndStaysOf(pool, id)) };
}

function decided({ decidedAt, decidedBy, reason }: CandidatePair): Html | undefined {
  if (decidedAt === null) return undefined;
  return html`<section class="card"><h2>Dernière décision</h2>${fields([
    ['Le', dateTime(decidedAt)],
    ['Par', decidedBy],
    ['Motif', reason],
  ])}</section>`;
}

function decisionForm(visit: Visit, pair: CandidatePair, first: Side, second: Side): Html {
  const name = ({ record, identifiers }: Side) =>
    `${record.birthName} ${record.firstGivenName}, ${identifiers.map(({ value }) => value).join(', ') || 'sans IPP'}`;
  const choice = (value: string, label: string, hint: string): Html =>
    html`<label class="choice"><input type="radio" name="decision" value="${value}" required> <span>${label}<span class="hint block">${hint}</span></span></label>`;
  return html`<section class="card" id="decision"><h2>Décision</h2>${actionForm(
    { action: `/console/doublons/${pair.id}/decision`, csrf: visit.session.csrf },
    html`<fieldset><legend>Ces deux dossiers sont</legend>
${choice('premier', 'Une seule personne : garder le premier dossier', `${name(first)} reçoit les numéros, les venues et les documents à envoyer de l’autre.`)}
${choice('second', 'Une seule personne : garder le second dossier', `${name(second)} reçoit les numéros, les venues et les documents à envoyer de l’autre.`)}
${choice('differentes', 'Deux personnes', 'La paire ne reviendra pas.')}
${choice('liees', 'Une seule personne, deux dossiers à conserver', 'Par exemple dans deux domaines d’identification.')}
${choice('plus-tard', 'À revoir plus tard', 'La paire reste dans la liste « Remise à plus tard ».')}</fieldset>
<label class="choice"><input type="checkbox" name="homonyme" value="oui" checked> Si ce sont deux personnes, marquer les deux dossiers « homonyme »</label>
<div class="field"><label for="motif-decision">Motif</label><input id="motif-decision" name="motif" required maxlength="200" autocomplete="off"></div>
<button type="submit" class="btn main">Enregistrer, et passer à la paire suivante</button>`,
  )}</section>`;
}
