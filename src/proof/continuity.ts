/** Does an export carry on from an earlier one: is the head that was published then in the chain of today, unchanged? */
import { proofRules } from '../rules/proof.ts';
import type { Refusal } from '../rules/rule.ts';
import type { Verification } from './verify.ts';

/** Undefined when it does. Both have been verified by themselves. */
export function continuityFault(later: Verification, earlier: Verification): Refusal | undefined {
  const fault = (detail: string): Refusal => ({ rule: proofRules.notContinuous, detail });
  if (later.manifest === undefined || earlier.manifest === undefined) return fault('fichier illisible');
  if (later.manifest.installation.instance !== earlier.manifest.installation.instance)
    return fault('deux installations différentes');
  const { last, lastHash } = earlier.manifest.chain;
  const { first, last: reached } = later.manifest.chain;
  if (last > reached)
    return fault(`l’export précédent va plus loin (maillon ${last}) que celui-ci (maillon ${reached})`);
  if (last < first - 1) return fault(`vide entre les maillons ${last} et ${first}`);
  return later.hashes.get(last) === lastHash ? undefined : fault(`maillon ${last} : autre empreinte`);
}
