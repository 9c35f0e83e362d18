/** INSi, the DMP and the stamper as a test wants them: every answer is chosen, and what they were asked is kept. */
import { ok } from '../../src/rules/rule.ts';
import type { Leaving } from '../../src/wire/coherence/leaving.ts';
import type { ComposedSubmission, DmpClient } from '../../src/wire/dmp/client.ts';
import type { Existence } from '../../src/wire/dmp/existence.ts';
import type { DmpAnswer, SubmitOutcome } from '../../src/wire/dmp/outcome.ts';
import type { CardReading } from '../../src/wire/insi/card-reading.ts';
import type { InsiClient } from '../../src/wire/insi/client.ts';
import type { InsiOutcome } from '../../src/wire/insi/outcome.ts';
import type { InsiQuery } from '../../src/wire/insi/query.ts';
import type { HeldIns, VerificationAnswer } from '../../src/wire/insi/verification-request.ts';
import type { Stamper } from '../../src/wire/pdf/isolated-stamp.ts';
import type { Acting } from '../../src/wire/vihf/acting.ts';
import { documentId, SIGNATURE_ID, submitObjectsRequest } from '../../src/wire/xds/ebxml.ts';
import { insCx } from '../../src/wire/xds/identifiers.ts';
import type { FoundDocument } from '../../src/wire/xds/query.ts';
import { signatureEntry } from '../../src/wire/xds/signature-entry.ts';
import type { Deletion } from '../../src/wire/xds/status-update.ts';
import type { Submission } from '../../src/wire/xds/submission.ts';
import { escapeXml } from '../../src/wire/xml/xml.ts';

export interface FakeInsi extends InsiClient {
  readonly asked: InsiQuery[];
  readonly cards: CardReading[];
  readonly verified: HeldIns[];
  answer: (query: InsiQuery) => InsiOutcome | Promise<InsiOutcome>;
  cardAnswer: (card: CardReading) => InsiOutcome | Promise<InsiOutcome>;
  verifyAnswer: (held: HeldIns) => VerificationAnswer | Promise<VerificationAnswer>;
}

export interface FakeDmp extends DmpClient {
  readonly submitted: Submission[];
  readonly removed: Deletion[];
  existenceAnswer: () => DmpAnswer<Existence> | Promise<DmpAnswer<Existence>>;
  submitAnswer: () => SubmitOutcome | Promise<SubmitOutcome>;
  /** By uniqueId or entryUUID. */
  findAnswer: (name: string) => DmpAnswer<readonly FoundDocument[]>;
  removeAnswer: () => SubmitOutcome | Promise<SubmitOutcome>;
}

export const STAMPER: Stamper = {
  readMarks: async () => ({ ok: true, value: { outcome: 'already-marked', symbols: [] } }),
  checkPdfA: async (bytes) => ok({ findings: [], pageCount: 1, bytes: bytes.length, signed: false }),
  compare: async () => {
    throw new Error('no conversion is expected');
  },
  stamp: async (bytes) =>
    ok({
      outcome: 'stamped',
      bytes,
      zone: { x: 0, y: 0, width: 1, height: 1 },
      coverPage: false,
      pagesWithoutTraits: [],
    }),
  close: async () => undefined,
};

export function fakeInsi(answer: () => InsiOutcome): FakeInsi {
  const fake: FakeInsi = {
    asked: [],
    cards: [],
    verified: [],
    answer,
    cardAnswer: answer,
    verifyAnswer: () => ({ kind: 'identical' }),
    search: async (query) => {
      fake.asked.push(query);
      return fake.answer(query);
    },
    searchByCard: async (card) => {
      fake.cards.push(card);
      return fake.cardAnswer(card);
    },
    verify: async (held) => {
      fake.verified.push(held);
      return fake.verifyAnswer(held);
    },
  };
  return fake;
}

/** From now on, or for the next submission alone, what was composed is changed before it is looked at and sent. */
export function recompose(
  dmp: { compose: DmpClient['compose'] },
  change: (composed: ComposedSubmission, submission: Submission) => ComposedSubmission,
  { once = false } = {},
): void {
  const { compose } = dmp;
  dmp.compose = async (...call) => {
    if (once) dmp.compose = compose;
    const composed = await compose(...call);
    return composed.ok ? ok(change(composed.value, call[0])) : composed;
  };
}

export function fakeDmp(): FakeDmp {
  const fake: FakeDmp = {
    submitted: [],
    removed: [],
    existenceAnswer: () => ({
      kind: 'answered',
      value: { state: 'active', authorisation: 'valid', treatingPhysician: false },
    }),
    submitAnswer: () => ({ kind: 'accepted', warnings: [] }),
    findAnswer: () => ({ kind: 'answered', value: [] }),
    existence: async () => fake.existenceAnswer(),
    compose: async (submission, acting) =>
      ok({
        leaving: leavingOf(submission, acting),
        send: async () => {
          fake.submitted.push(submission);
          return fake.submitAnswer();
        },
      }),
    find: async (uniqueId) => fake.findAnswer(uniqueId),
    findEntry: async (entryUuid) => fake.findAnswer(entryUuid),
    removeAnswer: () => ({ kind: 'accepted', warnings: [] }),
    remove: async (deletion) => {
      fake.removed.push(deletion);
      return fake.removeAnswer();
    },
  };
  return fake;
}

/** What the DMP client would put on the wire, but for its signatures. */
function leavingOf(submission: Submission, acting: Acting): Leaving {
  const uniqueIds = [submission.uniqueId, ...submission.documents.map(({ entry }) => entry.uniqueId)];
  const bytes = Buffer.from(uniqueIds.map((oid) => `<Reference URI="urn:oid:${oid}"/>`).join(''));
  const institution = acting.structure;
  const signature = { entry: signatureEntry(submission, institution), bytes };
  const attributes = {
    Identifiant_Structure: institution.id,
    Secteur_Activite: acting.sector,
    'urn:oasis:names:tc:xacml:2.0:resource:resource-id': insCx(submission.documents[0].entry.patient.ins),
    ...(acting.secretConnection && {
      'urn:oasis:names:tc:xspa:1.0:resource:patient:hl7:confidentiality-code': 'INVISIBLE_REPRESENTANTS_LEGAUX',
    }),
  };
  const said = Object.entries(attributes).map(
    ([name, value]) => `<Attribute Name="${name}"><AttributeValue>${escapeXml(value)}</AttributeValue></Attribute>`,
  );
  return {
    metadata: submitObjectsRequest({ submission, signature, institution, sourceId: '1.2.3', sendHashAndSize: true }),
    assertion: `<Assertion><NameID>${acting.responsible.id}</NameID>${said.join('')}</Assertion>`,
    parts: [
      ...submission.documents.map((document, index) => ({ id: documentId(index), bytes: document.bytes })),
      { id: SIGNATURE_ID, bytes },
    ],
  };
}
