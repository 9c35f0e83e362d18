/** Every reliability case that one command runs. A new one is added here and in docs/developers.md. */
import { PROCESS_CASES } from '../processes/cases.ts';
import { ambiguousOutcomes } from './ambiguous.ts';
import { boundaries } from './boundaries.ts';
import { carelessReplay } from './careless-replay.ts';
import { cutOver } from './cut-over.ts';
import { dmpAway } from './dmp-away.ts';
import { flood } from './flood.ts';
import type { HostileCase } from './hostile-case.ts';
import { identities } from './identities.ts';
import { insiAway } from './insi-away.ts';
import { kills } from './kills.ts';
import { fullDisk, readOnly } from './no-storage.ts';
import { slowService } from './slow-service.ts';
import { transport } from './transport.ts';
import { wrongCertificates } from './wrong-certificates.ts';

export const HOSTILE_CASES: readonly HostileCase[] = [
  kills,
  boundaries,
  ambiguousOutcomes,
  dmpAway,
  insiAway,
  slowService,
  readOnly,
  fullDisk,
  wrongCertificates,
  cutOver,
  transport,
  flood,
  carelessReplay,
  identities,
  ...PROCESS_CASES,
];
