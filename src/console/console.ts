/** The console: server-rendered French pages below /console, readable without JavaScript. */
import cookie from '@fastify/cookie';
import formbody from '@fastify/formbody';
import type { FastifyError, FastifyInstance } from 'fastify';
import { createConsultations, type ReadingDmp } from '../consultation/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { apiRules } from '../rules/api.ts';
import { gatewayRules } from '../rules/gateway.ts';
import { alertRoutes } from './alerts-page.ts';
import { registerAssets } from './assets.ts';
import { bulkOperationPages } from './bulk-operation-page.ts';
import { bulkPages } from './bulk-page.ts';
import { cataloguePages } from './catalogue-page.ts';
import { catalogueSheetPages } from './catalogue-sheet-page.ts';
import { cellPage } from './cell-page.ts';
import { conformancePages } from './conformance-page.ts';
import { contentRoutes } from './content-page.ts';
import { correctionFormPages } from './correction-form-page.ts';
import { correctionPages } from './correction-page.ts';
import { discrepancyPages } from './discrepancies-page.ts';
import { dmpPages } from './dmp-pages.ts';
import type { ReadingMeans } from './dmp-visit.ts';
import { documentListPages } from './document-lists-page.ts';
import { documentPage } from './document-page.ts';
import { documentActionRoutes } from './document-routes.ts';
import { documentsPage } from './documents-page.ts';
import { duplicatePages } from './duplicate-page.ts';
import { duplicatesPages } from './duplicates-page.ts';
import { eventPages } from './event-page.ts';
import { eventsPages } from './events-page.ts';
import { exhaustivenessPages } from './exhaustiveness-page.ts';
import { registerFileForms } from './file-form.ts';
import { flowPages } from './flow-page.ts';
import { flowShadowPage } from './flow-shadow-page.ts';
import { flowsPage } from './flows-page.ts';
import { homePage } from './home-page.ts';
import { indicatorsPages } from './indicators-page.ts';
import { inventoryPages } from './inventory-page.ts';
import { registerLive } from './live.ts';
import { registerLogin } from './login-page.ts';
import { mailContentPages } from './mail-content-page.ts';
import { mailPages } from './mail-page.ts';
import { mailsPage } from './mails-page.ts';
import { mappingDeskPage } from './mapping-desk-page.ts';
import { mappingActionRoutes, mappingFormPage } from './mapping-form-page.ts';
import { mappingImportRoutes } from './mapping-import-page.ts';
import { mappingTablesPage } from './mapping-tables-page.ts';
import { messagesPage } from './messages-page.ts';
import { observatoryApplicationPage } from './observatory-application-page.ts';
import { observatoryPages } from './observatory-page.ts';
import { createOpened } from './opened-contents.ts';
import { patientActionRoutes } from './patient-actions.ts';
import { patientFeedingRoutes } from './patient-feeding-form.ts';
import { patientFilesPages } from './patient-files-page.ts';
import { patientImportPages } from './patient-import-page.ts';
import { patientPage } from './patient-page.ts';
import { patientByInsPage, patientsPage } from './patients-page.ts';
import { planPages } from './plan-page.ts';
import { planReferencePages } from './plan-reference-page.ts';
import { policyPages } from './policy-page.ts';
import { practicePages } from './practice-page.ts';
import { professionalPages } from './professionals-page.ts';
import { proofDocumentsPages } from './proof-documents-page.ts';
import { proofPages } from './proof-page.ts';
import { proofWindowsPages } from './proof-windows-page.ts';
import { qualifyPages } from './qualify-page.ts';
import { recallActionRoutes } from './recall-actions.ts';
import { recallPage } from './recall-page.ts';
import { recallsPages } from './recalls-page.ts';
import { regionAdministrationPages } from './region-administration-page.ts';
import { regionEstablishmentPage } from './region-establishment-page.ts';
import { regionListPages } from './region-lists-page.ts';
import { regionPage } from './region-page.ts';
import { rehearsalPages } from './rehearsal-page.ts';
import { type ReplayDesk, replayPages } from './replay-page.ts';
import { bareRefusal, registerPages } from './routes.ts';
import { rulesPage } from './rules-page.ts';
import { separationPages } from './separation-pages.ts';
import { subscriberPages } from './subscriber-page.ts';
import { subscribersPage } from './subscribers-page.ts';
import { suspensionPages } from './suspensions-page.ts';
import { takeoverPages } from './takeovers-page.ts';
import { templateCertificatePage } from './template-certificate-page.ts';
import { templatePages } from './templates-page.ts';
import { verificationPages } from './verification-page.ts';
import type { PageDefinition } from './visit.ts';
import { workPage } from './work-page.ts';

/** Forms are small; documents come by the API. */
const MOST_FORM_BYTES = 64 * 1024;

/** Every page, for the routes and for the test that walks them by role. */
function consolePages(means: ReadingMeans, replay: ReplayDesk | undefined): readonly PageDefinition[] {
  const mailsOpened = createOpened();
  return [
    homePage,
    documentsPage,
    documentPage,
    ...documentActionRoutes,
    ...contentRoutes(createOpened()),
    patientsPage,
    patientByInsPage,
    patientPage,
    ...conformancePages,
    ...rehearsalPages,
    ...templatePages,
    templateCertificatePage,
    ...dmpPages(means),
    ...correctionFormPages,
    ...correctionPages,
    ...discrepancyPages,
    ...patientActionRoutes,
    ...patientFeedingRoutes,
    ...patientFilesPages,
    ...patientImportPages,
    ...recallsPages,
    recallPage,
    ...recallActionRoutes,
    workPage,
    cellPage,
    ...indicatorsPages,
    ...qualifyPages,
    ...eventsPages,
    ...eventPages,
    ...duplicatesPages,
    ...duplicatePages,
    ...separationPages,
    ...verificationPages,
    ...bulkPages,
    ...bulkOperationPages,
    mappingDeskPage,
    mappingTablesPage,
    mappingFormPage,
    ...mappingActionRoutes,
    ...mappingImportRoutes,
    messagesPage,
    mailsPage,
    ...mailPages(mailsOpened),
    ...mailContentPages(mailsOpened),
    flowsPage,
    ...flowPages,
    flowShadowPage,
    ...observatoryPages,
    observatoryApplicationPage,
    ...inventoryPages,
    ...cataloguePages,
    ...catalogueSheetPages,
    subscribersPage,
    ...subscriberPages,
    ...planReferencePages,
    ...replayPages(replay),
    ...planPages,
    ...suspensionPages,
    ...exhaustivenessPages,
    ...proofPages,
    ...proofDocumentsPages,
    ...proofWindowsPages,
    ...documentListPages,
    ...policyPages,
    ...takeoverPages,
    regionPage,
    ...regionListPages,
    regionEstablishmentPage,
    ...regionAdministrationPages,
    ...alertRoutes,
    ...practicePages,
    ...professionalPages,
    rulesPage,
  ];
}

export interface ConsoleMeans {
  readonly dmp?: ReadingDmp | undefined;
  readonly replay?: ReplayDesk | undefined;
}

/**
 * Registers the console on the HTTP server, in a scope of its own: its cookies, forms and errors stay there. Gives its pages,
 * each with the permission that it asks for. `dmp`: where professionals may read it. `replay`: where a transition may be replayed.
 */
export function registerConsole(
  app: FastifyInstance,
  gateway: UseCaseContext,
  { dmp, replay }: ConsoleMeans = {},
): readonly PageDefinition[] {
  const pages = consolePages(dmp === undefined ? undefined : { dmp, consultations: createConsultations() }, replay);
  app.get('/', async (_request, reply) => reply.redirect('/console/', 303));
  app.register(async (scope) => {
    await scope.register(cookie);
    await scope.register(formbody, { bodyLimit: MOST_FORM_BYTES });
    registerFileForms(scope);
    scope.setErrorHandler(async (error: FastifyError, request, reply) => {
      const known = error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500;
      const rule = known ? apiRules.invalidRequest : gatewayRules.unexpected;
      if (!known) gateway.log.error({ err: error, route: request.routeOptions.url }, 'unexpected error');
      return reply.status(rule.http).type('text/html; charset=utf-8').send(bareRefusal({ rule }));
    });
    registerAssets(scope);
    registerLogin(scope, gateway);
    registerLive(scope, gateway);
    registerPages(scope, gateway, pages);
    scope.get('/console', async (_request, reply) => reply.redirect('/console/', 303));
    scope.all('/console/*', async (_request, reply) =>
      reply
        .status(apiRules.notFound.http)
        .type('text/html; charset=utf-8')
        .send(bareRefusal({ rule: apiRules.notFound })),
    );
  });
  return pages;
}
