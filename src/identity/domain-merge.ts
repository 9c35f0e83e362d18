/**
 * A merge told by the software of one identification domain, where both records have a number in use in the domain of
 * another one. That software has merged nothing: its numbers and its record stay as they are, only the number of the
 * telling domain passes, and the two records are shown to the cell as possibly one (practice 15).
 */
import type { Config, Source } from '../config/schema.ts';
import { addTask } from '../queue/tasks.ts';
import type { Db } from '../store/db.ts';
import { type Identifier, type IdentityRecord, identifiersOf, updateIdentity } from '../store/identities.ts';
import { addHistory } from '../store/identity-history.ts';
import { moveStays, passRetired } from '../store/merges.ts';
import { moveDocuments } from '../store/misfiled.ts';
import { staysOfEstablishments } from '../store/stays.ts';
import type { Cause } from './change.ts';

/** Whether another software has both records apart, each under a number of its domain that is in use. */
export async function keptApartElsewhere(
  tx: Db,
  { sources }: Config,
  given: readonly Identifier[],
  survivorId: string,
  loserId: string,
): Promise<boolean> {
  const telling = new Set(given.map(({ domain }) => domain));
  const others = new Set(sources.map(({ ippDomain }) => ippDomain).filter((domain) => !telling.has(domain)));
  if (others.size === 0) return false;
  const inUse = async (id: string): Promise<Set<string>> =>
    new Set((await identifiersOf(tx, id)).filter(({ retired }) => retired !== true).map(({ domain }) => domain));
  const [mine, theirs] = [await inUse(survivorId), await inUse(loserId)];
  return [...others].some((domain) => mine.has(domain) && theirs.has(domain));
}

/** The numbers given up pass, retired, with the stays and the unsent documents of that domain. */
export async function passNumbers(
  tx: Db,
  config: Config,
  source: Source,
  { given, survivor, loser }: { given: readonly Identifier[]; survivor: IdentityRecord; loser: IdentityRecord },
  cause: Cause,
): Promise<void> {
  await passRetired(tx, given, { from: loser.id, to: survivor.id, at: cause.at });
  // Its version grows: what is being prepared or sent for it by one of these numbers is looked at again.
  await updateIdentity(tx, { ...loser, updatedAt: cause.at });
  const domains = config.sources.filter(({ ippDomain }) => ippDomain !== source.ippDomain);
  const shared = new Set(domains.map(({ eg }) => eg));
  const own = config.sources.filter(({ ippDomain, eg }) => ippDomain === source.ippDomain && !shared.has(eg));
  const stays = await staysOfEstablishments(tx, loser.id, [...new Set(own.map(({ eg }) => eg))]);
  await moveStays(tx, stays, loser.id, survivor.id);
  await moveDocuments(tx, { from: loser.id, to: survivor.id, documentIds: [] });
  for (const id of [loser.id, survivor.id]) {
    await addTask(tx, { kind: 'match', subject: id });
    await addTask(tx, { kind: 'release', subject: id });
  }
  const numbers = given.map(({ value, domain }) => `${value} (domaine ${domain})`).join(', ');
  const entry = { ...cause, requirement: 'practice 15', before: undefined, after: undefined };
  const apart = 'les deux dossiers restent distincts, un autre domaine les distingue';
  await addHistory(tx, loser.id, { ...entry, event: `${numbers} passe au dossier ${survivor.id} ; ${apart}` });
  await addHistory(tx, survivor.id, { ...entry, event: `${numbers} vient du dossier ${loser.id} ; ${apart}` });
}
