/** The rule catalogue: every refusal that the gateway can give, searchable by id and by its words. */

import { searchForm } from '../ins/search-keys.ts';
import { allRules } from '../rules/catalogue.ts';
import type { Owner, Rule } from '../rules/rule.ts';
import { empty, fields, filterForm, filterSelect, filterText } from './components.ts';
import { counted } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';
import { capital, french, officialSource, ruleTitle } from './words.ts';

export const rulesPage: PageDefinition = {
  method: 'GET',
  path: '/console/regles',
  permission: 'indicators.read',
  answer: showRules,
};

const RETRIES: Readonly<Record<Rule['retry'], string>> = {
  automatic: 'Reprise automatique',
  'after-correction': 'Après correction',
  never: 'Définitif',
};

async function showRules({ query }: Visit): Promise<Answer> {
  const text = query('texte');
  const owner = query('qui');
  const words = searchForm(text)
    .split(' ')
    .filter((word) => word !== '');
  const rules = allRules().filter((rule) => (owner === '' || rule.owner === owner) && matches(rule, words));
  const owners = [...new Set(allRules().map((rule): Owner => rule.owner))]
    .sort((a, b) => a.localeCompare(b, 'fr'))
    .map((value) => ({ value, label: value === 'aucun' ? 'Personne' : capital(value) }));
  const body = html`${heading('Règles', html`<p>Tout ce que la passerelle peut refuser ou faire attendre, avec la cause, la personne qui corrige et la façon de corriger. ${counted(rules.length, 'règle', 'règles')}.</p>`)}
${filterForm('/console/regles', text !== '' || owner !== '', html`${filterText('texte', 'Rechercher', text, 'TDU-ID-020, certificat, IPP…')}${filterSelect('qui', 'Qui corrige', 'Tous', owners, owner)}`)}
${rules.length === 0 ? html`<section class="card">${empty('Aucune règle ne contient ces mots', 'Essayer un seul mot, ou l’identifiant de la règle.')}</section>` : html`<div class="rules">${rules.map(ruleCard)}</div>`}`;
  return { kind: 'page', title: 'Règles', section: 'regles', body };
}

function matches(rule: Rule, words: readonly string[]): boolean {
  const all = searchForm(rule.id, rule.title, rule.cause, rule.owner, rule.remedy, rule.source);
  return words.every((word) => all.includes(word));
}

function ruleCard(rule: Rule): Html {
  return html`<article class="card rule" id="${rule.id}"><div class="card-head"><h2>${ruleTitle(rule)}</h2><code>${rule.id}</code></div>${fields(
    [
      ['Cause', french(rule.cause)],
      ['Qui corrige', rule.owner === 'aucun' ? 'Personne' : capital(rule.owner)],
      ['Comment', french(rule.remedy)],
      [
        'Reprise',
        html`${RETRIES[rule.retry]}${rule.safeToResend && html` <span class="mut">· renvoyer est sans danger</span>`}`,
      ],
      ['Source', officialSource(rule)],
    ],
  )}</article>`;
}
