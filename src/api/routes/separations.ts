/** Two people under one record: a merge undone, a collision split, and what left meanwhile under the wrong one. */
import { z } from 'zod';
import { type Separated, splitIdentity, undoMerge } from '../../identity/index.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { mergesOf } from '../../store/merges.ts';
import { misfiledDocuments } from '../../store/misfiled.ts';
import { editorOf } from '../access.ts';
import { settled } from '../problem.ts';
import { type RouteDefinition, route } from '../route.ts';
import { listOf } from '../views.ts';
import { found, idParams, optionalText, reason, traitsSchema } from './patients.ts';

const MOST_LISTED = 500;

const separatedView = z.object({
  /** The record that lives again, or is new. */
  patientId: z.string(),
  /** The record that had both. */
  keptPatientId: z.string(),
  movedDocuments: z.number(),
  /** Documents that left under the other record: see `/patients/{id}/misfiled-documents`. */
  misfiledDocuments: z.number(),
});

function viewSeparated({ identityId, keptId, moved, misfiled }: Separated): z.output<typeof separatedView> {
  return { patientId: identityId, keptPatientId: keptId, movedDocuments: moved, misfiledDocuments: misfiled };
}

function unmergeRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'POST',
    path: '/patients/{id}/unmerge',
    summary: 'Annuler la fusion qui a clos ce dossier : chacun retrouve ses numéros, ses venues et ses documents',
    permission: 'patients.settle',
    scope: 'domain',
    params: idParams,
    body: z.object({ reason }),
    response: separatedView,
    handle: async ({ actor, params, body }) => {
      await found(gateway, params.id);
      return viewSeparated(settled(await undoMerge(gateway, params.id, body.reason, editorOf(actor))));
    },
  });
}

const number = z.object({ value: z.string().min(1), domain: z.string().min(1) });

function splitRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'POST',
    path: '/patients/{id}/split',
    summary: 'Séparer deux personnes d’un même dossier : la seconde reçoit un dossier, le premier devient douteux',
    permission: 'patients.settle',
    scope: 'domain',
    params: idParams,
    body: z.object({
      person: traitsSchema,
      identifiers: z.array(number).max(100).default([]),
      newIdentifiers: z
        .array(z.object({ value: z.string().min(1), domain: optionalText, type: z.string().default('PI') }))
        .max(100)
        .default([]),
      stays: z.array(z.uuid()).max(1_000).default([]),
      documents: z.array(z.uuid()).max(1_000).default([]),
      reason,
    }),
    response: separatedView,
    status: 201,
    handle: async ({ actor, params, body }) => {
      await found(gateway, params.id);
      const { stays, documents, ...rest } = body;
      const split = { ...rest, stayIds: stays, documentIds: documents };
      return viewSeparated(settled(await splitIdentity(gateway, params.id, split, editorOf(actor))));
    },
  });
}

function mergesRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'GET',
    path: '/patients/{id}/merges',
    summary: 'Les fusions de ce dossier, annulées ou non',
    permission: 'patients.read',
    scope: 'domain',
    params: idParams,
    response: listOf(
      z.object({
        id: z.string(),
        closedPatientId: z.string(),
        intoPatientId: z.string(),
        at: z.string(),
        actor: z.string(),
        source: z.string(),
        undoneAt: z.string().nullable(),
        undoneBy: z.string().nullable(),
        reason: z.string().nullable(),
      }),
    ),
    handle: async ({ params }) => {
      const record = await found(gateway, params.id);
      const items = (await mergesOf(gateway.pool, record.id)).map((merge) => ({
        id: merge.id,
        closedPatientId: merge.loserId,
        intoPatientId: merge.survivorId,
        at: merge.at.toISOString(),
        actor: merge.actor,
        source: merge.source,
        undoneAt: merge.undoneAt?.toISOString() ?? null,
        undoneBy: merge.undoneBy,
        reason: merge.reason,
      }));
      return { items, next: null };
    },
  });
}

function misfiledRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'GET',
    path: '/patients/{id}/misfiled-documents',
    summary: 'Documents partis sous l’INS d’un autre dossier que le leur, à rappeler',
    permission: 'patients.read',
    scope: 'domain',
    params: idParams,
    response: listOf(
      z.object({
        documentId: z.string(),
        title: z.string(),
        state: z.string(),
        establishment: z.string(),
        sentFor: z.string(),
        belongsTo: z.string(),
        cause: z.enum(['unmerge', 'split']),
        at: z.string(),
        actor: z.string(),
      }),
    ),
    handle: async ({ actor, params }) => {
      const record = await found(gateway, params.id);
      const rows = await misfiledDocuments(gateway.pool, record.id, { eg: actor.eg, limit: MOST_LISTED });
      return {
        items: rows.map(({ eg, at, ...row }) => ({ ...row, establishment: eg, at: at.toISOString() })),
        next: null,
      };
    },
  });
}

export function separationRoutes(gateway: UseCaseContext): RouteDefinition[] {
  return [unmergeRoute(gateway), splitRoute(gateway), mergesRoute(gateway), misfiledRoute(gateway)];
}
