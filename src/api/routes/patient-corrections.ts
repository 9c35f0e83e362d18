/** Correction of an identity by a person: its traits, and the table of devices that may prove them. */
import { z } from 'zod';
import { correctTraits } from '../../identity/index.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { insHistoryOf } from '../../store/known-ins.ts';
import { editorOf } from '../access.ts';
import { settled } from '../problem.ts';
import { type RouteDefinition, route } from '../route.ts';
import { listOf, patientView } from '../views.ts';
import { found, idParams, optionalText, presentedDevice, reason, viewOf } from './patients.ts';

/** What is absent stays; a used name is erased by null. */
const traitsBody = z.object({
  birthName: optionalText,
  firstGivenName: optionalText,
  birthGivenNames: optionalText,
  sex: z.enum(['M', 'F', 'I']).optional(),
  birthDate: optionalText,
  birthPlace: optionalText,
  usedName: z.string().nullable().optional(),
  usedGivenName: z.string().nullable().optional(),
  /** The year or decade comes from the announced age (EXI ID 12). */
  dateInterpreted: z.boolean().optional(),
  /** Meant: what was proved of the former traits is lost. */
  unlock: z.boolean().optional(),
  /** The device that shows the new values. */
  device: presentedDevice.optional(),
  reason,
});

function traitsRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'POST',
    path: '/patients/{id}/traits',
    summary: 'Corriger des traits ; verrouillés dès qu’une preuve est là, sauf déverrouillage explicite',
    permission: 'patients.qualify',
    scope: 'domain',
    params: idParams,
    body: traitsBody,
    response: patientView,
    handle: async ({ actor, params, body }) => {
      await found(gateway, params.id);
      return viewOf(gateway, settled(await correctTraits(gateway, params.id, body, editorOf(actor))));
    },
  });
}

function devicesRoute({ config }: UseCaseContext): RouteDefinition {
  return route({
    method: 'GET',
    path: '/identity-devices',
    summary: 'Dispositifs d’identité et confiance accordée à chacun par l’établissement',
    permission: 'patients.read',
    scope: 'domain',
    response: listOf(
      z.object({
        code: z.string(),
        label: z.string(),
        trust: z.enum(['high', 'under-condition', 'low']),
        condition: z.string().optional(),
      }),
    ),
    handle: async () => ({ items: [...config.identityDevices], next: null }),
  });
}

function insHistoryRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'GET',
    path: '/patients/{id}/ins-history',
    summary: 'Les INS successives d’une identité ; les matricules d’une identité qualifiée seulement',
    permission: 'patients.read',
    scope: 'domain',
    params: idParams,
    response: listOf(
      z.object({
        oid: z.string(),
        standing: z.enum(['active', 'former', 'withdrawn']),
        matricule: z.string().optional(),
        startsOn: z.string().nullable(),
        endsOn: z.string().nullable(),
        firstSeenAt: z.string(),
        lastSeenAt: z.string(),
      }),
    ),
    handle: async ({ params }) => {
      const record = await found(gateway, params.id);
      const numbers = await insHistoryOf(gateway.pool, record.id);
      const shown = record.active && record.status === 'QUAL';
      return {
        items: numbers.map(({ matricule, firstSeenAt, lastSeenAt, ...number }) => ({
          ...number,
          ...(shown && number.standing !== 'withdrawn' && { matricule }),
          firstSeenAt: firstSeenAt.toISOString(),
          lastSeenAt: lastSeenAt.toISOString(),
        })),
        next: null,
      };
    },
  });
}

export function patientCorrectionRoutes(gateway: UseCaseContext): RouteDefinition[] {
  return [traitsRoute(gateway), devicesRoute(gateway), insHistoryRoute(gateway)];
}
