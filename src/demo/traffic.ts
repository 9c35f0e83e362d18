/** The sample traffic: each patient is admitted by ADT, then gets a letter by MDM, some also a report by ORU or by local codes, over the same wire as a hospital's. */
import { setTimeout as sleep } from 'node:timers/promises';
import { findSource } from '../config/lookup.ts';
import { receiveAdmission } from '../identity/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { transaction } from '../store/db.ts';
import { readAck } from '../wire/hl7v2/ack.ts';
import { readAdmission } from '../wire/hl7v2/admission.ts';
import { parseMessage } from '../wire/hl7v2/message.ts';
import type { MllpClient } from '../wire/hl7v2/mllp-client.ts';
import {
  buildAdmission,
  buildDocumentMessage,
  buildResultMessage,
  type SamplePatient,
} from '../wire/hl7v2/sample-messages.ts';
import { hl7Timestamp } from '../wire/hl7v2/timestamp.ts';
import { renderLetter } from '../wire/pdf/letter.ts';
import { DEMO_PATIENTS, type DemoPatient, insOfDemoPatient } from './patients.ts';
import { DEMO_IPP_DOMAIN, DEMO_SENDER } from './structure.ts';

/** What every sample message needs. */
interface Clockwork {
  readonly now: () => Date;
  readonly newUuid: () => string;
  /** In contexts 2 and 3 the upstream RI has qualified its patients and sends their INS. */
  readonly context: 1 | 2 | 3;
}

export interface TrafficOptions extends Clockwork {
  readonly client: MllpClient;
  /** Between two patients, milliseconds. */
  readonly paceMs: number;
  readonly onProgress: (line: string) => void;
  readonly stopped: () => boolean;
}

const FROM = { application: 'GAM-DEMO', facility: 'CH-DEMO' };
const DPI = { application: 'DPI-DEMO', facility: 'CH-DEMO' };
const RADIOLOGY = { application: 'RIS-DEMO', facility: 'CH-DEMO' };
const LABORATORY = { application: 'LABO-DEMO', facility: 'CH-DEMO' };
const TO = { application: 'TRAITDUNION', facility: 'CH-DEMO' };

/** Sends everything once. Rejects when a message is not acknowledged: the demonstration would otherwise lie. */
export async function playSampleTraffic(options: TrafficOptions): Promise<void> {
  for (const patient of DEMO_PATIENTS) {
    if (options.stopped()) return;
    await send(options, movementOf(options, patient, 'A01'), `admission ADT^A01 de l'IPP ${patient.ipp}`);
    await send(options, await letterOf(options, patient), `document MDM^T02 de l'IPP ${patient.ipp}`);
    if (patient.report === true)
      await send(options, reportOf(options, patient), `résultats ORU^R01 de l'IPP ${patient.ipp}`);
    if (patient.imaging === true)
      await send(options, imagingOf(options, patient), `compte rendu MDM^T02 de l'IPP ${patient.ipp}, codes locaux`);
    if (patient.discharged === true)
      await send(options, movementOf(options, patient, 'A03'), `sortie ADT^A03 de l'IPP ${patient.ipp}`);
    await sleep(options.paceMs);
  }
}

/**
 * The sample patients without any traffic: read from the same ADT as they would send, then admitted directly. Patients
 * that are here already are only updated.
 */
export async function admitSamplePatients(gateway: UseCaseContext): Promise<void> {
  const clockwork: Clockwork = { now: gateway.now, newUuid: gateway.newUuid, context: gateway.config.context };
  const source = findSource(gateway.config, FROM.application, FROM.facility);
  if (source === undefined) throw new Error('the demonstration declares no source');
  for (const patient of DEMO_PATIENTS) {
    const parsed = parseMessage(movementOf(clockwork, patient, 'A01'));
    const admission = parsed.ok ? readAdmission(parsed.value) : parsed;
    if (!admission.ok) throw new Error(`sample patient ${patient.ipp}: ${admission.refusal.rule.id}`);
    const received = await transaction(gateway.pool, (tx) => receiveAdmission(tx, gateway, admission.value, source));
    if (!received.ok) throw new Error(`sample patient ${patient.ipp}: ${received.refusal.rule.id}`);
  }
}

async function send({ client, onProgress }: TrafficOptions, message: Buffer, what: string): Promise<void> {
  const outcome = await client.send(message);
  if (outcome.kind !== 'answered') throw new Error(`${what} : ${outcome.reason}`);
  const parsed = parseMessage(outcome.message);
  const ack = parsed.ok ? readAck(parsed.value) : parsed;
  if (!ack.ok || ack.value.code !== 'AA')
    throw new Error(`${what} : ${ack.ok ? ack.value.code : ack.refusal.rule.title}`);
  onProgress(`${what} : acquitté`);
}

function samplePatient(patient: DemoPatient, context: 1 | 2 | 3): SamplePatient {
  const settledUpstream = context !== 1 && patient.status === 'VALI' && patient.atInsi === undefined;
  const ins = settledUpstream ? insOfDemoPatient(patient) : undefined;
  return {
    ipp: patient.ipp,
    domain: { namespace: 'CH-DEMO', oid: DEMO_IPP_DOMAIN },
    birthName: patient.birthName,
    firstGivenName: patient.firstGivenName,
    birthGivenNames: patient.birthGivenNames,
    birthDate: patient.birthDate.replaceAll('-', ''),
    sex: patient.sex,
    birthPlace: patient.birthPlace,
    status: patient.status,
    ...(ins === undefined ? {} : { ins }),
    ...(patient.usedName === undefined ? {} : { usedName: patient.usedName, usedGivenName: patient.firstGivenName }),
  };
}

function movementOf({ now, newUuid, context }: Clockwork, patient: DemoPatient, event: 'A01' | 'A03'): Buffer {
  const at = hl7Timestamp(now());
  return buildAdmission({
    from: FROM,
    to: TO,
    controlId: newUuid(),
    sentAt: at,
    event,
    patient: samplePatient(patient, context),
    visit: {
      patientClass: 'I',
      number: `S${patient.ipp}`,
      unit: 'MED A',
      ...(event === 'A01' ? { admittedAt: at } : { dischargedAt: at }),
    },
    movement: { id: `${event}-${patient.ipp}`, startsAt: at, action: 'INSERT', unit: 'MEDA' },
    ...(patient.deviceType === undefined ? {} : { proof: { deviceType: patient.deviceType, obtainedBy: 'SM' } }),
    consent: { feeding: 'INO', consultation: 'IC' },
  });
}

async function letterOf({ now, newUuid, context }: Clockwork, patient: DemoPatient): Promise<Buffer> {
  const at = hl7Timestamp(now());
  const title = 'Lettre de liaison à la sortie';
  const content = await renderLetter({
    title,
    sender: ['Hôpital des Essais', 'Service de médecine A'],
    recipient: ['Docteur Alice DURAND', 'Médecine générale'],
    placeAndDate: `Le ${at.slice(6, 8)}/${at.slice(4, 6)}/${at.slice(0, 4)}`,
    paragraphs: [
      'Chère consœur,',
      'Votre patient a séjourné dans notre service. Ce courrier est un exemple entièrement fictif : il ne décrit aucune personne réelle.',
      '# Motif du séjour',
      'Bilan programmé.',
      '# Synthèse',
      "L'examen clinique est sans particularité. Le bilan biologique est normal. La tolérance du traitement est bonne.",
      '# Suites',
      'Consultation de contrôle dans trois mois.',
    ],
    signature: ['Docteur Claire MARTIN'],
  });
  return buildDocumentMessage({
    from: DPI,
    to: TO,
    controlId: newUuid(),
    sentAt: at,
    kind: 'create',
    profile: 'raw',
    patient: samplePatient(patient, context),
    visit: { patientClass: 'I', number: `S${patient.ipp}`, unit: 'MED A', admittedAt: at, dischargedAt: at },
    type: { code: '11490-0', label: title },
    number: `L-${patient.ipp}`,
    title,
    writtenAt: at,
    content,
    mime: ['application', 'pdf'],
    sender: DEMO_SENDER,
  });
}

/** A laboratory report as text: the software of the laboratory knows neither CDA nor PDF. */
function reportOf({ now, newUuid, context }: Clockwork, patient: DemoPatient): Buffer {
  const at = hl7Timestamp(now());
  return buildResultMessage({
    from: LABORATORY,
    to: TO,
    controlId: newUuid(),
    sentAt: at,
    kind: 'create',
    profile: 'raw',
    patient: samplePatient(patient, context),
    visit: { patientClass: 'I', number: `S${patient.ipp}`, unit: 'MED A', admittedAt: at },
    type: { code: '11502-2', label: "Compte rendu d'examens biologiques" },
    orderNumber: `B-${patient.ipp}`,
    writtenAt: at,
    contents: [Buffer.from(REPORT)],
    mime: ['text', 'plain'],
    sender: DEMO_SENDER,
  });
}

/** The radiology names type and author by codes of its own: the site says what they are, from the console. */
function imagingOf({ now, newUuid, context }: Clockwork, patient: DemoPatient): Buffer {
  const at = hl7Timestamp(now());
  const title = 'Compte rendu de radiologie';
  return buildDocumentMessage({
    from: RADIOLOGY,
    to: TO,
    controlId: newUuid(),
    sentAt: at,
    kind: 'create',
    profile: 'raw',
    patient: samplePatient(patient, context),
    visit: { patientClass: 'I', number: `S${patient.ipp}`, unit: 'RADIO', admittedAt: at },
    type: { code: 'CRRADIO', label: title },
    number: `R-${patient.ipp}`,
    title,
    writtenAt: at,
    content: Buffer.from(IMAGING),
    mime: ['text', 'plain'],
    sender: { ...DEMO_SENDER, id: 'RX07', family: 'BERNARD', given: 'PAUL', idType: 'EI' },
  });
}

const IMAGING = `RADIOGRAPHIE DU THORAX (exemple fictif)

Indication : bilan programmé.
Résultat : silhouette cardiaque normale, pas de foyer parenchymateux.
`;

const REPORT = `NUMÉRATION FORMULE SANGUINE (exemple fictif)

Hémoglobine          13,8 g/dL      12,0 à 16,0
Leucocytes            6,4 G/L        4,0 à 10,0
Plaquettes            248 G/L      150 à 400

Conclusion : examen sans particularité.
`;
