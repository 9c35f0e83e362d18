/** What every use case is given: configuration, database, time and chance, all injected. */
import type { Logger } from 'pino';
import type { Config } from '../config/schema.ts';
import type { SeenHealthy } from '../store/circuits.ts';
import type { Pool } from '../store/db.ts';
import type { KeptBytes } from '../store/kept.ts';
import type { Observer } from '../store/observed.ts';

export interface UseCaseContext {
  readonly config: Config;
  readonly pool: Pool;
  readonly now: () => Date;
  readonly newUuid: () => string;
  readonly log: Logger;
  /** Of the documents on their way in this process; without it they are read from the database. */
  readonly kept?: KeptBytes;
  /** When this process last saw a national service healthy; without it each call asks the database. */
  readonly seenHealthy?: SeenHealthy;
  /** Counts what the doors of this process see; without it nothing is counted. */
  readonly observer?: Observer;
}
