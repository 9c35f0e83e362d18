/** What the control API of the DMP simulator offers besides the faults. Source: design.md 10. */
import { z } from 'zod';
import type { ControlRoutes } from '../common/control.ts';
import type { Stats } from '../common/stats.ts';
import type { HeldDocument, Holdings } from './holdings.ts';
import { codesOf } from './metadata.ts';
import { INS_OIDS, isMatricule } from './values.ts';
import { ENTRY } from './xds-vocabulary.ts';

const search = z.strictObject({
  uniqueId: z.string().optional(),
  matricule: z.string().optional(),
  oid: z.string().optional(),
});
const patient = z.strictObject({
  matricule: z.string().refine(isMatricule, 'not a matricule'),
  oid: z.string().refine((oid) => oid in INS_OIDS, 'not an INS OID'),
  state: z.enum(['open', 'closed', 'absent']),
  authorisation: z.enum(['VALIDE', 'EXPIRE', 'INTERDIT', 'NON_EXISTE']).default('VALIDE'),
});
const content = z.strictObject({ entryUUID: z.string() });

export function controlRoutes(holdings: Holdings, stats: Stats): ControlRoutes {
  return {
    'GET /stats': async () => stats.report(),
    'POST /documents/search': async (body) => {
      const { uniqueId, matricule, oid } = search.parse(body ?? {});
      const found = holdings
        .documents(matricule === undefined ? undefined : { value: matricule, ...(oid === undefined ? {} : { oid }) })
        .filter((document) => document.kind === 'document' && (uniqueId ?? document.uniqueId) === document.uniqueId);
      return { items: found.map((document) => describe(document, holdings)) };
    },
    'POST /documents/content': async (body) => {
      const document = holdings.byEntryUUID(content.parse(body).entryUUID);
      if (document === undefined) return { found: false };
      return { found: true, base64: (await holdings.content(document.entryUUID)).toString('base64') };
    },
    'POST /patients': async (body) => {
      const { matricule, oid, state, authorisation } = patient.parse(body);
      await holdings.setPatient({ value: matricule, oid, state, authorisation });
      return { state, authorisation };
    },
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
    patient: { matricule: document.patient.value, oid: document.patient.oid },
    title: document.object.name,
    typeCode: codesOf(document.object, ENTRY.type)[0]?.code,
    submissionSetUniqueId: document.submissionSetUniqueId,
    structure: document.structure,
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
