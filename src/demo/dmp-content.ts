/** What other structures put into the simulated DMP before: a few documents of the sample patients, to read from the console. */
import { readFile } from 'node:fs/promises';
import { DEMO_PATIENTS, type DemoPatient, insOfDemoPatient } from './patients.ts';

const FOLDER = new URL('../../samples/dmp/', import.meta.url);

interface SampleDocument {
  readonly file: string;
  readonly visibilities: readonly string[];
}

/** In order: the second prescription replaces the first. */
const SAMPLE_DOCUMENTS: readonly SampleDocument[] = [
  { file: 'lettre-de-liaison.xml', visibilities: [] },
  { file: 'biologie.xml', visibilities: [] },
  { file: 'consultation.xml', visibilities: ['MASQUE_PS'] },
  { file: 'anatomie-pathologique.xml', visibilities: ['INVISIBLE_PATIENT'] },
  { file: 'imagerie.xml', visibilities: [] },
  { file: 'ordonnance-1.xml', visibilities: [] },
  { file: 'ordonnance-2.xml', visibilities: [] },
];

/** Nobody has declared an authorisation on this DMP yet: to read it, a professional first does so (TD0.3). */
const UNAUTHORISED = 'D100002';

/** By the simulator's control API. What a kept folder already holds stays as it is. */
export async function fillDmp(control: string): Promise<void> {
  for (const patient of DEMO_PATIENTS) {
    const known = insOfDemoPatient(patient);
    if (known !== undefined) await introduce(control, patient, known);
  }
  for (const { file, visibilities } of SAMPLE_DOCUMENTS) {
    const cda = (await readFile(new URL(file, FOLDER))).toString('base64');
    await post(`${control}/documents`, { cda, visibilities });
  }
}

/** Once: what was declared since by TD0.3 is not undone by a restart. */
async function introduce(
  control: string,
  patient: DemoPatient,
  ins: { readonly matricule: string; readonly oid: string },
): Promise<void> {
  const held = await post(`${control}/patients/search`, ins);
  if (typeof held === 'object' && held !== null && 'traits' in held) return;
  const { birthName, firstGivenName, sex, birthDate, usedName } = patient;
  await post(`${control}/patients`, {
    ...ins,
    state: 'active',
    authorisation: patient.ipp === UNAUTHORISED ? 'NON_EXISTE' : 'VALIDE',
    traits: { birthName, firstGivenName, sex, birthDate, ...(usedName === undefined ? {} : { usedName }) },
  });
}

async function post(url: string, body: object): Promise<unknown> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${new URL(url).pathname} : ${response.status}`);
  return response.json();
}
