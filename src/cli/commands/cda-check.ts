/** `cda check`: the header of a CDA against our rules and, where the schema is given, against the French CDA schema. */
import type { Refusal } from '../../rules/rule.ts';
import { checkCdaHeader } from '../../wire/cda/check.ts';
import { readCdaHeader } from '../../wire/cda/header.ts';
import { createCdaSchemaValidator } from '../../wire/cda/xsd.ts';
import { type Outcome, readInput, refusalLines, refusalView, refused, UsageFault } from '../outcome.ts';

export async function cdaCheck(file: string, xsd: string | undefined): Promise<Outcome> {
  const bytes = await readInput(file);
  const header = readCdaHeader(bytes);
  if (!header.ok) return refused(header.refusal);
  const findings = [...checkCdaHeader(header.value), ...(xsd === undefined ? [] : schemaFaults(bytes, xsd))];
  const { title, body } = header.value;
  const gates = xsd === undefined ? "règles d'en-tête" : "règles d'en-tête et schéma XML";
  return {
    code: findings.length === 0 ? 0 : 1,
    lines: [
      `Document : ${title ?? '(sans titre)'}`,
      `Contrôles : ${gates}`,
      ...findings.flatMap(refusalLines),
      findings.length === 0 ? 'Conforme.' : `${findings.length} défaut(s).`,
    ],
    result: { title: title ?? null, body: body.kind, schema: xsd !== undefined, refusals: findings.map(refusalView) },
  };
}

function schemaFaults(bytes: Buffer, xsd: string): Refusal[] {
  const validator = compile(xsd);
  try {
    return validator.validate(bytes);
  } finally {
    validator.dispose();
  }
}

function compile(xsd: string) {
  try {
    return createCdaSchemaValidator(xsd);
  } catch {
    throw new UsageFault(`Schéma inutilisable : ${xsd} (point d'entrée attendu : CDA_extended.xsd).`);
  }
}
