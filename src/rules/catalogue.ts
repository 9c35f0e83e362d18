/** Every refusal that Trait d'Union can give, by id. The console, the API and the ACK read the same entry. */
import { adverseEventRules } from './adverse-event.ts';
import { alertRules } from './alerts.ts';
import { apiRules } from './api.ts';
import { bulkRules } from './bulk.ts';
import { coherenceRules } from './coherence.ts';
import { conformanceRules } from './conformance.ts';
import { depositRules } from './deposit.ts';
import { diffusionRules } from './diffusion.ts';
import { dmpRules } from './dmp.ts';
import { documentRules } from './document.ts';
import { feedRules } from './feed.ts';
import { fhirRules } from './fhir.ts';
import { gatewayRules } from './gateway.ts';
import { hl7Rules } from './hl7.ts';
import { identityRules } from './identity.ts';
import { identityLifecycleRules } from './identity-lifecycle.ts';
import { identityVerificationRules } from './identity-verification.ts';
import { insiRules } from './insi.ts';
import { laneRules } from './lanes.ts';
import { legacyRules } from './legacy.ts';
import { mappingRules } from './mapping.ts';
import { matchingRules } from './matching.ts';
import { mssanteRules } from './mssante.ts';
import { mssanteInRules } from './mssante-in.ts';
import { observatoryRules } from './observatory.ts';
import { openIdRules } from './openid.ts';
import { patientFileRules } from './patient-files.ts';
import { pdfARules } from './pdfa.ts';
import { planRules } from './plan.ts';
import { policyRules } from './policy.ts';
import { proofRules } from './proof.ts';
import { readingRules } from './reading.ts';
import { recallRules } from './recall.ts';
import { regionRules } from './region.ts';
import { reissueRules } from './reissue.ts';
import { retentionRules } from './retention.ts';
import type { Rule } from './rule.ts';
import { takeoverRules } from './takeover.ts';
import { templateRules } from './template.ts';
import { versionRules } from './versions.ts';
import { xdmRules } from './xdm.ts';

const all: readonly Rule[] = [
  hl7Rules,
  identityRules,
  identityLifecycleRules,
  matchingRules,
  identityVerificationRules,
  adverseEventRules,
  insiRules,
  diffusionRules,
  takeoverRules,
  documentRules,
  pdfARules,
  coherenceRules,
  templateRules,
  proofRules,
  xdmRules,
  mssanteInRules,
  conformanceRules,
  dmpRules,
  mssanteRules,
  feedRules,
  legacyRules,
  reissueRules,
  policyRules,
  laneRules,
  bulkRules,
  versionRules,
  observatoryRules,
  recallRules,
  mappingRules,
  apiRules,
  readingRules,
  openIdRules,
  fhirRules,
  depositRules,
  patientFileRules,
  gatewayRules,
  alertRules,
  retentionRules,
  planRules,
  regionRules,
].flatMap((area) => Object.values(area) as Rule[]);

const byId = new Map(all.map((rule) => [rule.id, rule]));

/** All rules, in catalogue order. */
export function allRules(): readonly Rule[] {
  return all;
}

/** The rule with this id, or undefined for an id that this version does not know. */
export function ruleById(id: string): Rule | undefined {
  return byId.get(id);
}
