/** Markup that is safe by construction: `html` escapes every value that is not itself markup made by `html`. */

const markup: unique symbol = Symbol('markup');

/** Finished markup. Only `html` makes it. */
export interface Html {
  readonly [markup]: string;
}

/** What a template takes. Nothing shows for null, undefined and booleans, so that `condition && html…` reads well. */
export type HtmlValue = Html | string | number | boolean | null | undefined | readonly HtmlValue[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function isHtml(value: HtmlValue): value is Html {
  return typeof value === 'object' && value !== null && markup in value;
}

function write(value: HtmlValue): string {
  if (value === null || value === undefined || typeof value === 'boolean') return '';
  if (isHtml(value)) return value[markup];
  if (typeof value === 'object') return value.map(write).join('');
  return String(value).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** Values stand in text or in an attribute between double quotes, nowhere else. */
export function html(texts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return { [markup]: texts.reduce((whole, text, index) => whole + write(values[index - 1]) + text) };
}

/** The text that goes to the browser. */
export function render(page: Html): string {
  return page[markup];
}
