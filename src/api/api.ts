/** The REST API: all routes, and the contract that they make. */
import type { FastifyInstance } from 'fastify';
import type { UseCaseContext } from '../queue/context.ts';
import { openApi } from './openapi.ts';
import { registerRoutes } from './register.ts';
import type { RouteDefinition } from './route.ts';
import { adverseEventRoutes } from './routes/adverse-events.ts';
import { alertRoutes } from './routes/alerts.ts';
import { bulkOperationRoutes } from './routes/bulk-operations.ts';
import { catalogueRoutes } from './routes/catalogue.ts';
import { conformanceRoutes } from './routes/conformance.ts';
import { correctionRoutes } from './routes/corrections.ts';
import { discrepancyRoutes } from './routes/discrepancies.ts';
import { documentListRoutes } from './routes/document-lists.ts';
import { documentPolicyRoutes } from './routes/document-policy.ts';
import { documentRoutes } from './routes/documents.ts';
import { duplicateRoutes } from './routes/duplicates.ts';
import { exhaustivenessRoutes } from './routes/exhaustiveness.ts';
import { identityIndicatorRoutes } from './routes/identity-indicators.ts';
import { inventoryRoutes } from './routes/inventory.ts';
import { laneRoutes } from './routes/lanes.ts';
import { mappingRoutes } from './routes/mappings.ts';
import { observatoryRoutes } from './routes/observatory.ts';
import { overviewRoutes } from './routes/overview.ts';
import { patientCorrectionRoutes } from './routes/patient-corrections.ts';
import { patientFeedingRoutes } from './routes/patient-feeding.ts';
import { patientFileRoutes } from './routes/patient-files.ts';
import { patientInsiRoutes } from './routes/patient-insi.ts';
import { patientSearchRoutes } from './routes/patient-search.ts';
import { patientRoutes } from './routes/patients.ts';
import { pdfARoutes } from './routes/pdfa.ts';
import { planRoutes } from './routes/plan.ts';
import { proofRoutes } from './routes/proof.ts';
import { recallRoutes } from './routes/recalls.ts';
import { regionRoutes } from './routes/region.ts';
import { regionAdministrationRoutes } from './routes/region-administration.ts';
import { separationRoutes } from './routes/separations.ts';
import { serviceRoutes } from './routes/services.ts';
import { stayRoutes } from './routes/stays.ts';
import { subscriberRoutes } from './routes/subscribers.ts';
import { suspensionRoutes } from './routes/suspensions.ts';
import { takeoverRoutes } from './routes/takeovers.ts';
import { templateAuditRoutes } from './routes/template-audits.ts';
import { verificationRoutes } from './routes/verifications.ts';

function apiRoutes(gateway: UseCaseContext): RouteDefinition[] {
  return [
    ...documentRoutes(gateway),
    ...pdfARoutes(gateway),
    ...templateAuditRoutes(gateway),
    ...proofRoutes(gateway),
    ...laneRoutes(gateway),
    ...bulkOperationRoutes(gateway),
    ...patientSearchRoutes(gateway),
    ...patientRoutes(gateway),
    ...patientFileRoutes(gateway),
    ...patientCorrectionRoutes(gateway),
    ...duplicateRoutes(gateway),
    ...correctionRoutes(gateway),
    ...patientInsiRoutes(gateway),
    ...patientFeedingRoutes(gateway),
    ...suspensionRoutes(gateway),
    ...exhaustivenessRoutes(gateway),
    ...documentListRoutes(gateway),
    ...documentPolicyRoutes(gateway),
    ...separationRoutes(gateway),
    ...discrepancyRoutes(gateway),
    ...verificationRoutes(gateway),
    ...serviceRoutes(gateway),
    ...adverseEventRoutes(gateway),
    ...stayRoutes(gateway),
    ...recallRoutes(gateway),
    ...mappingRoutes(gateway),
    ...overviewRoutes(gateway),
    ...observatoryRoutes(gateway),
    ...inventoryRoutes(gateway),
    ...catalogueRoutes(gateway),
    ...identityIndicatorRoutes(gateway),
    ...alertRoutes(gateway),
    ...conformanceRoutes(gateway),
    ...subscriberRoutes(gateway),
    ...takeoverRoutes(gateway),
    ...planRoutes(gateway),
    ...regionRoutes(gateway),
    ...regionAdministrationRoutes(gateway),
  ];
}

/** Registers everything below `/api/v1`, and gives it. The contract itself is public: it holds no data. */
export function registerApi(app: FastifyInstance, gateway: UseCaseContext): readonly RouteDefinition[] {
  const routes = apiRoutes(gateway);
  registerRoutes(app, routes, gateway);
  const contract = openApi(routes, gateway.config.software.version);
  app.get('/api/v1/openapi.json', async () => contract);
  return routes;
}
