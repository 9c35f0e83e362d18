/** What the pages that read the DMP work with. */
import type { ConsultationContext, Reading } from '../consultation/index.ts';
import type { IdentityRecord } from '../store/identities.ts';
import type { Visit } from './visit.ts';

/** What a console that reaches the DMP has besides; undefined where nobody can read it. */
export type ReadingMeans = Pick<ConsultationContext, 'dmp' | 'consultations'> | undefined;

export interface DmpVisit {
  readonly visit: Visit;
  readonly context: ConsultationContext;
  readonly reading: Reading;
  readonly identity: IdentityRecord;
  /** Of these pages, for this patient. */
  readonly url: string;
}
