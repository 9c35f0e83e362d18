/** `Patient/$match` (FHIR R4, IHE PDQm ITI-119): its parameters and its answer. */
import type { Bundle, BundleEntry, Patient } from 'fhir/r4.js';
import { z } from 'zod';
import { fhirRules } from '../../rules/fhir.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import { type ReadPatient, readPatient } from './patient-read.ts';

export interface MatchQuery {
  readonly patient: ReadPatient;
  readonly onlyCertain: boolean;
  readonly count: number;
}

const DEFAULT_COUNT = 20;
const MOST_COUNT = 100;

const parametersResource = z.object({
  resourceType: z.literal('Parameters'),
  parameter: z.array(
    z.object({
      name: z.string(),
      resource: z.unknown().optional(),
      valueBoolean: z.boolean().optional(),
      valueInteger: z.number().int().min(1).optional(),
    }),
  ),
});

export function readMatch(json: unknown): Result<MatchQuery> {
  const parsed = parametersResource.safeParse(json);
  if (!parsed.success) return refuse(fhirRules.invalidResource, { detail: 'Parameters.parameter' });
  const named = (name: string) => parsed.data.parameter.find((parameter) => parameter.name === name);
  const patient = readPatient(named('resource')?.resource, { genderKnown: false });
  if (!patient.ok) return patient;
  const count = Math.min(named('count')?.valueInteger ?? DEFAULT_COUNT, MOST_COUNT);
  return ok({ patient: patient.value, onlyCertain: named('onlyCertainMatches')?.valueBoolean === true, count });
}

export type MatchGrade = 'certain' | 'probable' | 'possible';

export interface Match {
  readonly resource: Patient;
  readonly score: number;
  readonly grade: MatchGrade;
}

/** The most likely first, each with its score and grade. */
export function matchAnswer(matches: readonly Match[], base: string): Bundle {
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: matches.length,
    entry: matches.map(
      ({ resource, score, grade }): BundleEntry => ({
        fullUrl: `${base}/Patient/${resource.id ?? ''}`,
        resource,
        search: {
          extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/match-grade', valueCode: grade }],
          mode: 'match',
          score,
        },
      }),
    ),
  };
}
