/** Establishments as the console names them. */
import type { Config } from '../config/schema.ts';

/** The declared name of an EG, or its FINESS when it is no longer declared. */
export function establishmentName(config: Config, eg: string): string {
  for (const legal of config.legalEntities)
    for (const geographic of legal.geographicEntities) if (geographic.finess === eg) return geographic.name;
  return eg;
}

/** Those that this person may see, for a filter. */
export function establishmentChoices(config: Config, eg: string | null): { value: string; label: string }[] {
  return config.legalEntities
    .flatMap((legal) => legal.geographicEntities)
    .filter(({ finess }) => eg === null || eg === finess)
    .map(({ finess, name }) => ({ value: finess, label: name }));
}
