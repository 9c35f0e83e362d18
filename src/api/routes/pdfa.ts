/** PDF/A-1b: what is found in the PDF of a document as received and as it leaves, and how the two compare. */
import { z } from 'zod';
import { pdfForms } from '../../documents/index.ts';
import type { UseCaseContext as Gateway } from '../../queue/context.ts';
import { apiRules } from '../../rules/api.ts';
import { documentById } from '../../store/documents.ts';
import { sees } from '../access.ts';
import { ApiRefusal, settled } from '../problem.ts';
import { type RouteDefinition, route } from '../route.ts';

const count = z.number().int().min(0);
const report = z.object({
  declared: z.string().nullable().describe('par exemple PDF/A-1b ; null quand le document ne se déclare pas PDF/A'),
  findings: z.array(z.object({ clause: z.string().describe('article d’ISO 19005-1'), text: z.string() })),
  pageCount: count,
  bytes: count,
  signed: z.boolean(),
});
const pair = z.object({ before: count, after: count });
const comparison = z.object({
  pages: pair,
  bytes: pair,
  sameSizes: z.boolean().describe('chaque page garde sa taille'),
  characters: z
    .object({ before: count, lost: count, added: count })
    .describe('texte copiable ; le bandeau est un ajout'),
  changedPixels: z.number().min(0).max(1).describe('part des points changés sur la page la plus différente'),
});

export function pdfARoutes(gateway: Gateway): RouteDefinition[] {
  return [
    route({
      method: 'GET',
      path: '/documents/{id}/pdfa',
      summary:
        'Le PDF d’un document, reçu et à envoyer, contrôlé contre PDF/A-1b et comparé ; ce n’est pas un validateur',
      permission: 'documents.read',
      scope: 'establishment',
      params: z.object({ id: z.uuid() }),
      response: z.object({
        original: report.nullable(),
        prepared: report.nullable(),
        comparison: comparison.nullable(),
      }),
      handle: async ({ actor, params }) => {
        const record = await documentById(gateway.pool, params.id);
        if (record === undefined || !sees(actor, record.eg)) throw new ApiRefusal(apiRules.notFound);
        const { original, prepared, comparison = null } = settled(await pdfForms(gateway.pool, record, gateway.kept));
        const view = (of: typeof original) =>
          of === undefined ? null : { ...of, declared: of.declared ?? null, findings: [...of.findings] };
        return { original: view(original), prepared: view(prepared), comparison };
      },
    }),
  ];
}
