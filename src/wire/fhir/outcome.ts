/** A refusal as FHIR says it: our rule and its French texts in an OperationOutcome. */
import type { OperationOutcome, OperationOutcomeIssue } from 'fhir/r4.js';
import { apiRules } from '../../rules/api.ts';
import { fhirRules } from '../../rules/fhir.ts';
import type { Refusal } from '../../rules/rule.ts';

type IssueCode = OperationOutcomeIssue['code'];

const BY_STATUS: Readonly<Record<number, IssueCode>> = {
  400: 'invalid',
  401: 'login',
  403: 'forbidden',
  404: 'not-found',
  405: 'not-supported',
  406: 'not-supported',
  409: 'conflict',
  412: 'conflict',
  413: 'too-long',
  415: 'not-supported',
  422: 'processing',
  428: 'required',
  429: 'throttled',
};

/** What IHE PIXm and FHIR say more precisely than the HTTP status. */
const BY_RULE: Readonly<Record<string, IssueCode>> = {
  [fhirRules.invalidResource.id]: 'structure',
  [fhirRules.conditionMatchesSeveral.id]: 'multiple-matches',
  [fhirRules.pixSourceDomainUnknown.id]: 'code-invalid',
  [fhirRules.pixTargetDomainUnknown.id]: 'code-invalid',
  [apiRules.unauthenticated.id]: 'login',
};

/** Catalogue of our rules, as a code system. */
const RULE_SYSTEM = 'urn:traitdunion:rule';

export function outcomeOf({ rule, detail, location }: Refusal): OperationOutcome {
  const texts = [rule.cause, rule.remedy, detail].filter((text) => text !== undefined);
  return {
    resourceType: 'OperationOutcome',
    issue: [
      {
        severity: 'error',
        code: BY_RULE[rule.id] ?? BY_STATUS[rule.http] ?? 'exception',
        details: { coding: [{ system: RULE_SYSTEM, code: rule.id }], text: rule.title },
        diagnostics: texts.join(' '),
        // An expression is FHIRPath; the other places that we name are not.
        ...(location?.startsWith('Patient') === true ? { expression: [location] } : {}),
      },
    ],
  };
}
