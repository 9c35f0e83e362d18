/** Which declared connector speaks: its certificate, then the signer, the API and the structure of its VIHF (practice 15, 18). */
import type { X509Certificate } from 'node:crypto';
import { finessOfStructureId } from '../codes/national-ids.ts';
import type { Config, Source } from '../config/schema.ts';
import { legacyRules } from '../rules/legacy.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { isVouchedFor, subjectParts } from '../wire/keys/names.ts';
import type { LegacyApi } from '../wire/legacy/submission.ts';
import type { LegacyVihf } from '../wire/legacy/vihf.ts';
import type { LegacyContext } from './context.ts';

/** A source that is an old connector. */
export type LegacySource = Source & { readonly legacy: NonNullable<Source['legacy']> };

/** Nothing of a request is read unless there is one. */
export function sourcesOfCertificate(config: Config, certificateName: string): LegacySource[] {
  return config.sources.filter(
    (source): source is LegacySource =>
      source.legacy?.certificateName === certificateName || source.legacy?.cardNames.includes(certificateName) === true,
  );
}

export interface Claims {
  readonly api: LegacyApi;
  readonly certificateName: string;
  readonly vihf: LegacyVihf;
}

const MINUTE_MS = 60_000;

/** The one source that these claims are of. */
export function callerOf(
  { config, now, authorities }: LegacyContext,
  { api, certificateName, vihf }: Claims,
): Result<LegacySource> {
  const at = now();
  const window = (config.legacy?.vihfMaxAgeMinutes ?? 0) * MINUTE_MS;
  if (Math.abs(at.getTime() - vihf.issuedAt.getTime()) > window) return refuse(legacyRules.vihfExpired);
  if (!isVouchedFor(vihf.signer, authorities, at))
    return refuse(legacyRules.vihfSigner, { detail: nameOf(vihf.signer) });
  const ofApi = sourcesOfCertificate(config, certificateName).filter(({ legacy }) => legacy.api === api);
  const source = ofStructure(config, ofApi, vihf.structure);
  if (source === undefined) return refuse(legacyRules.sourceUndecided, { detail: `API ${api}, ${vihf.structure}` });
  return maySign(vihf, source, certificateName)
    ? ok(source)
    : refuse(legacyRules.vihfSigner, { detail: nameOf(vihf.signer) });
}

/**
 * Several connectors share a certificate: the structure tells them apart. One alone may speak for a structure that is not
 * declared here, such as a former number (practice 15), never for another declared one.
 */
function ofStructure(config: Config, sources: readonly LegacySource[], structure: string): LegacySource | undefined {
  const finess = finessOfStructureId(structure);
  const own = sources.filter(({ eg }) => eg === finess);
  if (own.length > 0) return own.length === 1 ? own[0] : undefined;
  const [only, another] = sources;
  if (only === undefined || another !== undefined) return undefined;
  const egs = config.legalEntities.flatMap((legal) => legal.geographicEntities.map((eg) => eg.finess));
  return finess !== undefined && egs.includes(finess) ? undefined : only;
}

/**
 * A structure signs by its declared certificates; a card (DIRECTE) by that of the very person whom the VIHF names, who is also
 * the one that the connection names where it was made by a card.
 */
function maySign({ mode, signer, user }: LegacyVihf, { legacy }: LegacySource, certificateName: string): boolean {
  const names = subjectParts(signer, 'CN');
  if (mode !== 'DIRECTE') return names.some((name) => legacy.signatureNames.includes(name));
  return names.includes(user.id) && (certificateName === legacy.certificateName || certificateName === user.id);
}

function nameOf(signer: X509Certificate): string {
  return subjectParts(signer, 'CN')[0] ?? '';
}
