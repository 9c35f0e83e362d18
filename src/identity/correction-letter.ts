/**
 * The letter that explains a correction to the patient: what differs, what is to be corrected and by whom, what happens
 * meanwhile. It never carries a matricule. Source: practice.md 6; what a service asks for is its own to say.
 */
import type { CorrectionAddressee, CorrectionSide, Disagreement } from '../ins/correction-route.ts';
import type { CorrectionRequest } from '../store/corrections.ts';
import type { IdentityRecord } from '../store/identities.ts';
import type { Letter } from '../wire/pdf/letter.ts';
import { TRAIT_NAMES } from './traits-input.ts';

/** Who sends it. */
interface LetterHead {
  readonly establishment: string;
  /** `JJ/MM/AAAA`. */
  readonly day: string;
}

export function correctionLetter(
  request: CorrectionRequest,
  { birthName, firstGivenName, usedName, usedGivenName }: IdentityRecord,
  { establishment, day }: LetterHead,
): Letter {
  return {
    title: 'Votre identité : une correction à demander',
    sender: [establishment, "Cellule d'identitovigilance"],
    recipient: [`${usedGivenName ?? firstGivenName} ${usedName ?? birthName}`],
    placeAndDate: `Le ${day}`,
    paragraphs: [
      'Madame, Monsieur,',
      "Pour que vos documents de santé soient classés dans votre dossier et dans aucun autre, nous comparons votre identité à votre document d'identité et au téléservice national INSi. Ces sources ne disent pas la même chose à votre sujet.",
      '# Ce qui diffère',
      ...request.differences.map(sentenceOf),
      '# Ce qui est à corriger',
      SUBJECTS[request.side],
      '# À qui vous adresser',
      ADDRESSES[request.addressee],
      ...(isAskedByPatient(request.side)
        ? [
            'Vous seul(e) pouvez demander cette correction : nous ne pouvons pas la faire à votre place. Le service vous indiquera les pièces à fournir. Vous pouvez lui présenter cette lettre.',
          ]
        : []),
      '# En attendant',
      "Vos soins ne changent pas. Les documents destinés à Mon espace santé attendent que votre identité soit confirmée, puis sont envoyés ; d'ici là, demandez-les au service qui vous suit.",
      '# Quand la correction est faite',
      isAskedByPatient(request.side)
        ? "Revenez nous voir avec votre document d'identité, ou prévenez-nous : nous vérifierons de nouveau votre identité."
        : 'Nous vérifierons de nouveau votre identité ; vous n’avez rien à faire.',
      '',
      `Référence à rappeler : ${referenceOf(request)}`,
    ],
    signature: ["La cellule d'identitovigilance", establishment],
  };
}

/** Short, and of no use to anybody who does not have the file. */
export function referenceOf({ id }: CorrectionRequest): string {
  return `COR-${id.slice(0, 8).toUpperCase()}`;
}

function isAskedByPatient(side: CorrectionSide): boolean {
  return side === 'document' || side === 'registry';
}

const SUBJECTS: Readonly<Record<CorrectionSide, string>> = {
  identity: "L'erreur est dans notre dossier. Nous la corrigeons ; vous n'avez aucune démarche à faire.",
  sender: "L'erreur est dans l'un de nos logiciels. Nous la faisons corriger ; vous n'avez aucune démarche à faire.",
  document: "L'erreur semble être sur le document d'identité que vous nous avez présenté.",
  registry: "L'erreur semble être dans le registre national d'identification que le téléservice INSi consulte.",
};

const ADDRESSES: Readonly<Record<CorrectionAddressee, string>> = {
  'identity-cell': "À nous : la cellule d'identitovigilance de l'établissement.",
  application: "À nous : la cellule d'identitovigilance de l'établissement transmet la demande au service concerné.",
  'civil-status': "Au service de l'état civil (mairie), pour un document français.",
  prefecture: 'À la préfecture, pour un titre de séjour.',
  issuer: "À l'autorité qui a délivré ce document.",
  insee: "À l'INSEE, qui tient le répertoire des personnes nées en France.",
  cpam: "À votre caisse primaire d'assurance maladie (CPAM), pour les personnes nées à l'étranger.",
};

const SOURCES: readonly (readonly [keyof Disagreement, string])[] = [
  ['document', "sur votre document d'identité"],
  ['registry', 'dans le registre national'],
  ['certificate', 'sur votre acte de naissance'],
  ['identity', 'dans notre dossier'],
  ['sender', "dans l'un de nos logiciels"],
];

function sentenceOf(difference: Disagreement): string {
  const name = TRAIT_NAMES[difference.trait];
  const said = SOURCES.flatMap(([source, where]) => {
    const value = difference[source];
    return value === undefined ? [] : [`« ${shown(difference, value)} » ${where}`];
  });
  return `- ${name.charAt(0).toUpperCase()}${name.slice(1)} : ${said.join('\u00a0; ')}.`;
}

function shown({ trait }: Disagreement, value: string): string {
  const [year, month, day] = value.split('-');
  return trait === 'birthDate' && day !== undefined ? `${day}/${month}/${year}` : value;
}
