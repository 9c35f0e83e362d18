/** TD0.0, the certified identity of the holder of a card: yesterday's way to a NIR and to an INS-C. Source: dmp.md 1.4. */
import { escapeXml, text, type XmlElement } from '../../wire/xml/xml.ts';
import { insuredNirOf } from './held.ts';
import type { Holdings } from './holdings.ts';
import { type Checked, refused } from './problem.ts';

const SPACE = 'urn:si-dmp-patients';
const NS = { p: SPACE };

export interface CertificationRequest {
  /** Of the insured person (ouvrant droit), as the card gives it: 13 characters, or 15 with the key. */
  readonly insuredNir: string;
  /** AAAA-MM-JJ or AAAAMMJJ. */
  readonly birthDate: string;
  /** Among those of the card born on the same day. */
  readonly birthRank: string;
  readonly ownNir: string;
}

export function readCertification(payload: XmlElement): CertificationRequest | undefined {
  if (payload.name !== 'identityCertification' || payload.namespaceUri !== SPACE) return undefined;
  const of = (name: string): string => text(payload, `p:${name}`, NS) ?? '';
  return {
    insuredNir: of('nirOD'),
    birthDate: of('dateNaissance'),
    birthRank: of('rangNaissance'),
    ownNir: of('nirIndividu'),
  };
}

export function certify(request: CertificationRequest, holdings: Holdings): Checked<string> {
  const { insuredNir, birthDate, birthRank, ownNir } = request;
  if (!isNir(insuredNir)) return refused('identityCertification : nirOD de 13 ou 15 caractères attendu.');
  if (ownNir !== '' && !isNir(ownNir)) return refused('identityCertification : nirIndividu mal formé.');
  if (!/^\d{4}-?\d\d-?\d\d$/.test(birthDate))
    return refused('identityCertification : dateNaissance AAAA-MM-JJ attendue.');
  if (!/^[1-9]$/.test(birthRank)) return refused('identityCertification : rangNaissance de 1 à 9 attendu.');
  const day = birthDate.replaceAll('-', '');
  const found = holdings
    .patients()
    .filter(
      (patient) =>
        patient.traits?.birthDate.replaceAll('-', '') === day &&
        sameNir(insuredNirOf(patient), insuredNir) &&
        (patient.insured?.birthRank ?? 1) === Number(birthRank) &&
        (ownNir === '' || sameNir(patient.value, ownNir)),
    );
  const [patient] = found;
  // No public source gives the codes of a refusal.
  if (patient?.traits === undefined || found.length > 1)
    return refused('Identité non certifiée : bénéficiaire inconnu.');
  const { firstGivenName, usedName, birthName } = patient.traits;
  const output = [
    field('status', 'DMPOk'),
    field('context', ''),
    field('nirIndividu', patient.value),
    field('prenom', firstGivenName),
    field('nomUsuel', usedName ?? birthName),
    field('nomPatronymique', birthName),
    field('dateNaissance', patient.traits.birthDate),
  ].join('');
  const body = `<p:output>${output}</p:output>`;
  return {
    ok: true,
    value: `<p:identityCertificationResponse xmlns:p="${SPACE}">${body}</p:identityCertificationResponse>`,
  };
}

function isNir(text: string): boolean {
  return /^[1-478]\d{5}[0-9AB]\d{6}(?:\d\d)?$/.test(text);
}

/** The key says nothing more. */
function sameNir(a: string, b: string): boolean {
  return a.slice(0, 13) === b.slice(0, 13);
}

function field(name: string, value: string): string {
  return `<p:${name}>${escapeXml(value)}</p:${name}>`;
}
