/** ERR segments: a refusal in the words and codes of HL7. Tables 0357 and 0533, CI-SIS volet 2.1. */
import type { Refusal } from '../../rules/rule.ts';
import { type Delimiters, STANDARD_DELIMITERS } from './delimiters.ts';
import { type ComponentValue, segmentText } from './er7.ts';

/** Table 0357. */
const CONDITIONS: Readonly<Record<string, string>> = {
  '100': 'Segment sequence error',
  '101': 'Required field missing',
  '102': 'Data type error',
  '103': 'Table value not found',
  '198': 'Non-conformant cardinality',
  '199': 'Other HL7 Error',
  '200': 'Unsupported message type',
  '201': 'Unsupported event code',
  '202': 'Unsupported processing id',
  '203': 'Unsupported version id',
  '207': 'Application error',
};

/** Table 0533, as the volet « Transmission au LPS » lists it. */
const APPLICATION_ERRORS: Readonly<Record<string, string>> = {
  '900': 'Version du document incorrecte lors d’une demande de remplacement/suppression',
  '901': 'Auteur non autorisé à remplacer ou supprimer un document',
  '902': 'Identifiant patient inconnu',
  '903': 'INS non présent dans le document',
  '904': 'L’INS transmis ne correspond pas exactement à celui stocké dans la base du consommateur',
  '905': 'L’INS transmis n’est pas complet',
  '906': 'Erreur « Autre »',
};

/** The name under which our rule ids stand in a coded value. */
const OUR_RULES = 'TRAIT-DUNION';

/**
 * ERR for a refusal: where (ERR-2), HL7 condition (ERR-3), severity (ERR-4), application code with our rule id
 * (ERR-5), rule id, detail and cause (ERR-7), title and remedy for a reader (ERR-8).
 */
export function refusalText(refusal: Refusal, d: Delimiters = STANDARD_DELIMITERS): string {
  const { rule, detail, location } = refusal;
  return segmentText(
    'ERR',
    {
      2: location === undefined ? undefined : errorLocation(location),
      3: condition(rule.hl7?.err3 ?? '207'),
      4: 'E',
      5: applicationCode(refusal),
      7: [rule.id, detail, rule.cause].filter((part) => part !== undefined).join(' : '),
      8: `${rule.title}. ${rule.remedy}`,
    },
    d,
  );
}

export function condition(code: string): readonly ComponentValue[] {
  return [code, CONDITIONS[code], 'messageErrorCondition'];
}

/** The code of table 0533 when the rule has one, our rule id beside it; else our rule id alone. */
function applicationCode({ rule }: Refusal): readonly ComponentValue[] {
  const ours: ComponentValue[] = [rule.id, rule.title, OUR_RULES];
  const code = rule.hl7?.err5;
  return code === undefined ? ours : [code, APPLICATION_ERRORS[code], 'applicationErrorCode', ...ours];
}

/** `PID-3` as ERL `PID^1^3`, `OBX[2]-5` as `OBX^2^5`; any other place (an XPath) stays out of ERR-2. */
function errorLocation(location: string): readonly ComponentValue[] | undefined {
  const parts = /^([A-Z][A-Z0-9]{2})(?:\[(\d+)\])?(?:-(\d+))?$/.exec(location);
  return parts === null ? undefined : [parts[1], parts[2] ?? '1', parts[3]];
}
