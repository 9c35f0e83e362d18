/** What the tests of the API need around verifications: an INS held, one in doubt, a campaign at the wanted stage. */
import { randomUUID } from 'node:crypto';
import type { UseCaseContext } from '../queue/context.ts';
import { insertCampaign, setCampaignState } from '../store/verification-campaigns.ts';

let numbers = 0;

/** Gives the identity an INS of its own, in doubt: it may be verified, and its failure confirmed. */
export async function holdDoubtfulIns({ pool, now }: UseCaseContext, id: string): Promise<void> {
  numbers += 1;
  const matricule = `2790351215${String(numbers).padStart(3, '0')}00`;
  await pool.query(
    `update identity set status = 'RECUP', matricule = $2, oid = '1.2.250.1.213.1.4.10', ins_obtained_at = $3,
       ins_doubt = 'TDU-INSI-001', insi_state = 'not-found', douteuse = false where id = $1`,
    [id, matricule, new Date(now().getTime() - 86_400_000)],
  );
}

/** The only open campaign, where `open` says that one is wanted; else none is open. */
export async function campaignSample({ pool, now }: UseCaseContext, open: boolean): Promise<string> {
  await pool.query(`update verification_campaign set state = 'cancelled' where state in ('running', 'paused')`);
  const id = randomUUID();
  const at = now();
  await insertCampaign(pool, {
    id,
    origin: 'on-demand',
    startedBy: 'user:matrice',
    startedAt: at,
    before: at,
    spreadDays: 0,
    total: 1,
  });
  if (!open) await setCampaignState(pool, id, { state: 'cancelled', at });
  return id;
}
