/** How the mapping pages name kinds, scopes and targets. */
import { authorSpecialty } from '../codes/author-specialties.ts';
import { documentType } from '../codes/document-types.ts';
import { healthcareFacilityType } from '../codes/healthcare-facility-types.ts';
import { practiceSetting } from '../codes/practice-settings.ts';
import type { Config } from '../config/schema.ts';
import { parseScope } from '../mapping/index.ts';
import type { KindTarget, MappingKind } from '../store/mappings.ts';
import { chip } from './components.ts';
import { senderName } from './document-table.ts';
import { establishmentName } from './establishments.ts';
import { type Html, html } from './html.ts';
import type { Visit } from './visit.ts';
import { french } from './words.ts';

export const MAPPINGS = '/console/correspondances';

interface KindWords {
  readonly kind: MappingKind;
  /** In the address of its pages. */
  readonly slug: string;
  readonly title: string;
  readonly one: string;
  readonly target: string;
}

export const KINDS: readonly KindWords[] = [
  {
    kind: 'types',
    slug: 'types',
    title: 'Types de document',
    one: 'Type de document',
    target: 'Type national (JDV_J07)',
  },
  { kind: 'units', slug: 'unites', title: 'Unités', one: 'Unité', target: 'Entité géographique et secteur' },
  { kind: 'authors', slug: 'auteurs', title: 'Auteurs', one: 'Auteur', target: 'RPPS et spécialité' },
];

/** The kind that the address names. */
export function kindOfPage({ id }: Visit): KindWords | undefined {
  return KINDS.find(({ slug }) => slug === id);
}

export function wordsOf(kind: MappingKind): KindWords {
  const words = KINDS.find((known) => known.kind === kind);
  if (words === undefined) throw new Error(`kind ${kind} has no words`);
  return words;
}

/** « GAM · CH-DEMO », « Hôpital des Essais », « Toute l’installation ». */
export function scopeName(config: Config, text: string): string {
  const scope = parseScope(text);
  switch (scope?.kind) {
    case 'source':
      return scope.facility === '*'
        ? `${scope.application}, tous établissements`
        : senderName(`${scope.application}|${scope.facility}`);
    case 'establishment':
      return establishmentName(config, scope.eg);
    case 'installation':
      return 'Toute l’installation';
    default:
      return text;
  }
}

/** What a row says, in words. */
export function targetText(config: Config, mapped: KindTarget): Html {
  switch (mapped.kind) {
    case 'types':
      return typeText(mapped.target);
    case 'units': {
      const { eg, sector, practiceSetting: setting } = mapped.target;
      const more = [
        sector !== undefined && `${sector} ${healthcareFacilityType(sector)?.label ?? ''}`,
        setting !== undefined && (practiceSetting(setting)?.label ?? setting),
      ].filter((part) => part !== false);
      return html`${establishmentName(config, eg)} <code>${eg}</code>${more.length > 0 && html`<br><span class="mut">${french(more.join(' · '))}</span>`}`;
    }
    case 'authors': {
      const { id, family, given, specialty } = mapped.target;
      return html`${family} ${given} <code>${id}</code><br><span class="mut">${french(authorSpecialty(specialty)?.label ?? specialty)}</span>`;
    }
  }
}

function typeText(target: Extract<KindTarget, { kind: 'types' }>['target']): Html {
  if ('neverFed' in target) return chip({ tone: 'idle', label: 'Jamais transmis au DMP' });
  const type = documentType(target.typeCode);
  return html`${french(type?.label ?? '')} <code>${target.typeCode}</code>${
    type?.feedable === false && html`<br>${chip({ tone: 'wait', label: 'Non admis par le DMP' })}`
  }`;
}

/** The value as the sender writes it, with its words and the name for which it holds. */
export function valueText(value: { localValue: string; localName: string; label: string }): Html {
  const { localValue, localName, label } = value;
  return html`<span class="strong">${localValue}</span>${label !== '' && html`<br><span class="mut">${label}</span>`}${
    localName !== '' && html`<br><span class="mut">Seulement pour ${localName}</span>`
  }`;
}
