/** Patients: the identity repository over REST. No call sets QUAL: qualification happens by its two proofs (practice 2). */
import { z } from 'zod';
import { changeStatus, createPatient, recordDeviceCheck } from '../../identity/index.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { apiRules } from '../../rules/api.ts';
import { type IdentityRecord, identifiersOf, identityById } from '../../store/identities.ts';
import { historyOf } from '../../store/identity-history.ts';
import { editorOf } from '../access.ts';
import { ApiRefusal, settled } from '../problem.ts';
import { type RouteDefinition, route } from '../route.ts';
import { historyView, listOf, patientView, viewHistory, viewPatient } from '../views.ts';

export const idParams = z.object({ id: z.uuid() });

/** Null and empty are absent: a patient read here can be given back as it is. */
export const optionalText = z
  .string()
  .nullish()
  .transform((text) => (text === null || text === '' ? undefined : text));

export const traitsSchema = z.object({
  birthName: z.string().min(1),
  firstGivenName: z.string().min(1),
  /** All of them, separated by a space or as a list. */
  birthGivenNames: z.union([optionalText, z.array(z.string().min(1)).transform((names) => names.join(' '))]),
  sex: z.enum(['M', 'F', 'I']),
  birthDate: z.string().min(1),
  birthPlace: optionalText,
});

const patientBody = traitsSchema.extend({
  usedName: optionalText,
  usedGivenName: optionalText,
  identifiers: z
    .array(z.object({ value: z.string().min(1), domain: optionalText, type: z.string().default('PI') }))
    .min(1),
});

const attribute = z.enum(['homonyme', 'douteuse', 'fictive']);
export const reason = z.string().min(1).max(500);

/** A device that a person held in hand. */
export const presentedDevice = z.object({
  documentType: z.string().min(1),
  checkedAt: z.string().min(1),
  /** The condition of a device admitted under condition is met. */
  conditionConfirmed: z.boolean().optional(),
});

/** One action, or the attributes and the status as the patient shall show them. */
const statusBody = z.union([
  z.discriminatedUnion('action', [
    z.object({ action: z.literal('set-attribute'), attribute, reason }),
    z.object({ action: z.literal('clear-attribute'), attribute, reason }),
    z.object({ action: z.literal('downgrade'), to: z.enum(['PROV', 'VALI']), reason }),
  ]),
  z
    .object({
      action: z.undefined().optional(),
      attributes: z.array(attribute).optional(),
      status: z.enum(['PROV', 'VALI', 'RECUP', 'QUAL']).optional(),
      reason: reason.default('motif non précisé'),
    })
    .refine(({ attributes, status }) => attributes !== undefined || status !== undefined)
    .transform(({ action: _, ...wanted }) => ({ action: 'set' as const, ...wanted })),
]);

export async function viewOf({ pool }: UseCaseContext, record: IdentityRecord) {
  return viewPatient(record, await identifiersOf(pool, record.id));
}

export async function found({ pool }: UseCaseContext, id: string): Promise<IdentityRecord> {
  const record = await identityById(pool, id);
  if (record === undefined) throw new ApiRefusal(apiRules.notFound);
  return record;
}

function createPatientRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'POST',
    path: '/patients',
    summary: 'Créer une identité provisoire, après recherche d’antériorité',
    permission: 'patients.write',
    scope: 'domain',
    body: patientBody,
    response: patientView,
    status: 201,
    handle: async ({ actor, body }) => viewOf(gateway, settled(await createPatient(gateway, body, actor.name))),
  });
}

function readPatientRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'GET',
    path: '/patients/{id}',
    summary: 'Une identité',
    permission: 'patients.read',
    scope: 'domain',
    params: idParams,
    response: patientView,
    handle: async ({ params }) => viewOf(gateway, await found(gateway, params.id)),
  });
}

function readHistoryRoute(gateway: UseCaseContext): RouteDefinition {
  const { pool } = gateway;
  return route({
    method: 'GET',
    path: '/patients/{id}/history',
    summary: "L'historique d'une identité",
    permission: 'patients.read',
    scope: 'domain',
    params: idParams,
    response: listOf(historyView),
    handle: async ({ params }) => {
      const record = await found(gateway, params.id);
      const items = (await historyOf(pool, record.id)).map(viewHistory);
      return { items, next: null };
    },
  });
}

function identityCheckRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'POST',
    path: '/patients/{id}/identity-check',
    summary: "Enregistrer le contrôle d'un dispositif d'identité à haut niveau de confiance",
    permission: 'patients.qualify',
    scope: 'domain',
    params: idParams,
    body: presentedDevice.extend({ coherent: z.boolean() }),
    response: patientView,
    handle: async ({ actor, params, body }) => {
      await found(gateway, params.id);
      return viewOf(gateway, settled(await recordDeviceCheck(gateway, params.id, body, actor.name)));
    },
  });
}

function statusRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'POST',
    path: '/patients/{id}/status',
    summary: 'Poser ou lever un attribut, ou rétrograder le statut',
    permission: 'patients.qualify',
    scope: 'domain',
    params: idParams,
    body: statusBody,
    response: patientView,
    handle: async ({ actor, params, body }) => {
      await found(gateway, params.id);
      return viewOf(gateway, settled(await changeStatus(gateway, params.id, body, editorOf(actor))));
    },
  });
}

export function patientRoutes(gateway: UseCaseContext): RouteDefinition[] {
  return [
    createPatientRoute(gateway),
    readPatientRoute(gateway),
    readHistoryRoute(gateway),
    identityCheckRoute(gateway),
    statusRoute(gateway),
  ];
}
