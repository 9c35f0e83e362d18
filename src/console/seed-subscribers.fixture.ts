/** A subscriber that is away, with what it refused, what waits for it and what it accepted. */
import type { UseCaseContext } from '../queue/context.ts';
import { diffusionRules } from '../rules/diffusion.ts';

export const SEEDED_SUBSCRIBER = 'DPI-CENTRE';

/** `hostile`: a patient whose names carry markup. */
export async function seedSubscribers(
  { pool, now }: UseCaseContext,
  patients: { readonly qualified: { id: string }; readonly hostile: { id: string } },
): Promise<void> {
  await pool.query(
    `insert into diffusion_subscriber (name, enabled, since, failures, failing_since, retry_at, last_error)
     values ($1, true, $2, 3, $2, $2, 'ECONNREFUSED')`,
    [SEEDED_SUBSCRIBER, now()],
  );
  await pool.query(
    `insert into diffusion_entry
       (subscriber, kind, identity_id, other_id, state, added_at, attempts, control_id, event, answer, rule_id, detail, settled_at)
     values
       ($1, 'state', $3, null, 'refused', $2, 1, 'c1', 'A31', 'AE', $5, 'unité <i>inconnue</i>', $2),
       ($1, 'merge', $4, $3, 'waiting', $2, 0, null, null, null, null, null, null),
       ($1, 'state', $4, null, 'accepted', $2, 2, 'c2', 'A28', 'AA', null, null, $2)`,
    [SEEDED_SUBSCRIBER, now(), patients.hostile.id, patients.qualified.id, diffusionRules.refusedBySubscriber.id],
  );
}
