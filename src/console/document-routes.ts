/** Forms of a document's page, and the file that it gives. */
import { incidentFile } from '../incident/index.ts';
import { apiRules } from '../rules/api.ts';
import { actOnDocument, type DocumentAction } from './document-actions.ts';
import { showDocument, visibleDocument } from './document-page.ts';
import type { PageDefinition } from './visit.ts';

const PERMISSIONS = {
  reprendre: 'documents.act',
  retirer: 'documents.act',
  supprimer: 'documents.delete',
  conserver: 'documents.hold',
  'reprendre-courriels': 'documents.act',
} as const;

function action(name: DocumentAction): PageDefinition {
  return {
    method: 'POST',
    path: `/console/documents/:id/${name}`,
    permission: PERMISSIONS[name],
    audited: 'documents',
    answer: async (visit) => {
      const document = await visibleDocument(visit);
      if (document === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
      const result = await actOnDocument(visit, document, name);
      return result.ok
        ? { kind: 'redirect', to: `/console/documents/${document.id}` }
        : showDocument(visit, result.refusal);
    },
  };
}

const incidentRoute: PageDefinition = {
  method: 'GET',
  path: '/console/documents/:id/incident',
  permission: 'documents.incident',
  audited: 'documents',
  answer: async (visit) => {
    const document = await visibleDocument(visit);
    if (document === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
    const { name, bytes } = await incidentFile(visit.gateway, document);
    return { kind: 'content', mimeType: 'application/zip', bytes, saveAs: name };
  },
};

export const documentActionRoutes: readonly PageDefinition[] = [
  incidentRoute,
  action('reprendre'),
  action('retirer'),
  action('supprimer'),
  action('conserver'),
  action('reprendre-courriels'),
];
