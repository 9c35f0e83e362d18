/** The INS of an identity over time: what INSi gave, what followed it, what was taken away. */
import { formatMatricule, parseMatricule } from '../ins/matricule.ts';
import { INS_OIDS, insNature, parseOid } from '../ins/oids.ts';
import type { IdentityRecord } from '../store/identities.ts';
import type { InsStanding, KnownIns } from '../store/known-ins.ts';
import type { SeenNumber } from '../store/legacy-numbers.ts';
import { chip, table } from './components.ts';
import { birthDate, day } from './format.ts';
import { type Html, type HtmlValue, html } from './html.ts';
import type { Word } from './words.ts';

const STANDINGS: Readonly<Record<InsStanding, Word>> = {
  active: { tone: 'ok', label: 'En vigueur' },
  former: { tone: 'idle', label: 'Antérieure, même personne' },
  withdrawn: { tone: 'doubt', label: 'Retirée ici' },
};

/** Nothing while INSi gave one number at most and it is in force: the banner says it already. */
export function numbersCard(identity: IdentityRecord, numbers: readonly KnownIns[]): Html | undefined {
  if (numbers.every(({ standing }) => standing === 'active')) return undefined;
  return html`<section class="card"><h2>INS dans le temps</h2><p class="mut">Un document envoyé sous une INS antérieure de la même personne n’est pas à supprimer.</p>${table(
    'INS successives',
    [
      { label: 'INS' },
      { label: 'Nature' },
      { label: 'Situation' },
      { label: 'Vue ici' },
      { label: 'Période selon INSi' },
    ],
    numbers.map((number) => [
      html`<span class="matricule">${shownNumber(identity, number)}</span>`,
      natureOf(number),
      chip(STANDINGS[number.standing]),
      html`du ${day(number.firstSeenAt)} au ${day(number.lastSeenAt)}`,
      period(number),
    ]),
  )}</section>`;
}

/** As everywhere, a number shows on a qualified identity only, and one that was taken away never (promise 3). */
function shownNumber({ status, active }: IdentityRecord, { matricule, standing }: KnownIns): HtmlValue {
  const parsed = parseMatricule(matricule);
  const shown = active && status === 'QUAL' && standing !== 'withdrawn';
  if (!shown) return html`<span class="mut">masquée</span>`;
  return parsed.ok ? formatMatricule(parsed.value) : matricule;
}

function natureOf({ oid }: KnownIns): string {
  const parsed = parseOid(oid);
  return (parsed.ok ? insNature(parsed.value) : undefined) ?? 'inconnue';
}

function period({ startsOn, endsOn }: KnownIns): HtmlValue {
  if (startsOn === null && endsOn === null) return html`<span class="mut">non indiquée</span>`;
  return [
    ...(startsOn === null ? [] : [`début ${birthDate(startsOn)}`]),
    ...(endsOn === null ? [] : [`fin ${birthDate(endsOn)}`]),
  ].join(', ');
}

/** Hints: what old connectors wrote with documents whose patient was found otherwise. A matricule among them is never shown as one. */
export function legacyNumbersCard(
  { matricule, oid }: IdentityRecord,
  numbers: readonly SeenNumber[],
): Html | undefined {
  const others = numbers.filter((number) => number.value !== matricule || number.oid !== oid);
  if (others.length === 0) return undefined;
  return html`<section class="card"><h2>Vus dans d’anciens connecteurs</h2><p class="mut">Portés par des documents rapprochés de ce patient par IPP et traits. Ce sont des indices : ni une INS, ni une preuve d’identité ; jamais transmis.</p>${table(
    'Numéros vus dans d’anciens connecteurs',
    [{ label: 'Numéro' }, { label: 'Nature' }, { label: 'Vu ici' }],
    others.map((number) => [
      number.oid === INS_OIDS.insC ? html`<code>${number.value}</code>` : html`<span class="mut">masqué</span>`,
      number.oid === INS_OIDS.insC ? 'INS-C' : 'NIR ou NIA, autre que l’INS qualifiée',
      html`du ${day(number.firstSeenAt)} au ${day(number.lastSeenAt)}`,
    ]),
  )}</section>`;
}
