/** What is about to leave for the DMP, compared with what is meant to (promise 4, `src/wire/coherence`). */

import { structureIdOfFiness } from '../codes/national-ids.ts';
import { establishmentOf } from '../config/lookup.ts';
import type { QualifiedIdentity } from '../ins/types.ts';
import type { Refusal } from '../rules/rule.ts';
import type { DocumentRecord } from '../store/documents.ts';
import { refusalOf } from '../wire/coherence/difference.ts';
import { incoherences, type Leaving } from '../wire/coherence/leaving.ts';
import type { FeedContext } from './dmp-circuit.ts';
import { visibilityOf } from './submission.ts';

export interface Coherence {
  /** Nothing leaves when there is one: what stops it, with the other differences told in its detail. */
  readonly stop: Refusal | undefined;
  /** Shown in the timeline once the document has left. */
  readonly warnings: readonly Refusal[];
}

export function coherenceOf(
  { config }: FeedContext,
  /** In the order in which they leave; of one establishment. */
  documents: readonly [DocumentRecord, ...DocumentRecord[]],
  patient: QualifiedIdentity,
  leaving: Leaving,
): Coherence {
  const { geographic, legal } = establishmentOf(config, documents[0].eg);
  const found = incoherences(leaving, {
    patient,
    structure: structureIdOfFiness(geographic.finess) ?? '',
    sector: geographic.sector,
    legalEntity: legal.finess,
    visibility: documents.map(visibilityOf),
  });
  const stops = found.filter(({ stops }) => stops).map(refusalOf);
  const warnings = found.filter(({ stops }) => !stops).map(refusalOf);
  const [first, ...others] = stops;
  if (first === undefined) return { stop: undefined, warnings };
  const also = others.map(({ rule, detail }) => `${rule.id} ${detail ?? ''}`);
  return { stop: { ...first, detail: [first.detail ?? '', ...also].join(' · ') }, warnings };
}
