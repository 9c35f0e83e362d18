/** One request of an old connector, from its bytes to its answer: read, its caller known, then done or refused with a reason. */
import { legacyRules } from '../rules/legacy.ts';
import type { Refusal, Result, Rule } from '../rules/rule.ts';
import { answered, type LegacyAnswer } from '../wire/legacy/answer.ts';
import { existenceAnswer } from '../wire/legacy/existence-question.ts';
import type { LegacyPost } from '../wire/legacy/https-door.ts';
import { type LegacyRequest, readLegacyRequest } from '../wire/legacy/request.ts';
import type { LegacyApi } from '../wire/legacy/submission.ts';
import { callerOf, type LegacySource, sourcesOfCertificate } from './caller.ts';
import type { LegacyContext } from './context.ts';
import { createExistenceDesk, type ExistenceDesk } from './existence.ts';
import { ACTIONS, faultFor, refusedAs, wordsOf } from './explain.ts';
import { note } from './note.ts';
import { receiveSubmission } from './receive.ts';

export interface LegacyDesk {
  answer(post: LegacyPost): Promise<LegacyAnswer>;
  /** What could not be given to `answer`. */
  refuse(refusal: Refusal): LegacyAnswer;
}

const SERVICES =
  /^\/si-dmp-server\/(v[12])\/services\/(?:patients|registry|repository|patientCertif|habilitations|patientsPDQ|patientsSpecific)\/?$/;
const NO_FRAME = { soap: '1.2', messageId: '' } as const;

export function createLegacyDesk(context: LegacyContext): LegacyDesk {
  const existence = createExistenceDesk(context);
  const refuse = (refusal: Refusal) => faultFor(NO_FRAME, context.newUuid(), refusal);
  return {
    refuse,
    answer: async (post) => {
      const api = apiOf(post.path);
      if (api === undefined) return { ...refuse({ rule: legacyRules.addressUnknown }), status: 404 };
      // The door has looked already; another certificate may have been declared for the connection since.
      if (sourcesOfCertificate(context.config, post.peer.certificateName).length === 0)
        return { ...refuse({ rule: legacyRules.certificateUndeclared }), status: 403 };
      const read = readLegacyRequest(api, post.contentType, post.body);
      if (!read.ok) return faultFor(read.frame, context.newUuid(), read.refusal);
      return serve(context, existence, api, post, read.value);
    },
  };
}

/** By its path, the only thing that tells the two versions apart on the wire (dmp.md 1.2). */
function apiOf(path: string): LegacyApi | undefined {
  const version = SERVICES.exec(path)?.[1];
  return version === undefined ? undefined : version === 'v1' ? 'V1' : 'V2';
}

/** The answer, and why it is no success. */
interface Told {
  readonly answer: LegacyAnswer;
  readonly refusal?: Refusal;
}

/** Refused whoever asks and whatever the request says (practice 20 and 21). */
const ALWAYS_REFUSED: Readonly<Record<string, Rule>> = {
  'TD0.0': legacyRules.certifiedIdentityRefused,
  'TD3.1a': legacyRules.consultationRefused,
  'TD3.2': legacyRules.consultationRefused,
};

async function serve(
  context: LegacyContext,
  existence: ExistenceDesk,
  api: LegacyApi,
  post: LegacyPost,
  request: LegacyRequest,
): Promise<LegacyAnswer> {
  const { certificateName } = post.peer;
  const caller = request.vihf.ok ? callerOf(context, { api, certificateName, vihf: request.vihf.value }) : request.vihf;
  const told = await tell(context, existence, post, request, caller);
  const [declared] = sourcesOfCertificate(context.config, certificateName).filter(({ legacy }) => legacy.api === api);
  note(context, { api, certificateName, request, source: caller.ok ? caller.value : declared, told });
  return told.answer;
}

async function tell(
  context: LegacyContext,
  existence: ExistenceDesk,
  post: LegacyPost,
  { frame, transaction, question }: LegacyRequest,
  caller: Result<LegacySource>,
): Promise<Told> {
  const id = context.newUuid();
  const refused = (refusal: Refusal): Told => ({ answer: refusedAs(transaction, frame, id, refusal), refusal });
  const always = ALWAYS_REFUSED[transaction];
  if (always !== undefined) return refused({ rule: always });
  if (!caller.ok) return { answer: faultFor(frame, id, caller.refusal), refusal: caller.refusal };
  if (question === undefined) return refused({ rule: legacyRules.transactionRefused, detail: transaction });
  if (!question.ok) return refused(question.refusal);
  const asked = question.value;
  if (asked.transaction === 'TD2.1') {
    const raw = { ...post, peer: post.peer.certificateName, messageId: frame.messageId };
    await receiveSubmission(context, caller.value, asked.submission, raw);
    return refused({ rule: legacyRules.notRecorded, detail: 'document conservé, pas encore accepté par le DMP' });
  }
  if (asked.transaction !== 'TD0.2') return refused({ rule: legacyRules.notRecorded });
  const reply = await existence.ask(caller.value, asked.question.patient);
  const said = reply.ok
    ? reply.value
    : ({ kind: 'refused', code: reply.refusal.rule.id, text: wordsOf(reply.refusal) } as const);
  const content = existenceAnswer(asked.question, said, { id: context.newUuid(), at: context.now() });
  const answer = answered(frame, ACTIONS.existence, id, content);
  return reply.ok ? { answer } : { answer, refusal: reply.refusal };
}
