/** `$ihe-pix` (IHE PIXm ITI-83): its parameters in either form, and its answer. */
import type { Identifier, Parameters, ParametersParameter } from 'fhir/r4.js';
import { z } from 'zod';
import { fhirRules } from '../../rules/fhir.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import { tokenOf } from './patient-search.ts';

export interface PixQuery {
  readonly system: string;
  readonly value: string;
  /** Domains whose numbers are wanted; all when empty. */
  readonly targets: readonly string[];
}

const parametersResource = z.object({
  resourceType: z.literal('Parameters'),
  parameter: z.array(
    z.object({
      name: z.string(),
      valueString: z.string().optional(),
      valueUri: z.string().optional(),
      valueIdentifier: z.object({ system: z.string().optional(), value: z.string().optional() }).optional(),
    }),
  ),
});

/** Reads the Parameters resource of a POST. */
export function readPixResource(json: unknown): Result<PixQuery> {
  const parsed = parametersResource.safeParse(json);
  if (!parsed.success) return refuse(fhirRules.invalidResource, { detail: 'Parameters.parameter' });
  return readPix(
    parsed.data.parameter.flatMap(({ name, valueString, valueUri, valueIdentifier }): [string, string][] => {
      const identifier = valueIdentifier && `${valueIdentifier.system ?? ''}|${valueIdentifier.value ?? ''}`;
      const value = identifier ?? valueUri ?? valueString;
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

export function readPix(parameters: readonly (readonly [string, string])[]): Result<PixQuery> {
  const sources = parameters.filter(([name]) => name === 'sourceIdentifier').map(([, value]) => tokenOf(value));
  const [source] = sources;
  if (sources.length !== 1 || !source?.system || source.value === undefined)
    return refuse(fhirRules.invalidResource, { detail: 'sourceIdentifier : une fois, système|valeur' });
  const targets = parameters.filter(([name]) => name === 'targetSystem').map(([, value]) => value);
  return ok({ system: source.system, value: source.value, targets });
}

/** Numbers of the other domains, then the resource that bears them all. */
export function pixAnswer(identifiers: readonly Identifier[], patientUrl: string): Parameters {
  const parameter: ParametersParameter[] = identifiers.map(({ use, type, system, value }) => ({
    name: 'targetIdentifier',
    valueIdentifier: {
      ...(use === undefined ? {} : { use }),
      ...(type === undefined ? {} : { type }),
      ...(system === undefined ? {} : { system }),
      ...(value === undefined ? {} : { value }),
    },
  }));
  return {
    resourceType: 'Parameters',
    parameter: [...parameter, { name: 'targetId', valueReference: { reference: patientUrl } }],
  };
}
