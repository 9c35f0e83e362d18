/** New patients of a replay, admitted by ADT as their GAM would: VALI, the identity document seen. */
import { randomUUID } from 'node:crypto';
import { readAck } from '../../wire/hl7v2/ack.ts';
import { parseMessage } from '../../wire/hl7v2/message.ts';
import type { MllpClient } from '../../wire/hl7v2/mllp-client.ts';
import { buildAdmission } from '../../wire/hl7v2/sample-messages.ts';
import { hl7Timestamp } from '../../wire/hl7v2/timestamp.ts';
import { REPLAY_DOMAIN, type ReplayPatient } from './world.ts';

export interface Newcomer {
  readonly patient: ReplayPatient;
  readonly facility: string;
}

/** Rejects when one is not acknowledged. */
export async function admit(client: MllpClient, newcomers: readonly Newcomer[], now: () => Date): Promise<void> {
  await Promise.all(newcomers.map((newcomer) => admitOne(client, newcomer, now)));
}

async function admitOne(client: MllpClient, { patient, facility }: Newcomer, now: () => Date): Promise<void> {
  const at = hl7Timestamp(now());
  const { ipp, birthName, firstGivenName, sex, birthDate, birthPlace } = patient;
  const message = buildAdmission({
    from: { application: 'GAM', facility },
    to: { application: 'TRAITDUNION', facility },
    controlId: randomUUID().slice(0, 20),
    sentAt: at,
    event: 'A01',
    patient: {
      ...{ ipp, birthName, firstGivenName, sex, birthPlace },
      birthGivenNames: firstGivenName,
      birthDate: birthDate.replaceAll('-', ''),
      domain: { namespace: 'CH-DEMO', oid: REPLAY_DOMAIN },
      status: 'VALI',
    },
    visit: { patientClass: 'I', number: `S${ipp}`, unit: 'MED A', admittedAt: at },
    movement: { id: `A01-${ipp}`, startsAt: at, action: 'INSERT', unit: 'MEDA' },
    proof: { deviceType: 'CN', obtainedBy: 'SM' },
    consent: { feeding: 'INO', consultation: 'IC' },
  });
  const outcome = await client.send(message);
  const parsed = outcome.kind === 'answered' ? parseMessage(outcome.message) : undefined;
  const ack = parsed?.ok === true ? readAck(parsed.value) : undefined;
  if (ack?.ok !== true || ack.value.code !== 'AA') throw new Error(`admission of ${ipp} not acknowledged`);
}
