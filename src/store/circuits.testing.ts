/** For tests: one circuit as it stands. */
import { allCircuits, type Circuit, type Service } from './circuits.ts';
import type { Db } from './db.ts';

export async function circuitOf(db: Db, service: Service): Promise<Circuit | undefined> {
  return (await allCircuits(db)).find((circuit) => circuit.service === service);
}
