/** Takes the lines of a former repository, in their order: those of one call are kept together, or none is. */

import { takeOverIdentity } from '../identity/index.ts';
import { parseIpp } from '../ins/identifiers.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { apiRules } from '../rules/api.ts';
import { identityRules } from '../rules/identity.ts';
import { ok, type Result, type Rule, refuse } from '../rules/rule.ts';
import { takeoverRules } from '../rules/takeover.ts';
import { type Db, transaction } from '../store/db.ts';
import {
  addFindings,
  advanceTakeover,
  endTakeover,
  insertTakeover,
  lockTakeover,
  type Takeover,
  type TakeoverCounts,
  type TakeoverFinding,
  takeoverById,
} from '../store/takeovers.ts';
import { compareNir } from './nir.ts';

/** A line as a file has it; what is absent is undefined. */
export interface FormerLine {
  /** Line of the file, or number of the message, for the report. */
  readonly line: number;
  readonly ipp: string;
  /** An OID or a declared name. */
  readonly domain?: string | undefined;
  readonly birthName: string;
  readonly firstGivenName: string;
  readonly birthGivenNames?: string | undefined;
  readonly sex: string;
  readonly birthDate: string;
  readonly birthPlace?: string | undefined;
  readonly usedName?: string | undefined;
  readonly usedGivenName?: string | undefined;
  /** PROV, VALI, RECUP or QUAL, as the former repository had it. */
  readonly status?: string | undefined;
  /** A NIR, of TD0.0 or other: compared, never kept. */
  readonly nir?: string | undefined;
}

export async function openTakeover(
  { config, pool, now, newUuid }: UseCaseContext,
  asked: { readonly name: string; readonly domain?: string | undefined; readonly trustsStatus: boolean },
  actor: string,
): Promise<Result<Takeover>> {
  if (config.context !== 1) return refuse(identityRules.mirrorReadOnly);
  const domain = asked.domain === undefined ? config.sources[0]?.ippDomain : domainOf(config, asked.domain);
  if (domain === undefined) return refuse(takeoverRules.domainUnknown);
  const id = newUuid();
  const { name, trustsStatus } = asked;
  await insertTakeover(pool, { id, name, createdAt: now(), createdBy: actor, domain, trustsStatus });
  return found(await takeoverById(pool, id));
}

/** `from`: how many lines were taken before these. */
export async function takeLines(
  context: UseCaseContext,
  id: string,
  { from, lines }: { readonly from: number; readonly lines: readonly FormerLine[] },
  actor: string,
): Promise<Result<Takeover>> {
  return transaction(context.pool, async (tx) => {
    const takeover = await lockTakeover(tx, id);
    if (takeover === undefined) return refuse(apiRules.notFound);
    if (takeover.endedAt !== null) return refuse(takeoverRules.ended);
    if (from !== takeover.position)
      return refuse(takeoverRules.wrongPosition, { detail: `position : ${takeover.position}` });
    const counts = { created: 0, known: 0, validated: 0, rejected: 0, discrepancies: 0, nirs: 0, nirsSame: 0 };
    const findings: TakeoverFinding[] = [];
    for (const line of lines) {
      const taken = await takeLine(tx, context, takeover, line, actor);
      for (const name of taken.counts) counts[name] += 1;
      findings.push(...taken.findings);
    }
    await addFindings(tx, id, findings);
    await advanceTakeover(tx, id, lines.length, counts);
    return found(await takeoverById(tx, id));
  });
}

export async function closeTakeover({ pool, now }: UseCaseContext, id: string): Promise<Result<Takeover>> {
  await endTakeover(pool, id, now());
  return found(await takeoverById(pool, id));
}

function found(takeover: Takeover | undefined): Result<Takeover> {
  return takeover === undefined ? refuse(apiRules.notFound) : ok(takeover);
}

function domainOf({ identificationDomains }: UseCaseContext['config'], name: string): string | undefined {
  const bare = name.replace(/^urn:oid:/i, '');
  return identificationDomains.find(({ oid, authorities }) => oid === bare || authorities.includes(bare))?.oid;
}

interface Taken {
  readonly counts: readonly (keyof TakeoverCounts)[];
  readonly findings: readonly TakeoverFinding[];
}

async function takeLine(
  tx: Db,
  context: UseCaseContext,
  takeover: Takeover,
  line: FormerLine,
  actor: string,
): Promise<Taken> {
  const domain = line.domain === undefined ? takeover.domain : domainOf(context.config, line.domain);
  const about = { line: line.line, number: line.ipp, domain: domain ?? line.domain ?? '', identityId: null };
  const rejected = (rule: Rule, detail: string | undefined): Taken => ({
    counts: ['rejected'],
    findings: [{ ...about, ruleId: rule.id, detail: detail ?? null, nirKey: null }],
  });
  const ipp = parseIpp(line.ipp);
  if (!ipp.ok) return rejected(ipp.refusal.rule, ipp.refusal.detail);
  if (domain === undefined) return rejected(takeoverRules.domainUnknown, line.domain);
  const cause = { at: context.now(), actor, source: `reprise : ${takeover.name}` };
  const { usedName, usedGivenName } = line;
  const checked = takeover.trustsStatus && (line.status === 'VALI' || line.status === 'QUAL');
  const number = { domain, value: ipp.value, kind: 'PI' };
  const former = { traits: line, usedName, usedGivenName, number, checked };
  const taken = await takeOverIdentity(tx, context, former, cause);
  if (!taken.ok) return rejected(taken.refusal.rule, taken.refusal.detail);
  const { record, created, differs } = taken.value;
  const of = { ...about, identityId: record.id };
  const traits =
    differs.length === 0
      ? []
      : [{ ...of, ruleId: takeoverRules.traitsDiffer.id, detail: differs.join(', '), nirKey: null }];
  const nir = line.nir === undefined ? undefined : await compareNir(tx, context.config, record, line.nir);
  const ofNir = (nir?.findings ?? []).map((rule) => ({
    ...of,
    ruleId: rule.id,
    detail: null,
    nirKey: nir?.key ?? null,
  }));
  const findings = [...traits, ...ofNir];
  return {
    findings,
    counts: [
      created ? 'created' : 'known',
      ...(created && record.status === 'VALI' ? (['validated'] as const) : []),
      ...(findings.length > 0 ? (['discrepancies'] as const) : []),
      ...(nir === undefined ? [] : (['nirs'] as const)),
      ...(nir?.same === true ? (['nirsSame'] as const) : []),
    ],
  };
}
