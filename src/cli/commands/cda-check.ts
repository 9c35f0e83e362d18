/** `cda check`: a CDA against our header rules and, where they are given, the French CDA schema and a rule pack. */
import type { Refusal } from '../../rules/rule.ts';
import { checkCdaHeader } from '../../wire/cda/check.ts';
import { readCdaHeader } from '../../wire/cda/header.ts';
import { createCdaSchemaValidator } from '../../wire/cda/xsd.ts';
import type { EntryReport } from '../../wire/schematron/check.ts';
import { createChecker, type IsolatedVerdict } from '../../wire/schematron/isolated-check.ts';
import { type PackDescription, PackFault, readPack } from '../../wire/schematron/manifest.ts';
import { type Outcome, readInput, refusalLines, refusalView, refused, UsageFault } from '../outcome.ts';

interface Given {
  readonly xsd?: string | undefined;
  /** Folder of a rule pack. */
  readonly pack?: string | undefined;
}

export async function cdaCheck(file: string, { xsd, pack: folder }: Given): Promise<Outcome> {
  const bytes = await readInput(file);
  const header = readCdaHeader(bytes);
  if (!header.ok) return refused(header.refusal);
  const findings = [...checkCdaHeader(header.value), ...(xsd === undefined ? [] : schemaFaults(bytes, xsd))];
  const pack = folder === undefined ? undefined : packIn(folder);
  const verdict = pack === undefined ? undefined : await judged(pack, bytes);
  const said = verdict === undefined ? [] : faultsOf(verdict);
  const { title, body } = header.value;
  const gates = [
    "règles d'en-tête",
    ...(xsd === undefined ? [] : ['schéma XML']),
    ...(pack === undefined ? [] : [`paquet ${pack.name} ${pack.version}`]),
  ];
  const faults = findings.length + said.length;
  return {
    code: faults === 0 ? 0 : 1,
    lines: [
      `Document : ${title ?? '(sans titre)'}`,
      `Contrôles : ${gates.join(', ').replace(/, ([^,]*)$/, ' et $1')}`,
      ...findings.flatMap(refusalLines),
      ...said,
      faults === 0 ? 'Conforme.' : `${faults} défaut(s).`,
    ],
    result: {
      title: title ?? null,
      body: body.kind,
      schema: xsd !== undefined,
      refusals: findings.map(refusalView),
      ...(pack === undefined ? {} : { pack: { name: pack.name, version: pack.version, hash: pack.hash }, verdict }),
    },
  };
}

function packIn(folder: string): PackDescription {
  try {
    return readPack(folder);
  } catch (error) {
    if (error instanceof PackFault) throw new UsageFault(error.message);
    throw error;
  }
}

async function judged(pack: PackDescription, bytes: Buffer): Promise<IsolatedVerdict> {
  const checker = createChecker();
  try {
    return await checker.check(pack, bytes);
  } finally {
    await checker.close();
  }
}

function faultsOf(verdict: IsolatedVerdict): string[] {
  if (verdict.kind !== 'judged') return [`Contrôle non mené : ${'why' in verdict ? verdict.why : verdict.kind}`];
  return [
    ...(verdict.schema ?? []).map(
      ({ location, what }) => `schéma XML, ${location}${what === undefined ? '' : ` : ${what}`}`,
    ),
    ...verdict.schematrons.flatMap(reportLines),
  ];
}

function reportLines({ path, failures }: EntryReport): string[] {
  return failures
    .filter(({ kind }) => kind === 'assert')
    .map(({ location, text }) => `${path.split('/').at(-1)}, ${location} : ${text}`);
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
