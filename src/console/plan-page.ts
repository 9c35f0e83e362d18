/** « Migration »: the plan of each establishment, filled by evidence. */
import { may } from '../api/access.ts';
import {
  declarationHistory,
  declare,
  type Plan,
  planCsv,
  planOf,
  referenceInForce,
  setAim,
  stepsReached,
  unitDaysOf,
} from '../plan/index.ts';
import { apiRules } from '../rules/api.ts';
import { planRules } from '../rules/plan.ts';
import { type Refusal, type Result, refuse } from '../rules/rule.ts';
import { explanation, notice, table } from './components.ts';
import { establishmentChoices, establishmentName } from './establishments.ts';
import { birthDate, counted, dateTime, isoDate, number } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import { aimCard, declareCard } from './plan-forms.ts';
import { constraintsTable, contactsAndLinks } from './plan-reference-page.ts';
import { blocksCard, historyCard, questionsCard, stepCards, strip, unitsCard } from './plan-view.ts';
import { CONTEXTS, forecastText, percent } from './plan-words.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';
import { ruleTitle } from './words.ts';

const PATH = '/console/migration';

export const planPages: readonly PageDefinition[] = [
  { method: 'GET', path: PATH, permission: 'plan.read', answer: showAll },
  { method: 'GET', path: `${PATH}/:id`, permission: 'plan.read', answer: (visit) => showPlan(visit) },
  { method: 'GET', path: `${PATH}/:id/bureaux`, permission: 'plan.read', answer: showDesks },
  { method: 'GET', path: `${PATH}/:id/export`, permission: 'plan.read', answer: exportPlan },
  act('declarations', ({ gateway, id, actor, form }) =>
    declare(
      gateway,
      id,
      {
        item: form('point'),
        state: form('etat'),
        onDay: isoDate(form('jour')) ?? '',
        note: form('note'),
        attachment: form('piece') === '' ? null : form('piece'),
      },
      actor.name,
    ),
  ),
  act('objectifs', async ({ gateway, id, actor, form }) => {
    const deadline = form('echeance') === '' ? null : isoDate(form('echeance'));
    if (deadline === undefined) return refuse(planRules.aimInvalid, { detail: 'échéance' });
    return setAim(
      gateway,
      id,
      {
        deadline,
        qualifiedPercent: Number(form('qualifies')),
        fedPercent: Number(form('documents')),
        reason: form('motif'),
      },
      actor.name,
    );
  }),
];

function act(name: string, perform: (visit: Visit) => Promise<Result<unknown>>): PageDefinition {
  return {
    method: 'POST',
    path: `${PATH}/:id/${name}`,
    permission: 'plan.write',
    answer: async (visit) => {
      if (!isKnown(visit)) return UNKNOWN;
      const result = await perform(visit);
      return result.ok ? { kind: 'redirect', to: `${PATH}/${visit.id}` } : showPlan(visit, result.refusal);
    },
  };
}

/** What the plan rests on, for whoever may see it. */
function beside({ actor, gateway }: Visit): Html {
  const replays = gateway.config.installation === 'demonstration' && may(actor, 'flows.read');
  return html`${replays && html`<a href="/console/migration/rejeu">Rejeu d’une transition</a> · `}${may(actor, 'flows.read') && html`<a href="/console/observatoire">Observatoire</a>`}${may(actor, 'flows.read') && may(actor, 'catalogue.read') && ' · '}${may(actor, 'catalogue.read') && html`<a href="/console/catalogue">Catalogue</a>`}`;
}

const UNKNOWN: Answer = { kind: 'refused', refusal: { rule: apiRules.notFound } };

function isKnown({ gateway, actor, id }: Visit): boolean {
  return establishmentChoices(gateway.config, actor.eg).some(({ value }) => value === id);
}

/** With one establishment, its plan; with several, where each stands. */
async function showAll(visit: Visit): Promise<Answer> {
  const { gateway, actor } = visit;
  const choices = establishmentChoices(gateway.config, actor.eg);
  const [only, ...others] = choices;
  if (only !== undefined && others.length === 0) return { kind: 'redirect', to: `${PATH}/${only.value}` };
  const readings = await stepsReached(
    gateway,
    choices.map(({ value }) => value),
  );
  const rows = choices.map(({ value, label }) => {
    const reading = readings.find(({ eg }) => eg === value);
    return [
      html`<a class="strong" href="${PATH}/${value}">${label}</a><br><span class="mut">${value}</span>`,
      reading === undefined ? html`<span class="mut">pas encore relevé</span>` : `${reading.reached} sur 5`,
      ...[0, 1, 2, 3, 4].map((step) => (reading === undefined ? '' : percent(reading.steps[step] ?? 0))),
      reading === undefined ? '' : percent(reading.readiness),
      reading === undefined ? '' : dateTime(reading.at),
    ];
  });
  const done = readings.filter(({ reached }) => reached === 5).length;
  const lead = html`<p>${counted(choices.length, 'établissement', 'établissements')} : ${done === 0 ? 'aucun n’a atteint' : counted(done, 'a atteint', 'ont atteint')} les cinq étapes. Chaque plan se remplit des preuves que la passerelle voit.</p>`;
  const right = { align: 'right' } as const;
  const body = html`${heading('Migration', lead, beside(visit))}
<section class="card list"><h2>Établissements</h2>${table(
    'Étapes atteintes par établissement',
    [
      { label: 'Établissement', wide: true },
      { label: 'Étapes atteintes' },
      ...[1, 2, 3, 4, 5].map((step) => ({ label: `Étape ${step}`, ...right })),
      { label: 'Préparation', ...right },
      { label: 'Relevé' },
    ],
    rows,
  )}</section>`;
  return { kind: 'page', title: 'Migration', section: 'migration', body };
}

async function showPlan(visit: Visit, problem?: Refusal): Promise<Answer> {
  if (!isKnown(visit)) return UNKNOWN;
  const { gateway, actor, id } = visit;
  const plan = await planOf(gateway, id, visit.query('actualiser') !== '');
  const said = await declarationHistory(gateway, id);
  const reference = await referenceInForce(gateway);
  const writes = may(actor, 'plan.write');
  const name = establishmentName(gateway.config, id);
  const several = establishmentChoices(gateway.config, actor.eg).length > 1;
  const body = html`${heading(`Migration : ${name}`, lead(plan), html`${several && html`<a href="${PATH}">Migration</a> · `}${beside(visit)}`)}
${problem !== undefined && notice('bad', ruleTitle(problem.rule), explanation(problem.rule, problem.detail))}
${strip(plan.steps)}
${blocksCard(visit, plan.blocks)}${questionsCard(visit, plan)}${stepCards(visit, plan, reference.constraints)}${unitsCard(plan)}
${declareCard(visit, id, said, writes)}${aimCard(visit, plan, writes)}${historyCard(plan)}
<section class="card list" id="textes"><h2>Textes et dates</h2>${constraintsTable(reference.constraints)}</section>
<section class="card list" id="contacts"><h2>Contacts et liens</h2>${contactsAndLinks(reference)}</section>`;
  return {
    kind: 'page',
    title: `Migration : ${name}`,
    section: 'migration',
    body,
    ...(problem !== undefined && { status: problem.rule.http }),
  };
}

function lead({ eg, facts, steps, readiness, forecast, aim }: Plan): Html {
  const reached = steps.filter((step) => step.reached).length;
  const open = steps.flatMap(({ checks }) =>
    checks.filter(({ verdict }) => verdict.kind !== 'done' && verdict.kind !== 'not-applicable'),
  ).length;
  return html`<p>${counted(reached, 'étape atteinte', 'étapes atteintes')} sur 5, préparation ${percent(readiness)} ; ${open === 0 ? 'plus aucun point à régler' : `${counted(open, 'point', 'points')} à régler`}. ${forecastText(forecast, aim.deadline)}</p>
<p class="mut">${CONTEXTS[facts.context]}. Chiffres du ${dateTime(new Date(facts.at))}.</p>
<p class="field-actions"><a class="btn" href="${PATH}/${eg}?actualiser=oui">Recompter</a> <a class="btn" href="${PATH}/${eg}/export">Exporter (CSV)</a> <a class="btn" href="${PATH}/references">Textes, contacts et liens</a></p>`;
}

async function showDesks(visit: Visit): Promise<Answer> {
  if (!isKnown(visit)) return UNKNOWN;
  const { gateway, id } = visit;
  const rows = await unitDaysOf(gateway, id);
  const title = 'Qualification par unité et par jour';
  const right = { align: 'right' } as const;
  const body = html`${heading(title, html`<p>${establishmentName(gateway.config, id)} : identités admises depuis 30 jours, et qualifiées à ce jour.</p>`, html`<a href="${PATH}/${id}">Migration</a>`)}
<section class="card list"><h2>Unités et jours</h2>${table(
    title,
    [
      { label: 'Jour' },
      { label: 'Unité', wide: true },
      { label: 'Admises', ...right },
      { label: 'Qualifiées', ...right },
      { label: 'Taux', ...right },
    ],
    rows.map(({ day, unit, admitted, qualified }) => [
      birthDate(day),
      unit ?? 'Sans unité',
      number(admitted),
      number(qualified),
      percent((100 * qualified) / admitted),
    ]),
  )}</section>`;
  return { kind: 'page', title, section: 'migration', body };
}

async function exportPlan(visit: Visit): Promise<Answer> {
  if (!isKnown(visit)) return UNKNOWN;
  const bytes = Buffer.from(planCsv(await planOf(visit.gateway, visit.id)), 'utf8');
  return { kind: 'content', mimeType: 'text/csv; charset=utf-8', bytes, saveAs: `plan-${visit.id}.csv` };
}
