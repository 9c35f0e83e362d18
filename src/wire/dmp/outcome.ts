/**
 * What the end of a call means: transient (retry), ambiguous (ask the DMP first) or permanent (a person acts), with the
 * rule that explains it. The class follows from the rule, so that the console, the queue and the API cannot disagree.
 */
import { dmpRules, xdsRule } from '../../rules/dmp.ts';
import type { Refusal, Rule } from '../../rules/rule.ts';
import type { SoapFault } from '../soap/envelope.ts';
import type { RegistryError, RegistryResponse } from '../xds/registry-response.ts';
import type { Exchange, Sent } from './exchange.ts';
import { shownText } from './redact.ts';

type OutcomeClass = 'transient' | 'ambiguous' | 'permanent';

interface Failed {
  readonly class: OutcomeClass;
  readonly refusal: Refusal & Sent;
}

/** How a submission (TD2.1) ended. Texts of the DMP are verbatim, matricules apart. */
export type SubmitOutcome =
  /** `warnings` is what the DMP had to say all the same. */
  | { readonly kind: 'accepted'; readonly warnings: readonly RegistryError[] }
  | ({ readonly kind: 'refused'; readonly errors: readonly RegistryError[] } & Failed)
  | ({ readonly kind: 'fault'; readonly fault: SoapFault } & Failed)
  | ({ readonly kind: 'http'; readonly status: number } & Failed)
  | ({ readonly kind: 'not-sent' | 'ambiguous' | 'unreadable' } & Failed);

/** How a question ended. A question changes nothing, so it is never ambiguous: it is asked again. */
export type DmpAnswer<T> =
  | { readonly kind: 'answered'; readonly value: T }
  | { readonly kind: 'failed'; readonly class: 'transient' | 'permanent'; readonly refusal: Refusal };

function classOf(rule: Rule): OutcomeClass {
  if (rule.retry !== 'automatic') return 'permanent';
  return rule.safeToResend ? 'transient' : 'ambiguous';
}

/** Judges the end of a submission. */
export function submitOutcome(result: Exchange<RegistryResponse>): SubmitOutcome {
  const outcome = endOf(result);
  const { messageId } = result;
  if (outcome.kind === 'accepted' || messageId === undefined) return outcome;
  return { ...outcome, refusal: { ...outcome.refusal, messageId } };
}

function endOf(result: Exchange<RegistryResponse>): SubmitOutcome {
  switch (result.kind) {
    case 'value':
      return registryOutcome(result.value);
    case 'fault': {
      const fault = verbatim(result.fault);
      return { kind: 'fault', fault, ...failed(faultRule(fault), faultDetail(fault)) };
    }
    case 'http':
      return { kind: 'http', status: result.status, ...failed(httpRule(result.status), `HTTP ${result.status}`) };
    case 'not-sent':
      return { kind: 'not-sent', ...failed(result.tls ? dmpRules.tlsRefused : dmpRules.unreachable, result.reason) };
    case 'stopped':
      return notSent(result.refusal);
    case 'ambiguous':
      return { kind: 'ambiguous', ...failed(dmpRules.outcomeUnknown, result.reason) };
    case 'unreadable':
      return { kind: 'unreadable', ...failed(dmpRules.answerUnreadable, result.reason) };
  }
}

/** What was stopped here, before anything left. */
export function notSent(refusal: Refusal): SubmitOutcome {
  return { kind: 'not-sent', class: classOf(refusal.rule), refusal };
}

/** Judges the end of a question. `judge` looks at an answer that was well formed. */
export function queryAnswer<T, R>(result: Exchange<T>, judge: (value: T) => DmpAnswer<R>): DmpAnswer<R> {
  if (result.kind === 'value') return judge(result.value);
  if (result.kind === 'fault') return failedQuestion(faultRule(result.fault), faultDetail(verbatim(result.fault)));
  if (result.kind === 'stopped') {
    const { refusal } = result;
    return { kind: 'failed', class: classOf(refusal.rule) === 'permanent' ? 'permanent' : 'transient', refusal };
  }
  if (result.kind === 'http') return failedQuestion(httpRule(result.status), `HTTP ${result.status}`);
  if (result.kind === 'not-sent') {
    return failedQuestion(result.tls ? dmpRules.tlsRefused : dmpRules.unreachable, result.reason);
  }
  return failedQuestion(dmpRules.queryUnanswered, result.reason);
}

/** A question that did not get its answer, for this reason. */
export function failedQuestion(rule: Rule, detail: string): DmpAnswer<never> {
  const asked = classOf(rule) === 'ambiguous' ? dmpRules.queryUnanswered : rule;
  const judged = classOf(asked) === 'transient' ? 'transient' : 'permanent';
  return { kind: 'failed', class: judged, refusal: { rule: asked, detail: shownText(detail) } };
}

/** ITI-41 knows no partial success: what was kept is then anyone's guess. */
function registryOutcome(response: RegistryResponse): SubmitOutcome {
  const errors = response.errors.map(withoutPatient);
  if (response.status === 'success') return { kind: 'accepted', warnings: errors };
  if (response.status === 'partial')
    return { kind: 'unreadable', ...failed(dmpRules.answerUnreadable, 'PartialSuccess') };
  return { kind: 'refused', errors, ...registryFailure(errors) };
}

/**
 * What the registry already holds is asked about first, whatever else it says: a replacement that it recorded is refused
 * a second time for its original, which is no longer the current version. Else the gravest error decides: one that a person
 * must correct wins over one that passes by itself. A failure without any error is a refusal that nobody explained.
 */
export function registryFailure(errors: readonly RegistryError[]): Failed {
  const judged = errors
    .filter((error) => error.severity === 'error')
    .map((error) => ({ error, rule: xdsRule(error.code) ?? dmpRules.unknownCode }));
  for (const gravity of ['ambiguous', 'permanent', 'transient'] as const) {
    const found = judged.find(({ rule }) => classOf(rule) === gravity);
    if (found !== undefined)
      return failed(found.rule, `${found.error.code}: ${found.error.context}`, found.error.location);
  }
  return failed(dmpRules.unknownCode);
}

/**
 * A Sender fault says that the request is wrong. A Receiver fault is what servers also send when they break after
 * having recorded the document, so it proves nothing and the DMP is asked first.
 */
function faultRule(fault: SoapFault): Rule {
  if (fault.codes.includes('DMPInvalidCertificate')) return dmpRules.invalidCertificate;
  const [code] = fault.codes;
  return code === 'Receiver' || code === 'Server' || code === undefined
    ? dmpRules.serviceFault
    : dmpRules.requestRefused;
}

function faultDetail(fault: SoapFault): string {
  return [fault.codes.join('/'), fault.reason, fault.detail].filter((part) => part !== '').join(': ');
}

/** A 5xx without fault may come from a proxy that lost the answer: it proves nothing. */
function httpRule(status: number): Rule {
  if (status >= 500) return dmpRules.serviceFault;
  if (status === 401 || status === 403) return dmpRules.httpForbidden;
  if (status === 408 || status === 429) return dmpRules.httpBusy;
  if (status === 413) return dmpRules.httpTooLarge;
  return dmpRules.httpUnexpected;
}

function failed(rule: Rule, detail?: string, location?: string): Failed {
  const refusal = {
    rule,
    ...(detail === undefined ? {} : { detail: shownText(detail) }),
    ...(location === undefined ? {} : { location: shownText(location) }),
  };
  return { class: classOf(rule), refusal };
}

function verbatim(fault: SoapFault): SoapFault {
  return { ...fault, reason: shownText(fault.reason), detail: shownText(fault.detail) };
}

function withoutPatient(error: RegistryError): RegistryError {
  const location = error.location === undefined ? {} : { location: shownText(error.location) };
  return { ...error, context: shownText(error.context), ...location };
}
