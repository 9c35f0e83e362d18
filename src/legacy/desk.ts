/** One request of an old connector, from its bytes to its answer: read, its caller known, then done or refused with a reason. */
import { legacyRules } from '../rules/legacy.ts';
import type { Refusal, Result, Rule } from '../rules/rule.ts';
import type { LegacyAnswer } from '../wire/legacy/answer.ts';
import type { LegacyPost } from '../wire/legacy/https-door.ts';
import { type LegacyRequest, readLegacyRequest } from '../wire/legacy/request.ts';
import type { LegacyApi } from '../wire/legacy/submission.ts';
import { callerOf, type LegacySource, sourcesOfCertificate } from './caller.ts';
import type { LegacyContext } from './context.ts';
import { createExistenceDesk, type ExistenceDesk } from './existence.ts';
import { faultFor, refusedAs } from './explain.ts';
import { note, noteUnread } from './note.ts';
import { perform, type Told } from './perform.ts';

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
      if (!read.ok) {
        noteUnread(context, { api, certificateName: post.peer.certificateName }, read.refusal);
        return faultFor(read.frame, context.newUuid(), read.refusal);
      }
      return serve(context, existence, api, post, read.value);
    },
  };
}

/** By its path, the only thing that tells the two versions apart on the wire (dmp.md 1.2). */
function apiOf(path: string): LegacyApi | undefined {
  const version = SERVICES.exec(path)?.[1];
  return version === undefined ? undefined : version === 'v1' ? 'V1' : 'V2';
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
  { frame, transaction, vihf, question }: LegacyRequest,
  caller: Result<LegacySource>,
): Promise<Told> {
  const id = context.newUuid();
  const refused = (refusal: Refusal): Told => ({ answer: refusedAs(transaction, frame, id, refusal), refusal });
  const always = ALWAYS_REFUSED[transaction];
  if (always !== undefined) return refused({ rule: always });
  if (!caller.ok) return { answer: faultFor(frame, id, caller.refusal), refusal: caller.refusal };
  if (question === undefined) return refused({ rule: legacyRules.transactionRefused, detail: transaction });
  if (!question.ok) return refused(question.refusal);
  const claimed = vihf.ok ? vihf.value.patient : undefined;
  try {
    return await perform({ ...context, existence }, { source: caller.value, post, frame, id, claimed }, question.value);
  } catch (error) {
    // Nothing of it is kept: the connector comes again.
    context.log.error({ err: error, transaction }, 'legacy request failed');
    return refused({ rule: legacyRules.notRecorded });
  }
}
