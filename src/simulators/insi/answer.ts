/** Writes what the teleservice answers: RESULTAT (ins.md 4.6) and faults (4.7). */
import { escapeXml } from '../../wire/xml/xml.ts';
import type { FaultDefinition } from './fault-codes.ts';
import type { KnownIdentity, PastMatricule } from './identity-base.ts';
import type { Behaviour } from './modes.ts';

const SOAP = 'http://www.w3.org/2003/05/soap-envelope';
const WSA = 'http://www.w3.org/2005/08/addressing';
const RESULT = 'http://www.cnamts.fr/INSiResultat';

/** The prefixes and the language of one answer. */
export interface Style {
  readonly envelope: string;
  readonly body: string;
  /** Empty: default namespace. */
  readonly result: string;
  /** Undefined: French for the gateway, English for the service, as captured. */
  readonly lang: string | undefined;
}

const USUAL: Style = { envelope: 'soap', body: 'S', result: '', lang: undefined };

/** `random` is uniform in [0, 1). */
export function styleOf(behaviour: Behaviour, random: () => number): Style {
  if (!behaviour.shuffle) return USUAL;
  const draw = (values: readonly string[]): string => values[Math.floor(random() * values.length)] ?? '';
  const soapPrefixes = ['S', 'soap', 'env'];
  return {
    envelope: draw(soapPrefixes),
    body: draw(soapPrefixes),
    result: draw(['', 'ns2', 'insi']),
    lang: draw(['fr', 'en']),
  };
}

/** WS-Addressing headers of an answer; the captured answers of the platform have none. */
export interface ReplyHeaders {
  readonly action: string;
  readonly messageId: string;
  readonly relatesTo: string;
}

export type Found =
  | { readonly code: '00'; readonly identity: KnownIdentity; readonly form: IdentityForm }
  | { readonly code: '01' | '02' };

/** What differs between the schema and the CNDA files. */
export interface IdentityForm {
  readonly history: readonly PastMatricule[];
  readonly prenom: boolean;
  readonly datesFirst: boolean;
  /** A comment inside INSACTIF, where the CNDA file of the NIA has one. */
  readonly comment?: string;
}

const LABELS = { '00': 'OK', '01': 'Aucune identite trouvee', '02': 'Plusieurs identites trouvees' } as const;

export function writeResult(found: Found, style: Style, headers?: ReplyHeaders): string {
  const p = style.result === '' ? '' : `${style.result}:`;
  const declaration = style.result === '' ? 'xmlns' : `xmlns:${style.result}`;
  const code = leaf(p, 'CodeCR', found.code) + leaf(p, 'LibelleCR', LABELS[found.code]);
  const individual = found.code === '00' ? writeIndividual(p, found.identity, found.form) : '';
  return envelope(
    `<${p}RESULTAT ${declaration}="${RESULT}"><${p}CR>${code}</${p}CR>${individual}</${p}RESULTAT>`,
    style,
    headers,
  );
}

/** The answer to a verification: yes or no. Its codes are not published: those of a search stand in. */
export function writeVerdict(same: boolean, style: Style, headers: ReplyHeaders | undefined): string {
  const [code, label] = same ? ['00', 'OK'] : ['01', 'KO'];
  const verdict = `<v:CR><v:CodeCR>${code}</v:CodeCR><v:LibelleCR>${label}</v:LibelleCR></v:CR>`;
  return envelope(`<v:REPUnitaire xmlns:v="http://www.cnamts.fr/INSiLot2">${verdict}</v:REPUnitaire>`, style, headers);
}

function writeIndividual(p: string, identity: KnownIdentity, form: IdentityForm): string {
  const comment = form.comment === undefined ? '' : `<!-- ${form.comment} -->`;
  const history = form.history.map(
    (past) => `<${p}INSHISTO>${writeMatricule(p, past, form.datesFirst)}</${p}INSHISTO>`,
  );
  const traits = [
    leaf(p, 'NomNaissance', identity.birthName),
    form.prenom ? leaf(p, 'Prenom', identity.birthGivenNames.split(' ')[0] ?? '') : '',
    leaf(p, 'ListePrenom', identity.birthGivenNames),
    leaf(p, 'Sexe', identity.sex),
    leaf(p, 'DateNaissance', identity.birthDate),
    identity.birthPlace === undefined ? '' : leaf(p, 'LieuNaissance', identity.birthPlace),
  ];
  return [
    `<${p}INDIVIDU><${p}INSACTIF>${writeMatricule(p, identity, false)}${comment}</${p}INSACTIF>`,
    ...history,
    `<${p}TIQ>${traits.join('')}</${p}TIQ></${p}INDIVIDU>`,
  ].join('');
}

type WrittenMatricule = Pick<PastMatricule, 'matricule' | 'oid' | 'typeMatricule' | 'startDate' | 'endDate'>;

function writeMatricule(p: string, ins: WrittenMatricule, datesFirst: boolean): string {
  const number = [
    leaf(p, 'NumIdentifiant', ins.matricule.slice(0, 13)),
    leaf(p, 'Cle', ins.matricule.slice(13)),
    ins.typeMatricule === undefined ? '' : leaf(p, 'TypeMatricule', ins.typeMatricule),
  ].join('');
  const id = `<${p}IdIndividu>${number}</${p}IdIndividu>${leaf(p, 'OID', ins.oid)}`;
  const start = ins.startDate === undefined ? '' : leaf(p, 'DateDeb', ins.startDate);
  const end = ins.endDate === undefined ? '' : leaf(p, 'DateFin', ins.endDate);
  return datesFirst ? start + end + id : id + start + end;
}

/** `messageId` is that of the request, when it could be read; `detail` replaces the technical text of the definition. */
export function writeFault(
  code: string,
  fault: FaultDefinition,
  style: Style,
  about: { readonly messageId?: string; readonly detail?: string } = {},
): string {
  const s = style.body;
  const lang = style.lang ?? (fault.gateway ? 'fr' : 'en');
  const echo = fault.gateway && about.messageId !== undefined ? ` messageID="${escapeXml(about.messageId)}"` : '';
  return envelope(
    [
      `<${s}:Fault><${s}:Code><${s}:Value>${s}:${fault.role}</${s}:Value>`,
      `<${s}:Subcode><${s}:Value>${s}:${fault.subcode}</${s}:Value></${s}:Subcode></${s}:Code>`,
      `<${s}:Reason><${s}:Text xml:lang="${lang}">${escapeXml(fault.reason)}</${s}:Text></${s}:Reason>`,
      `<${s}:Detail><siram:Erreur xmlns:siram="urn:siram" severite="${fault.severity}" code="${code}"${echo}>`,
      `${escapeXml(about.detail ?? fault.detail)}</siram:Erreur></${s}:Detail></${s}:Fault>`,
    ].join(''),
    style,
  );
}

function envelope(content: string, style: Style, headers?: ReplyHeaders): string {
  const e = style.envelope;
  const header =
    headers === undefined
      ? ''
      : [
          `<${e}:Header xmlns:wsa="${WSA}">`,
          `<wsa:Action>${escapeXml(headers.action)}</wsa:Action>`,
          `<wsa:MessageID>${escapeXml(headers.messageId)}</wsa:MessageID>`,
          `<wsa:RelatesTo>${escapeXml(headers.relatesTo)}</wsa:RelatesTo></${e}:Header>`,
        ].join('');
  const body = `<${style.body}:Body xmlns:${style.body}="${SOAP}">${content}</${style.body}:Body>`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${e}:Envelope xmlns:${e}="${SOAP}">${header}${body}</${e}:Envelope>`;
}

function leaf(p: string, name: string, value: string): string {
  return `<${p}${name}>${escapeXml(value)}</${p}${name}>`;
}
