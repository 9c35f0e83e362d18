/**
 * The VIHF of an old connector (1.0, 2.0 or 3.0): read, and its signature verified. Which signers are trusted is for the
 * caller to judge. Source: dmp.md 1.3, 1.5 and 2.3.
 */
import type { X509Certificate } from 'node:crypto';
import { legacyRules } from '../../rules/legacy.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import type { SignatureAlgorithm } from '../xml/signature.ts';
import { verifyEnveloped } from '../xml/signature-verify.ts';
import { children, elements, text, type XmlElement } from '../xml/xml.ts';
import { type LegacyIdentifier, readCx } from './patient-info.ts';

const SAML = 'urn:oasis:names:tc:SAML:2.0:assertion';
const XSPA = 'urn:oasis:names:tc:xspa:1.0:subject';
const XACML = 'urn:oasis:names:tc:xacml:2.0';
const NS = { saml: SAML, h: 'urn:hl7-org:v3' };
/** What connectors of those years sign with, and what came after. */
const ALGORITHMS: readonly SignatureAlgorithm[] = ['rsa-sha1', 'rsa-sha256'];
const MODES = ['DIRECTE', 'INDIRECTE', 'INDIRECTE_RENFORCEE'] as const;

export interface LegacyVihf {
  /** `1.0`, `2.0`, `3.0`, as sent. */
  readonly version: string;
  readonly mode: (typeof MODES)[number];
  readonly lps: { readonly name: string; readonly version: string; readonly homologation: string };
  readonly user: { readonly id: string; readonly name: string; readonly roles: readonly LegacyRole[] };
  /** Struct_IdNat, for example `1` + FINESS. */
  readonly structure: string;
  /** Absent where the VIHF targets no patient. */
  readonly patient: LegacyIdentifier | undefined;
  readonly issuedAt: Date;
  readonly signer: X509Certificate;
}

interface LegacyRole {
  readonly code: string;
  readonly system: string;
}

/** Reads the one assertion of `wsse:Security`. What is read is what the signature covers. */
export function readLegacyVihf(security: XmlElement): Result<LegacyVihf> {
  const found = children(security).filter((child) => child.name === 'Assertion' && child.namespaceUri === SAML);
  const [assertion] = found;
  if (assertion === undefined || elements(security, '//saml:Assertion', NS).length !== 1)
    return refuse(legacyRules.vihfUnreadable, { location: 'wsse:Security' });
  const verified = verifyEnveloped(assertion, ALGORITHMS);
  if (!verified.ok) return refuse(legacyRules.vihfSignature, { detail: verified.problem });
  return claimsOf(assertion, verified.certificate);
}

function claimsOf(assertion: XmlElement, signer: X509Certificate): Result<LegacyVihf> {
  const attributes = elements(assertion, 'saml:AttributeStatement/saml:Attribute', NS);
  const one = (...names: readonly string[]): string =>
    attributes
      .filter((each) => names.includes(each.attr('Name')?.value ?? ''))
      .flatMap((each) => elements(each, 'saml:AttributeValue', NS))[0]
      ?.content.trim() ?? '';
  const mode = MODES.find((each) => each === one('Authentification_Mode', 'Authentification_mode'));
  const structure = one('Identifiant_Structure');
  const issuedAt = new Date(assertion.attr('IssueInstant')?.value ?? '');
  const userId = text(assertion, 'saml:Subject/saml:NameID', NS) ?? '';
  const missing = [
    mode === undefined ? 'Authentification_Mode' : '',
    structure === '' ? 'Identifiant_Structure' : '',
    userId === '' ? 'NameID' : '',
    Number.isNaN(issuedAt.getTime()) ? 'IssueInstant' : '',
  ].filter((name) => name !== '');
  if (mode === undefined || missing.length > 0)
    return refuse(legacyRules.vihfUnreadable, { location: missing.join(', ') });
  const role = `${XACML}:subject:role`;
  return ok({
    version: one('VIHF_Version'),
    mode,
    lps: {
      name: one('LPS_Nom'),
      version: one('LPS_Version'),
      homologation: one('LPS_ID_HOMOLOGATION_DMP'),
    },
    user: {
      id: userId,
      name: one(`${XSPA}:subject-id`),
      roles: elements(
        assertion,
        `saml:AttributeStatement/saml:Attribute[@Name='${role}']/saml:AttributeValue/h:Role`,
        NS,
      ).map((each) => ({ code: each.attr('code')?.value ?? '', system: each.attr('codeSystem')?.value ?? '' })),
    },
    structure,
    patient: readCx(one(`${XACML}:resource:resource-id`)),
    issuedAt,
    signer,
  });
}
