/** The pieces of a plan: the strip of the five steps, what blocks, the questions, each step with its evidence. */
import { may } from '../api/access.ts';
import {
  type Block,
  type Check,
  type Constraint,
  type Evidence,
  type Plan,
  type Question,
  questionsOf,
  type Step,
} from '../plan/index.ts';
import { chip, empty, table } from './components.ts';
import { birthDate } from './format.ts';
import { type Html, html } from './html.ts';
import { ANSWERS, percent, sinceText, verdictWord } from './plan-words.ts';
import type { Visit } from './visit.ts';
import { capital, french } from './words.ts';

/** Links lead where this person may go; elsewhere the figure stands alone. */
const LINKS = [
  ['/console/documents', 'documents.read'],
  ['/console/flux', 'flows.read'],
  ['/console/abonnes', 'diffusion.read'],
  ['/console/modeles', 'templates.read'],
  ['/console/indicateurs', 'indicators.read'],
  ['/console/alertes', 'alerts.read'],
  ['/console/observatoire', 'flows.read'],
  ['/console/catalogue', 'catalogue.read'],
] as const;

function opens(visit: Visit, link: string): boolean {
  const permission = LINKS.find(([path]) => link.startsWith(path))?.[1];
  return permission !== undefined && may(visit.actor, permission);
}

/** Five steps side by side: number, title, how far; on a phone one under the other. */
export function strip(steps: readonly Step[]): Html {
  return html`<ol class="plan-strip">${steps.map(
    ({ number, title, percent: value, reached }) =>
      html`<li class="${reached ? 'reached' : ''}"><a href="#etape-${number}"><span class="strong">${number}. ${title}</span></a>${bar(value)}<span>${reached ? chip({ tone: 'ok', label: 'Atteinte' }) : percent(value)}</span></li>`,
  )}</ol>`;
}

function bar(value: number): Html {
  return html`<svg class="plan-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect class="rail" width="100" height="6" /><rect class="fill" width="${value}" height="6" /></svg>`;
}

export function blocksCard(visit: Visit, blocks: readonly Block[]): Html {
  return html`<section class="card list" id="blocages"><h2>Ce qui bloque</h2>${
    blocks.length === 0
      ? empty('Rien ne bloque', 'Chaque point qui s’applique est fait, preuve à l’appui.')
      : table(
          'Ce qui bloque, et qui agit',
          [{ label: 'Ce qui manque', wide: true }, { label: 'Constat' }, { label: 'Que faire' }, { label: 'Qui agit' }],
          blocks.map(({ rule, step, detail, since, link }) => [
            html`<span class="mut">${step === null ? 'Documents en attente' : `Étape ${step}`}</span><br><a class="strong" href="/console/regles#${rule.id}">${french(rule.title)}</a>`,
            html`${capital(detail)}${sinceText({ since })}${link !== null && opens(visit, link) && html`<br><a href="${link}">Voir<span class="unseen"> : ${french(rule.title)}</span></a>`}`,
            french(rule.remedy),
            capital(rule.owner),
          ]),
        )
  }</section>`;
}

export function questionsCard(visit: Visit, { facts, steps }: Plan): Html {
  const questions = questionsOf(facts, steps);
  return html`<section class="card list" id="questions"><h2>Les questions posées à tous les établissements</h2>${table(
    'Questions et réponses',
    [{ label: 'Question', wide: true }, { label: 'Réponse' }, { label: 'Preuves', wide: true }],
    questions.map((question) => [
      html`<span class="strong">${question.question}</span>`,
      answer(question),
      evidences(visit, question.evidence),
    ]),
  )}</section>`;
}

function answer({ answer: kind, sentence }: Question): Html {
  return html`${chip(ANSWERS[kind])}<br><span class="mut">${sentence}</span>`;
}

function evidences(visit: Visit, evidence: readonly Evidence[]): Html {
  if (evidence.length === 0) return html`<span class="mut">aucune</span>`;
  return html`<ul class="plain">${evidence.map(
    (one) =>
      html`<li>${one.link !== null && opens(visit, one.link) ? html`<a href="${one.link}">${capital(one.text)}</a>` : capital(one.text)}<span class="mut">${sinceText(one)}</span></li>`,
  )}</ul>`;
}

export function stepCards(visit: Visit, { steps }: Plan, constraints: readonly Constraint[]): Html {
  return html`${steps.map((step) =>
    stepCard(
      visit,
      step,
      constraints.filter((one) => one.steps.includes(step.number)),
    ),
  )}`;
}

function stepCard(
  visit: Visit,
  { number, title, checks, percent: value, reached, waitsFor }: Step,
  constraints: readonly Constraint[],
): Html {
  const waits =
    waitsFor.length === 0
      ? ''
      : waitsFor.length === 1
        ? `Dépend de l’étape ${waitsFor[0]}, pas encore atteinte.`
        : `Dépend des étapes ${waitsFor.slice(0, -1).join(', ')} et ${waitsFor.at(-1)}, pas encore atteintes.`;
  return html`<section class="card list" id="etape-${number}"><h2>Étape ${number} : ${title}</h2><p>${reached ? 'Atteinte.' : `${percent(value)} des points qui s’appliquent.`} ${waits}</p>${constraints.length > 0 && html`<p class="mut">${constraints.map(({ from, title: text }) => `${text} depuis le ${birthDate(from)}`).join(' · ')} (<a href="#textes">textes<span class="unseen"> de l’étape ${number}</span></a>)</p>`}${table(
    `Points de l’étape ${number}`,
    [{ label: 'Point', wide: true }, { label: 'Situation' }, { label: 'Preuves', wide: true }],
    checks.map((check) => [checkCell(check), chip(verdictWord(check.verdict)), foundCell(visit, check)]),
  )}</section>`;
}

function checkCell({ rule, title }: Check): Html {
  return html`<span class="strong">${title}</span><br><a class="mut" href="/console/regles#${rule.id}">${rule.id}</a>`;
}

function foundCell(visit: Visit, { verdict, evidence }: Check): Html {
  if (verdict.kind === 'not-applicable') return html`<span class="mut">${capital(verdict.why)}</span>`;
  if (verdict.kind === 'to-declare' && may(visit.actor, 'plan.write'))
    return html`<a href="#declarer">À déclarer ci-dessous</a>`;
  return evidences(visit, evidence);
}

/** Desk by desk: admissions of the period by unit; the page of a plan gives the days. */
export function unitsCard({ facts, eg }: Plan): Html {
  const { units } = facts.admissions;
  return html`<section class="card list" id="bureaux"><h2>Qualification, bureau par bureau</h2><p class="mut">Identités admises depuis 30 jours et, parmi elles, celles qui sont qualifiées à ce jour. <a href="/console/migration/${eg}/bureaux">Par unité et par jour</a></p>${
    units.length === 0
      ? empty('Aucune admission', 'Les admissions arrivent avec les messages d’identité (HL7 ADT).')
      : table(
          'Qualification par unité',
          [
            { label: 'Unité', wide: true },
            { label: 'Admises', align: 'right' },
            { label: 'Qualifiées', align: 'right' },
            { label: 'Taux', align: 'right' },
          ],
          units.map(({ unit, admitted, qualified }) => [
            unit ?? 'Sans unité',
            String(admitted),
            String(qualified),
            percent((100 * qualified) / admitted),
          ]),
        )
  }</section>`;
}

const CHART = { left: 34, top: 8, height: 140, width: 754 } as const;

/** Readiness day by day; the table behind says the same. */
export function historyCard({ history }: Plan): Html {
  const rows = history.toReversed();
  return html`<section class="card" id="historique"><h2>Préparation, jour par jour</h2>${historyChart(history)}<details class="behind"><summary>Voir le tableau</summary>${table(
    'Préparation par jour',
    [
      { label: 'Jour' },
      { label: 'Préparation', align: 'right' },
      { label: 'Étapes atteintes', align: 'right' },
      ...[1, 2, 3, 4, 5].map((number) => ({ label: `Étape ${number}`, align: 'right' }) as const),
    ],
    rows.map(({ day, readiness, reached, steps }) => [
      birthDate(day),
      percent(readiness),
      String(reached),
      ...steps.map(percent),
    ]),
  )}</details></section>`;
}

function historyChart(history: Plan['history']): Html | undefined {
  const { left, top, height, width } = CHART;
  const base = top + height;
  const pitch = (width - left) / Math.max(1, history.length);
  const bars = history.map(({ day, readiness }, index) => {
    const tall = Math.round(readiness * height) / 100;
    const x = Math.round((left + index * pitch + pitch * 0.1) * 10) / 10;
    return html`<g><title>${birthDate(day)} : ${percent(readiness)}</title><rect class="series accepted" x="${x}" y="${base - tall}" width="${Math.round(Math.min(pitch * 0.8, 40) * 10) / 10}" height="${tall}" /></g>`;
  });
  return html`<figure class="chart"><svg viewBox="0 0 ${width} ${base + 24}" role="img" aria-label="Préparation par jour, en pour cent ; le tableau donne les mêmes chiffres"><line class="grid" x1="${left}" x2="${width}" y1="${base}" y2="${base}" /><line class="grid" x1="${left}" x2="${width}" y1="${top}" y2="${top}" /><text class="axis" x="${left - 8}" y="${top + 4}" text-anchor="end">100</text><text class="axis" x="${left - 8}" y="${base + 4}" text-anchor="end">0</text>${bars}<text class="axis" x="${left}" y="${base + 20}">${birthDate(history[0]?.day ?? '')}</text></svg></figure>`;
}
