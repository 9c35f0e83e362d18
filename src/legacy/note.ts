/** What the observatory and the log are told of a request: which software, which API, which kind of identity, never a value. */
import { INS_OIDS } from '../ins/oids.ts';
import { observe } from '../observatory/index.ts';
import type { Refusal } from '../rules/rule.ts';
import type { IdentityKind } from '../store/observed.ts';
import type { LegacyIdentifier } from '../wire/legacy/patient-info.ts';
import type { LegacyRequest } from '../wire/legacy/request.ts';
import type { LegacyApi } from '../wire/legacy/submission.ts';
import { type LegacySource, sourcesOfCertificate } from './caller.ts';
import type { LegacyContext } from './context.ts';

interface From {
  readonly api: LegacyApi;
  readonly certificateName: string;
}

interface Seen extends From {
  readonly request: LegacyRequest;
  /** The caller, or for a request that was not let in the one that its certificate announces. */
  readonly source: LegacySource | undefined;
  readonly told: { readonly refusal?: Refusal };
}

export function note(context: LegacyContext, { api, certificateName, request, source, told }: Seen): void {
  const { transaction, vihf } = request;
  const identityKind = identityKindOf(patientOf(request));
  const { rule } = told.refusal ?? {};
  const claims = vihf.ok ? vihf.value : undefined;
  observe(context, {
    eg: source?.eg,
    application: source?.application ?? '',
    facility: source?.facility ?? '',
    api,
    product: claims?.lps.name,
    productVersion: claims?.lps.version,
    protocolVersion: claims?.version,
    homologation: claims?.lps.homologation,
    certificate: certificateName,
    structure: claims?.structure,
    transaction,
    identityKind,
    // Nothing on the wire tells a NIR of TD0.0 from a qualified INS (practice 21).
    basis: identityKind === 'NIR' ? 'inferred' : 'seen',
    outcome: rule === undefined ? 'accepted' : rule.retry === 'automatic' ? 'waiting' : 'refused',
    ruleId: rule?.id,
  });
  if (rule !== undefined)
    context.log.warn({ rule: rule.id, transaction, api, certificate: certificateName }, 'legacy request refused');
}

/** What had no envelope that could be read. */
export function noteUnread(context: LegacyContext, { api, certificateName }: From, { rule, detail }: Refusal): void {
  const source = sourcesOfCertificate(context.config, certificateName).find(({ legacy }) => legacy.api === api);
  observe(context, {
    eg: source?.eg,
    application: source?.application ?? '',
    facility: source?.facility ?? '',
    api,
    certificate: certificateName,
    transaction: 'unknown',
    identityKind: 'none',
    basis: 'seen',
    outcome: 'refused',
    ruleId: rule.id,
  });
  context.log.warn({ rule: rule.id, detail, api, certificate: certificateName }, 'legacy request not read');
}

function patientOf({ vihf, question }: LegacyRequest): LegacyIdentifier | undefined {
  if (vihf.ok && vihf.value.patient !== undefined) return vihf.value.patient;
  if (question?.ok !== true) return undefined;
  switch (question.value.transaction) {
    case 'TD2.1':
      return question.value.submission.patientId;
    case 'TD0.2':
      return question.value.question.patient;
    case 'TD3.3c':
      return question.value.update.patient;
    case 'TD3.1b':
      return undefined;
  }
}

const NATIONAL: readonly string[] = Object.values(INS_OIDS);

function identityKindOf(identifier: LegacyIdentifier | undefined): IdentityKind {
  if (identifier === undefined) return 'none';
  if (identifier.oid === INS_OIDS.insC) return 'INS-C';
  return NATIONAL.includes(identifier.oid) ? 'NIR' : 'IPP';
}
