/** Stages that read bytes: HL7, Base64, hashes. */
import { createHash, randomBytes } from 'node:crypto';
import { decodeBase64 } from '../../src/wire/hl7v2/base64.ts';
import { parseMessage, read, segmentNamed } from '../../src/wire/hl7v2/message.ts';
import { admission, document, randomPdf } from '../support/messages.ts';
import { scanSegments } from './floors.ts';
import { opensslDigests } from './openssl.ts';
import type { Stage } from './timer.ts';

const SIZE = 200_000;

export async function byteStages(opensslSeconds: number): Promise<Stage[]> {
  const content = randomBytes(SIZE);
  const base64 = Buffer.from(content.toString('base64'), 'latin1');
  return [
    parse('hl7-parse-adt', admission()),
    parse('hl7-parse-mdm-200kb', document(randomPdf(150_000))),
    {
      name: 'base64-decode-200kb',
      ours: () => decodeBase64(base64),
      floor: {
        what: "Buffer.from(bytes.toString('latin1'), 'base64'), nothing checked",
        run: () => Buffer.from(base64.toString('latin1'), 'base64'),
      },
    },
    await digest('sha1', content, opensslSeconds),
    await digest('sha256', content, opensslSeconds),
  ];
}

/** As the floor: up to the patient's number. */
function parse(name: string, message: Buffer): Stage {
  return {
    name,
    ours: () => {
      const parsed = parseMessage(message, { defaultEncoding: '8859/1' });
      if (!parsed.ok) throw new Error(`${name}: ${parsed.refusal.rule.id}`);
      return read(segmentNamed(parsed.value, 'PID'), 3);
    },
    floor: { what: 'bytes scanned, fields of short segments split, OBX-5 left', run: () => scanSegments(message) },
  };
}

async function digest(hash: 'sha1' | 'sha256', content: Buffer, opensslSeconds: number): Promise<Stage> {
  const ours = () => createHash(hash).update(content).digest('hex');
  const perSecond = await opensslDigests(hash, content.length, opensslSeconds);
  return {
    name: `${hash}-200kb`,
    ours,
    floor:
      perSecond === undefined
        ? { what: 'node:crypto (no openssl here)', run: ours }
        : { what: 'openssl speed', perSecond },
  };
}
