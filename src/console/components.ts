/** Pieces that several pages share. */
import type { Rule } from '../rules/rule.ts';
import { type Html, type HtmlValue, html } from './html.ts';
import { toneIcon } from './icons.ts';
import { capital, french, officialSource, type Tone, type Word } from './words.ts';

export function chip({ tone, label }: Word): Html {
  return html`<span class="chip ${tone}">${toneIcon(tone)}<span>${label}</span></span>`;
}

export interface Column {
  readonly label: string;
  readonly align?: 'right';
  /** The column that takes the room that is left. */
  readonly wide?: boolean;
  /** The column of buttons: its heading is for screen readers only. */
  readonly quiet?: boolean;
}

/**
 * A table that becomes a stack of cards on a phone. The roles are written out because a browser forgets them when the
 * style takes the table display away.
 */
export function table(caption: string, columns: readonly Column[], rows: readonly (readonly HtmlValue[])[]): Html {
  const head = columns.map(
    ({ label, align, quiet, wide }) =>
      html`<th scope="col" role="columnheader" class="${align} ${wide === true && 'wide'}">${quiet === true ? html`<span class="unseen">${label}</span>` : label}</th>`,
  );
  const body = rows.map(
    (cells) => html`<tr role="row">${cells.map((cell, index) => tableCell(cell, columns[index]))}</tr>`,
  );
  return html`<table role="table" class="cards">
<caption class="unseen">${caption}</caption>
<thead role="rowgroup"><tr role="row">${head}</tr></thead>
<tbody role="rowgroup">${body}</tbody>
</table>`;
}

function tableCell(cell: HtmlValue, column: Column | undefined): Html {
  const quiet = column?.quiet === true;
  return html`<td role="cell" class="${column?.align} ${quiet && 'quiet'}" data-label="${!quiet && column?.label}"><div>${cell}</div></td>`;
}

/** Label and value pairs; a pair without value is left out. */
export function fields(pairs: readonly (readonly [label: string, value: HtmlValue])[]): Html {
  const shown = pairs.filter(([, value]) => value !== null && value !== undefined && value !== '' && value !== false);
  return html`<dl class="fields">${shown.map(([label, value]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** What comes when there is nothing yet, and how to make it come. */
export function empty(title: string, text: HtmlValue): Html {
  return html`<div class="empty"><p class="strong">${title}</p><p>${text}</p></div>`;
}

/** « Pourquoi ? » in four answers: cause, who corrects it, how, and the rule. */
export function explanation(rule: Rule, detail: string | null | undefined): Html {
  const source = officialSource(rule);
  return fields([
    ['Cause', french(rule.cause)],
    ['Précision', detail],
    ['Qui corrige', rule.owner === 'aucun' ? 'Personne : aucune action attendue' : capital(rule.owner)],
    ['Que faire', french(rule.remedy)],
    [
      'Règle',
      html`<a href="/console/regles#${rule.id}">${rule.id}</a>${source !== undefined && html` <span class="mut">· ${source}</span>`}`,
    ],
  ]);
}

export function notice(tone: Tone, title: string, body: HtmlValue): Html {
  return html`<section class="notice ${tone}"><h2>${toneIcon(tone)}<span>${title.replace(/ (?=[?:;])/g, '\u00a0')}</span></h2>${body}</section>`;
}

/** A form that changes something: always POST, always with the session's token. */
export function actionForm(options: { action: string; csrf: string; className?: string }, body: HtmlValue): Html {
  return html`<form method="post" action="${options.action}" class="${options.className ?? 'form'}"><input type="hidden" name="jeton" value="${options.csrf}">${body}</form>`;
}

export interface Choice {
  readonly value: string;
  readonly label: string;
}

/** A list to filter by: the empty choice comes first and means all. */
export function filterSelect(name: string, label: string, all: string, choices: readonly Choice[], now: string): Html {
  return html`<div class="field"><label for="filtre-${name}">${label}</label><select id="filtre-${name}" name="${name}"><option value="">${all}</option>${choices.map(
    ({ value, label: text }) => html`<option value="${value}"${value === now && html` selected`}>${text}</option>`,
  )}</select></div>`;
}

export function filterText(name: string, label: string, now: string, hint?: string): Html {
  return html`<div class="field"><label for="filtre-${name}">${label}</label><input id="filtre-${name}" name="${name}" value="${now}" autocomplete="off" maxlength="200"${hint !== undefined && html` placeholder="${hint}"`}></div>`;
}

/** Filters live in the URL: the form is a GET. */
export function filterForm(action: string, clear: boolean, body: HtmlValue): Html {
  return html`<form method="get" action="${action}" class="filters" role="search">${body}<div class="field-actions"><button type="submit" class="btn main">Filtrer</button>${clear && html`<a class="btn" href="${action}">Tout afficher</a>`}</div></form>`;
}
