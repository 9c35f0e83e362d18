/** RFC 9457 problems: every refusal of the API is an entry of the rule catalogue. */
import type { Refusal, Result, Rule } from '../rules/rule.ts';

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  /** Rule id of the catalogue. */
  readonly rule: string;
  readonly cause: string;
  readonly owner: string;
  readonly remedy: string;
  readonly safeToResend: boolean;
  readonly location?: string;
}

/** Thrown by a route to end with a problem; anything else thrown is a bug and answers TDU-SYS-002. */
export class ApiRefusal extends Error {
  readonly refusal: Refusal;
  constructor(rule: Rule, where: { detail?: string; location?: string } = {}) {
    super(rule.id);
    this.refusal = { rule, ...where };
  }
}

/** The value of an outcome; a refusal ends the route with its problem. */
export function settled<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new ApiRefusal(result.refusal.rule, result.refusal);
}

export function toProblem(refusal: Refusal): Problem {
  const { rule, detail, location } = refusal;
  return {
    type: `urn:traitdunion:rule:${rule.id}`,
    title: rule.title,
    status: rule.http,
    ...(detail === undefined ? {} : { detail }),
    rule: rule.id,
    cause: rule.cause,
    owner: rule.owner,
    remedy: rule.remedy,
    safeToResend: rule.safeToResend,
    ...(location === undefined ? {} : { location }),
  };
}
