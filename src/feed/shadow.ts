/** What would leave by API V2 for a document in the shadow: composed and signed, compared with itself, and not sent. */
import { coherenceOf } from './coherence.ts';
import type { FeedContext } from './dmp-circuit.ts';
import type { Composes } from './process-document.ts';
import { actingFor, submissionOf } from './submission.ts';

export function composesFor(context: FeedContext): Composes {
  return async ({ document, patient }, prepared) => {
    const { cda, header } = prepared.value;
    const submission = submissionOf(context, document, patient, { bytes: cda, header });
    if (!submission.ok) return submission;
    const composed = await context.dmp.compose(submission.value, actingFor(context, document));
    if (!composed.ok) return composed;
    const { stop } = coherenceOf(context, [document], patient, composed.value.leaving);
    return stop === undefined ? prepared : { ok: false, refusal: stop };
  };
}
