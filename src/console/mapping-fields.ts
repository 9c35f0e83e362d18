/** Fields of a mapping by kind. What is national is chosen from the official lists, never typed blind; nothing is preselected. */
import { authorSpecialties, authorSpecialty } from '../codes/author-specialties.ts';
import { documentType, documentTypes } from '../codes/document-types.ts';
import { healthcareFacilityTypes } from '../codes/healthcare-facility-types.ts';
import { dmpPracticeSettings } from '../codes/practice-settings.ts';
import { NEVER_FED, suggestTypes } from '../mapping/index.ts';
import type { MappingKind } from '../store/mappings.ts';
import { establishmentChoices } from './establishments.ts';
import { type Html, html } from './html.ts';
import type { Visit } from './visit.ts';
import { french } from './words.ts';

const SUGGESTIONS = 3;

/** The value that a form is about, and what its fields hold now. */
export interface FormValues {
  readonly localValue: string;
  readonly localName: string;
  readonly label: string;
  /** By field name. */
  readonly fields: Readonly<Record<string, string>>;
}

/** Names of the fields of each kind, as they are posted. */
export const FIELDS: Readonly<Record<MappingKind, readonly string[]>> = {
  types: ['choix', 'type'],
  units: ['entite', 'secteur', 'cadre'],
  authors: ['rpps', 'famille', 'prenom', 'specialite'],
};

export function targetFields(visit: Visit, kind: MappingKind, values: FormValues): Html {
  switch (kind) {
    case 'types':
      return typeFields(values);
    case 'units':
      return unitFields(visit, values);
    case 'authors':
      return authorFields(values);
  }
}

/** As `checkTarget` takes it. */
export function typedTarget(kind: MappingKind, field: (name: string) => string) {
  switch (kind) {
    case 'types':
      return { typeCode: field('choix') || codeOf(field('type'), documentTypes()) };
    case 'units':
      return { eg: field('entite'), sector: field('secteur'), practiceSetting: field('cadre') };
    case 'authors':
      return {
        rpps: field('rpps'),
        family: field('famille'),
        given: field('prenom'),
        specialty: codeOf(field('specialite'), authorSpecialties()),
      };
  }
}

/** What was picked from a list: its code, or its label as the list shows it. */
function codeOf(picked: string, list: readonly { readonly code: string; readonly label: string }[]): string {
  return list.find(({ code, label }) => picked === code || picked === optionText({ code, label }))?.code ?? picked;
}

function optionText({ code, label }: { readonly code: string; readonly label: string }): string {
  return `${french(label)} (${code})`;
}

function dataList(id: string, list: readonly { readonly code: string; readonly label: string }[]): Html {
  return html`<datalist id="${id}">${list.map((entry) => html`<option value="${optionText(entry)}"></option>`)}</datalist>`;
}

function typeFields({ localValue, label, fields }: FormValues): Html {
  const suggested = suggestTypes(localValue, label, SUGGESTIONS);
  const feedable = documentTypes().filter((type) => type.feedable);
  const current = documentType(fields.type ?? '');
  const radio = (value: string, text: Html | string, hint?: string): Html =>
    html`<label class="choice"><input type="radio" name="choix" value="${value}"${fields.choix === value && html` checked`}> <span>${text}${hint !== undefined && html`<span class="hint block">${hint}</span>`}</span></label>`;
  return html`<fieldset><legend>Type national</legend>
${suggested.map((type) => radio(type.code, html`${french(type.label)} <code>${type.code}</code>`, type.documentClass && `Proposé d’après le libellé · classe ${type.documentClass.label}`))}
${radio(NEVER_FED, 'Jamais transmis au DMP', 'Les documents de ce type finissent « non transmissibles », avec cette raison.')}
${radio('', 'Un autre type, à chercher dans la liste')}</fieldset>
<div class="field"><label for="type">Autre type (JDV_J07, admis par le DMP)</label><input id="type" name="type" list="types-nationaux" autocomplete="off" maxlength="200" value="${current === undefined ? fields.type : optionText(current)}" aria-describedby="aide-type">${dataList('types-nationaux', feedable)}<p class="hint" id="aide-type">Quelques lettres du libellé ou le code suffisent pour chercher.</p></div>`;
}

interface Choice {
  readonly value: string;
  readonly label: string;
}

function select(
  name: string,
  label: string,
  none: string,
  choices: readonly Choice[],
  now: string,
  required: boolean,
): Html {
  return html`<div class="field"><label for="${name}">${label}</label><select id="${name}" name="${name}"${required && html` required`}><option value="">${none}</option>${choices.map(
    ({ value, label: text }) => html`<option value="${value}"${value === now && html` selected`}>${text}</option>`,
  )}</select></div>`;
}

function unitFields({ gateway, actor }: Visit, { fields }: FormValues): Html {
  const coded = (list: readonly { readonly code: string; readonly label: string }[]): Choice[] =>
    list.map(({ code, label }) => ({ value: code, label: `${code} · ${french(label)}` }));
  const same = 'Celui de l’entité géographique';
  return html`${select('entite', 'Entité géographique', 'Choisir l’entité', establishmentChoices(gateway.config, actor.eg), fields.entite ?? '', true)}
${select('secteur', 'Secteur d’activité (JDV_J61)', same, coded(healthcareFacilityTypes()), fields.secteur ?? '', false)}
${select('cadre', 'Cadre d’exercice (JDV_J62)', same, coded(dmpPracticeSettings()), fields.cadre ?? '', false)}`;
}

function authorFields({ fields }: FormValues): Html {
  const specialty = authorSpecialty(fields.specialite ?? '');
  const text = (name: string, label: string, more: Html | false = false): Html =>
    html`<div class="field"><label for="${name}">${label}</label><input id="${name}" name="${name}" required maxlength="100" autocomplete="off" value="${fields[name]}"${more}></div>`;
  return html`<div class="field"><label for="rpps">RPPS</label><input id="rpps" name="rpps" required inputmode="numeric" maxlength="20" autocomplete="off" value="${fields.rpps}" aria-describedby="aide-rpps"><p class="hint" id="aide-rpps">11 chiffres ; la clé de contrôle est vérifiée.</p></div>
${text('famille', 'Nom d’exercice')}
${text('prenom', 'Prénom')}
<div class="field"><label for="specialite">Profession et spécialité (JDV_J01)</label><input id="specialite" name="specialite" required list="specialites" maxlength="200" autocomplete="off" value="${specialty === undefined ? fields.specialite : optionText(specialty)}" aria-describedby="aide-specialite">${dataList('specialites', authorSpecialties())}<p class="hint" id="aide-specialite">Quelques lettres du libellé suffisent pour chercher.</p></div>`;
}
