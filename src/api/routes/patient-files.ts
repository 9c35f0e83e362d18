/** Patients by whole files: imports of CSV, their rejected lines, and the export. */
import { Readable } from 'node:stream';
import { z } from 'zod';
import {
  confirmRehearsal,
  patientsFile,
  receivePatientFile,
  rejectionsFile,
  stopImport,
} from '../../exchange/index.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { apiRules } from '../../rules/api.ts';
import { INS_EXPORT } from '../../store/emissions.ts';
import { importById, listImports, type PatientImport } from '../../store/patient-imports.ts';
import { addAudit } from '../../store/proofs.ts';
import { may } from '../access.ts';
import { ApiRefusal, settled } from '../problem.ts';
import { type RouteDefinition, route } from '../route.ts';
import { listOf, reasonOf, reasonView } from '../views.ts';

const IMPORTING = { permission: 'patients.import', scope: 'domain' } as const;
const CSV = 'text/csv; charset=utf-8';
/** Imports of a list; older ones are read by their id. */
const MOST_LISTED = 100;
const idParams = z.object({ id: z.uuid() });

const importView = z.object({
  id: z.string(),
  createdAt: z.string(),
  createdBy: z.string(),
  name: z.string(),
  mode: z.enum(['rehearsal', 'import']),
  known: z.enum(['reject', 'update']),
  state: z.enum(['queued', 'running', 'done', 'stopped']),
  lines: z.number(),
  /** Lines worked off so far. */
  done: z.number(),
  created: z.number(),
  updated: z.number(),
  unchanged: z.number(),
  rejected: z.number(),
  reason: reasonView,
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
});

function view(file: PatientImport): z.output<typeof importView> {
  const { id, createdBy, name, mode, known, state, lines, created, updated, unchanged, rejected, ruleId } = file;
  return {
    ...{ id, createdBy, name, mode, known, state, lines, created, updated, unchanged, rejected },
    createdAt: file.createdAt.toISOString(),
    done: created + updated + unchanged + rejected,
    reason: reasonOf(ruleId, null),
    startedAt: file.startedAt?.toISOString() ?? null,
    endedAt: file.endedAt?.toISOString() ?? null,
  };
}

async function found({ pool }: UseCaseContext, id: string): Promise<PatientImport> {
  const file = await importById(pool, id);
  if (file === undefined) throw new ApiRefusal(apiRules.notFound);
  return file;
}

function receiveRoute(gateway: UseCaseContext): RouteDefinition {
  const { maxBytes } = gateway.config.imports;
  return route({
    ...IMPORTING,
    method: 'POST',
    path: '/patient-imports',
    summary: 'Importer des patients (CSV) : le fichier est pris en entier, puis traité ; suivre avec GET',
    query: z.object({
      mode: z.enum(['rehearsal', 'import']).default('import'),
      known: z.enum(['reject', 'update']).default('reject'),
      domain: z.string().min(1).optional(),
      encoding: z.enum(['utf-8', 'windows-1252']).default('utf-8'),
      name: z.string().min(1).max(200).default('patients.csv'),
    }),
    body: z.custom<Readable>(),
    file: { type: 'text/csv', maxBytes },
    response: importView,
    status: 202,
    handle: async ({ actor, query, body }) => {
      if (!(body instanceof Readable))
        throw new ApiRefusal(apiRules.invalidRequest, { detail: 'corps text/csv attendu' });
      // A file refused half-way is still answered: its connection is not broken under the answer.
      const bytes = body.iterator({ destroyOnReturn: false });
      return view(settled(await receivePatientFile(gateway, bytes, query, actor.name)));
    },
  });
}

function actionRoute(
  gateway: UseCaseContext,
  name: 'confirm' | 'stop',
  summary: string,
  act: typeof stopImport,
): RouteDefinition {
  return route({
    ...IMPORTING,
    method: 'POST',
    path: `/patient-imports/{id}/${name}`,
    summary,
    params: idParams,
    response: importView,
    handle: async ({ params }) => view(settled(await act(gateway, params.id))),
  });
}

function rejectionsRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    ...IMPORTING,
    method: 'GET',
    path: '/patient-imports/{id}/rejections',
    summary: 'Lignes rejetées, avec la règle et ce qu’il faut faire (CSV à corriger et à renvoyer)',
    params: idParams,
    response: z.string(),
    binary: true,
    handle: async ({ params, reply }) => {
      const file = await found(gateway, params.id);
      reply.type(CSV).header('content-disposition', 'attachment; filename="lignes-rejetees.csv"');
      return Readable.from(rejectionsFile(gateway.pool, file));
    },
  });
}

function exportRoute(gateway: UseCaseContext): RouteDefinition {
  return route({
    method: 'GET',
    path: '/patient-export',
    summary: 'Exporter les patients (CSV) ; le matricule, des seules identités qualifiées, pour certains rôles',
    permission: 'patients.export',
    scope: 'domain',
    query: z.object({
      birthName: z.string().min(1).optional(),
      birthDate: z.string().optional(),
      status: z.enum(['PROV', 'VALI', 'RECUP', 'QUAL']).optional(),
      matricule: z.enum(['true', 'false']).default('false'),
    }),
    response: z.string(),
    binary: true,
    handle: async ({ actor, query, reply }) => {
      const withIns = query.matricule === 'true';
      if (withIns && !may(actor, 'patients.export-ins')) throw new ApiRefusal(apiRules.forbidden);
      // A recall lists the files that may hold an INS which turns out wrong.
      if (withIns)
        await addAudit(gateway.pool, {
          at: gateway.now(),
          actor: actor.name,
          role: actor.role,
          action: 'EXPORT INS',
          subject: INS_EXPORT,
          reason: null,
          outcome: 'done',
        });
      reply.type(CSV).header('content-disposition', 'attachment; filename="patients.csv"');
      return Readable.from(patientsFile(gateway.pool, exportCriteria(query), { withIns }));
    },
  });
}

function exportCriteria(query: {
  birthName?: string | undefined;
  birthDate?: string | undefined;
  status?: PatientStatus | undefined;
}) {
  const { birthName, birthDate, status } = query;
  return {
    ids: [],
    numbers: [],
    families: birthName === undefined ? [] : [[birthName]],
    givens: [],
    birthDates: birthDate === undefined ? [] : [[{ kind: 'inside' as const, low: birthDate, high: birthDate }]],
    sexes: [],
    active: true,
    ...(status === undefined ? {} : { statuses: [status] }),
  };
}
type PatientStatus = 'PROV' | 'VALI' | 'RECUP' | 'QUAL';

export function patientFileRoutes(gateway: UseCaseContext): RouteDefinition[] {
  return [
    receiveRoute(gateway),
    route({
      ...IMPORTING,
      method: 'GET',
      path: '/patient-imports',
      summary: 'Imports de patients, du dernier au plus ancien',
      response: listOf(importView),
      handle: async () => ({ items: (await listImports(gateway.pool, MOST_LISTED)).map(view), next: null }),
    }),
    route({
      ...IMPORTING,
      method: 'GET',
      path: '/patient-imports/{id}',
      summary: 'Un import de patients : où il en est',
      params: idParams,
      response: importView,
      handle: async ({ params }) => view(await found(gateway, params.id)),
    }),
    rejectionsRoute(gateway),
    actionRoute(gateway, 'confirm', 'Importer pour de bon le fichier d’une répétition terminée', confirmRehearsal),
    actionRoute(gateway, 'stop', 'Arrêter un import ; ce qui est importé reste', stopImport),
    exportRoute(gateway),
  ];
}
