/** The use cases with subscribers whose every answer is chosen; they are told when a test says so. */
import type { TestContext } from 'node:test';
import { openBench, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import type { ConfigInput } from '../config/schema.ts';
import { many } from '../store/db.ts';
import { buildAck } from '../wire/hl7v2/ack.ts';
import { salvageHeader } from '../wire/hl7v2/header.ts';
import { type Merge, readMerge } from '../wire/hl7v2/merge.ts';
import { parseMessage, segmentNamed } from '../wire/hl7v2/message.ts';
import type { MllpClient, MllpOutcome } from '../wire/hl7v2/mllp-client.ts';
import { type PatientSegment, readPatient } from '../wire/hl7v2/patient-segment.ts';
import { serveOne } from './drain.ts';
import { declareConfigured } from './sender.ts';

type SubscriberInput = NonNullable<NonNullable<ConfigInput['diffusion']>['subscribers']>[number];

/** What a subscriber read. */
export interface Heard {
  readonly to: string;
  readonly event: string;
  readonly controlId: string;
  readonly patient: PatientSegment;
  readonly retired: readonly string[];
  readonly text: string;
}

export interface DiffusionBench extends UseCaseBench {
  readonly heard: Heard[];
  /** What comes back of a message; accepted unless told. */
  answer: (heard: Heard, frame: Buffer) => MllpOutcome | Promise<MllpOutcome>;
  /** Serves every subscriber that may be served now, until nothing is left to tell. */
  tell(): Promise<void>;
  /** `event PID-3.1[+INS]`, in order, of one subscriber or all; forgets them. */
  told(name?: string): string[];
  entries(): Promise<{ kind: string; state: string; event: string | null; ruleId: string | null }[]>;
}

export function subscriber(name: string, parts: Partial<SubscriberInput> = {}): SubscriberInput {
  return { name, application: name, facility: 'CH-DEMO', host: '127.0.0.1', port: 1, tls: false, ...parts };
}

export function acknowledged(frame: Buffer, code: 'AA' | 'AE' | 'AR' = 'AA', text = ''): MllpOutcome {
  const header = salvageHeader(frame);
  if (header === undefined) throw new Error('no MSH');
  const accepted = buildAck(header, 'accepted', { now: new Date(0), controlId: 'R' }).toString('utf8');
  const error = text === '' ? '' : `ERR|||207|E||||${text}\r`;
  return { kind: 'answered', message: Buffer.from(accepted.replace('MSA|AA', `MSA|${code}`) + error, 'utf8') };
}

export async function openDiffusion(
  t: TestContext,
  subscribers: readonly SubscriberInput[],
  change: (config: ConfigInput) => ConfigInput = (config) => config,
): Promise<DiffusionBench> {
  const bench = await openBench(t, (config) => change({ ...config, diffusion: { subscribers: [...subscribers] } }));
  await declareConfigured(bench.context);
  const heard: Heard[] = [];
  const diffusion: DiffusionBench = Object.assign(bench, {
    heard,
    answer: (_: Heard, frame: Buffer) => acknowledged(frame),
    tell: async () => {
      const busy = new Set<string>();
      // A subscriber that is held back is looked at and left: several looks, so that it hides no other.
      for (let idle = 0; idle < subscribers.length + 1; )
        idle = (await serveOne(bench.context, clientOf, busy)) ? 0 : idle + 1;
    },
    told: (name?: string) => {
      const all = heard.splice(0);
      return all
        .filter(({ to }) => name === undefined || to === name)
        .map(({ event, patient, retired }) => {
          const ins = patient.ins === undefined ? '' : '+INS';
          const withdrawn = patient.withdrawnIns.length === 0 ? '' : '-INS';
          const numbers = patient.ipps.map(({ value }) => value).join(',');
          return `${event} ${numbers}${ins}${withdrawn}${retired.length === 0 ? '' : ` < ${retired.join(',')}`}`;
        });
    },
    entries: () =>
      many(
        bench.context.pool,
        'select kind, state, event, rule_id as "ruleId" from diffusion_entry order by id',
      ) as ReturnType<DiffusionBench['entries']>,
  });
  const clientOf = ({ name }: { readonly name: string }): MllpClient => ({
    send: async (message) => {
      const frame = Buffer.from(message);
      const one = read(name, frame);
      heard.push(one);
      return diffusion.answer(one, frame);
    },
    close: async () => undefined,
  });
  return diffusion;
}

function read(to: string, frame: Buffer): Heard {
  const parsed = parseMessage(frame);
  if (!parsed.ok) throw new Error(parsed.refusal.rule.title);
  const header = salvageHeader(frame);
  const pid = segmentNamed(parsed.value, 'PID');
  const patient = pid && readPatient(pid);
  if (header === undefined || patient === undefined || !patient.ok) throw new Error('no patient');
  const merge: Merge | undefined = header.event === 'A40' || header.event === 'A47' ? mergeOf(parsed.value) : undefined;
  return {
    to,
    event: header.event ?? '',
    controlId: header.controlId ?? '',
    patient: patient.value,
    retired: merge?.retired.map(({ value }) => value) ?? [],
    text: frame.toString('utf8'),
  };
}

function mergeOf(message: Parameters<typeof readMerge>[0]): Merge {
  const merge = readMerge(message);
  if (!merge.ok) throw new Error(merge.refusal.rule.title);
  return merge.value;
}
