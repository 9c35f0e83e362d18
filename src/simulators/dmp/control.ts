/** What the control API of the DMP simulator offers besides the faults. Source: design.md 10. */
import { z } from 'zod';
import { isInsC } from '../../ins/ins-c.ts';
import type { ControlRoutes } from '../common/control.ts';
import type { Stats } from '../common/stats.ts';
import { INVISIBLE_TO_PATIENT, INVISIBLE_TO_REPRESENTATIVES, visibilitiesOf } from './access.ts';
import { deposit } from './deposit.ts';
import type { FeedContext } from './feed.ts';
import { AUTHORISATIONS, type HeldDocument, OPPOSITIONS, PATIENT_STATES, type Patient } from './held.ts';
import type { Holdings } from './holdings.ts';
import { codesOf } from './metadata.ts';
import { type Openings, openingsOrder } from './openings.ts';
import { type RefusalBoard, refusalOrder } from './refusals.ts';
import { INS_OIDS, isMatricule } from './values.ts';
import { ENTRY } from './xds-vocabulary.ts';

const search = z.strictObject({
  uniqueId: z.string().optional(),
  matricule: z.string().optional(),
  oid: z.string().optional(),
  /** What this person sees in Mon espace santé; all that is held unless told. */
  viewer: z.enum(['patient', 'representative']).optional(),
});
const ins = {
  matricule: z.string().refine(isMatricule, 'not a matricule'),
  oid: z.string().refine((oid) => oid in INS_OIDS, 'not an INS OID'),
};
const grant = z.strictObject({
  holder: z.string().min(1),
  state: z.enum(AUTHORISATIONS).default('VALIDE'),
  treatingPhysician: z.boolean().default(false),
  names: z.strictObject({ family: z.string(), given: z.string() }).optional(),
});
const traits = z.strictObject({
  birthName: z.string().min(1),
  usedName: z.string().optional(),
  firstGivenName: z.string().min(1),
  sex: z.enum(['M', 'F', 'U']),
  birthDate: z.iso.date(),
  city: z.string().optional(),
  postalCode: z.string().optional(),
  telecoms: z.array(z.string()).optional(),
});
/** State and authorisation are set; of the rest, what is not given stays as it is. */
const patient = z.strictObject({
  ...ins,
  // `active` is what TD0.2 calls it.
  state: z.enum([...PATIENT_STATES, 'active']).transform((state) => (state === 'active' ? 'open' : state)),
  authorisation: z.enum(AUTHORISATIONS).default('VALIDE'),
  attachedToMes: z.boolean().optional(),
  internetAccount: z.boolean().optional(),
  oppositions: z.array(z.enum(OPPOSITIONS)).optional(),
  grants: z.array(grant).optional(),
  traits: traits.optional(),
  formerIns: z.array(z.strictObject(ins)).optional(),
  /** INS-C that no trait tells, and whose card it is: the other INS-C is computed from them. */
  insC: z.array(z.string().refine(isInsC, 'not an INS-C')).optional(),
  insured: z
    .strictObject({ nir: z.string().length(13).or(z.string().length(15)), birthRank: z.int().min(1) })
    .optional(),
});
const deposited = z.strictObject({
  cda: z.base64(),
  visibilities: z.array(z.enum(['MASQUE_PS', 'INVISIBLE_PATIENT', 'INVISIBLE_REPRESENTANTS_LEGAUX'])).default([]),
  formatCode: z.string().optional(),
});
const content = z.strictObject({ entryUUID: z.string() });

interface Boards {
  readonly stats: Stats;
  readonly refusals: RefusalBoard;
  readonly openings: Openings;
}

export function controlRoutes(context: FeedContext, { stats, refusals, openings }: Boards): ControlRoutes {
  const { holdings, policy } = context;
  return {
    'GET /stats': async () => stats.report(),
    'POST /documents/search': async (body) => {
      const { uniqueId, matricule, oid, viewer } = search.parse(body ?? {});
      const found = holdings
        .documents(matricule === undefined ? undefined : { value: matricule, ...(oid === undefined ? {} : { oid }) })
        .filter((document) => document.kind === 'document' && (uniqueId ?? document.uniqueId) === document.uniqueId)
        .filter((document) => viewer === undefined || isShownTo(viewer, document, holdings));
      return { items: found.map((document) => describe(document, holdings)) };
    },
    'POST /documents/content': async (body) => {
      const document = holdings.byEntryUUID(content.parse(body).entryUUID);
      if (document === undefined) return { found: false };
      return { found: true, base64: (await holdings.content(document.entryUUID)).toString('base64') };
    },
    'POST /documents': async (body) => {
      const { cda, visibilities, formatCode } = deposited.parse(body);
      return deposit({ cda: Buffer.from(cda, 'base64'), visibilities, formatCode }, context);
    },
    'GET /refusals': async () => ({ refusals: refusals.pending() }),
    'POST /refusals': async (body) => {
      refusals.order(refusalOrder.parse(body));
      return { refusals: refusals.pending() };
    },
    'DELETE /refusals': async () => {
      refusals.clear();
      return { refusals: [] };
    },
    'GET /openings': async () => openings.report(),
    'POST /openings': async (body) => {
      openings.set(openingsOrder.parse(body));
      return openings.report();
    },
    'POST /patients': async (body) => {
      const given = patient.parse(body);
      const { matricule: value, oid } = given;
      await holdings.setPatient(changed(holdings.patient({ value, oid }), given, policy.now().toISOString()));
      return shown(holdings.patient({ value, oid }));
    },
    'POST /patients/search': async (body) => {
      const { matricule: value, oid } = z.strictObject(ins).parse(body);
      return shown(holdings.patient({ value, oid }));
    },
  };
}

/** Masking from professionals hides nothing from the patient; archived documents stay theirs to see. */
function isShownTo(viewer: 'patient' | 'representative', document: HeldDocument, holdings: Holdings): boolean {
  const hidden = visibilitiesOf(document);
  const status = holdings.statusOf(document);
  if (status === 'Deleted' || status === 'Deprecated') return false;
  return (
    !hidden.includes(INVISIBLE_TO_PATIENT) &&
    !(viewer === 'representative' && hidden.includes(INVISIBLE_TO_REPRESENTATIVES))
  );
}

function changed(known: Patient, given: z.infer<typeof patient>, now: string): Patient {
  const since = { since: now, lastAction: now, specialities: [] };
  const kept = (holder: string) => known.grants.find((one) => one.holder === holder);
  return {
    ...known,
    state: given.state,
    authorisation: given.authorisation,
    attachedToMes: given.attachedToMes ?? known.attachedToMes,
    internetAccount: given.internetAccount ?? known.internetAccount,
    oppositions: given.oppositions ?? known.oppositions,
    grants: given.grants?.map((one) => ({ ...since, ...kept(one.holder), ...one })) ?? known.grants,
    formerIns: given.formerIns?.map((former) => ({ value: former.matricule, oid: former.oid })) ?? known.formerIns,
    insC: given.insC ?? known.insC,
    ...(given.insured === undefined ? {} : { insured: given.insured }),
    ...(given.traits === undefined ? {} : { traits: given.traits }),
  };
}

function shown({ value, formerIns, ...patient }: Patient): object {
  return {
    matricule: value,
    ...patient,
    formerIns: formerIns.map((former) => ({ matricule: former.value, oid: former.oid })),
  };
}

function describe(document: HeldDocument, holdings: Holdings): object {
  return {
    uniqueId: document.uniqueId,
    entryUUID: document.entryUUID,
    status: holdings.statusOf(document),
    hash: document.hash,
    size: document.size,
    setId: document.setId,
    versionNumber: document.versionNumber,
    replaces: document.replaces,
    replacedBy: holdings.replacedBy(document),
    versionChain: versionChain(document, holdings),
    logicalId: document.logicalId,
    metadataVersion: document.version,
    visibilities: visibilitiesOf(document),
    patient: { matricule: document.patient.value, oid: document.patient.oid },
    title: document.object.name,
    typeCode: codesOf(document.object, ENTRY.type)[0]?.code,
    submissionSetUniqueId: document.submissionSetUniqueId,
    structure: document.structure,
    software: document.submitter?.software,
    receivedAt: document.receivedAt,
    flags: document.flags,
  };
}

/** uniqueIds from the first version held to the last, this one included. */
function versionChain(document: HeldDocument, holdings: Holdings): string[] {
  const before: string[] = [];
  for (let held = replacedOf(document, holdings); held !== undefined; held = replacedOf(held, holdings))
    before.unshift(held.uniqueId);
  const after: string[] = [];
  for (let held = replacerOf(document, holdings); held !== undefined; held = replacerOf(held, holdings))
    after.push(held.uniqueId);
  return [...before, document.uniqueId, ...after];
}

function replacedOf({ replaces }: HeldDocument, holdings: Holdings): HeldDocument | undefined {
  return replaces === undefined ? undefined : holdings.byEntryUUID(replaces);
}

function replacerOf(document: HeldDocument, holdings: Holdings): HeldDocument | undefined {
  const by = holdings.replacedBy(document);
  return by === undefined ? undefined : holdings.byEntryUUID(by);
}
