/**
 * Traits that an application says otherwise of a proved identity. They change nothing by themselves: they are kept for the
 * cell, side by side, until it settles or both sides agree again (ins.md 3).
 */
import { markDifferences } from '../ins/character-differences.ts';
import type { ComparedTrait } from '../ins/coherence.ts';
import { comparisonForm } from '../ins/traits.ts';
import type { StrictTraits } from '../ins/types.ts';
import type { UseCaseContext } from '../queue/context.ts';
import type { Db } from '../store/db.ts';
import {
  openDiscrepancies,
  reportDiscrepancy,
  settleDiscrepancy,
  type TraitDifference,
} from '../store/discrepancies.ts';
import type { IdentityRecord } from '../store/identities.ts';
import { traitsOf } from './record.ts';
import { contradictedTraits, differingTraits, TRAIT_NAMES } from './traits-input.ts';

/** Keeps what a message said, for the cell. */
export async function noteDiscrepancy(
  tx: Db,
  context: UseCaseContext,
  record: IdentityRecord,
  received: StrictTraits,
  { actor, source, at }: { readonly actor: string; readonly source: string; readonly at: Date },
): Promise<void> {
  const comparison = compared(traitsOf(record), received);
  const { id: identityId } = record;
  await reportDiscrepancy(tx, { id: context.newUuid(), identityId, actor, source, traits: received, comparison }, at);
}

function compared(local: StrictTraits, received: StrictTraits): TraitDifference[] {
  return (Object.keys(TRAIT_NAMES) as ComparedTrait[]).flatMap((trait) => {
    const [here, there] = [local[trait], received[trait]];
    if (here === undefined || there === undefined || comparisonForm(here) === comparisonForm(there)) return [];
    const marks = markDifferences(here, there);
    return [{ trait, local: here, received: there, marks: { local: marks.local, received: marks.insi } }];
  });
}

/** What no longer differs is closed by itself: the application was corrected, or our traits changed. */
export async function closeAgreed(
  tx: Db,
  record: IdentityRecord,
  cause: { readonly actor: string; readonly at: Date },
  said: { readonly actor: string; readonly traits: StrictTraits } | undefined,
): Promise<void> {
  const local = traitsOf(record);
  for (const each of await openDiscrepancies(tx, record.id, said?.actor ?? null)) {
    const traits = said?.traits ?? each.traits;
    const differs = record.matricule === null ? differingTraits(local, traits) : contradictedTraits(local, traits);
    if (differs.length > 0) continue;
    const reason = said === undefined ? "traits de l'identité modifiés" : 'application corrigée';
    await settleDiscrepancy(tx, each.id, { state: 'agreed', at: cause.at, by: cause.actor, reason });
  }
}
