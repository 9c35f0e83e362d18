/** The FHIR API: its routes, and the CapabilityStatement that describes them. */
import type { FastifyInstance } from 'fastify';
import type { UseCaseContext } from '../../queue/context.ts';
import { capabilityStatement } from '../../wire/fhir/capability.ts';
import { documentRoutes } from './document-routes.ts';
import { type FhirRoute, registerFhirDoor } from './door.ts';
import { matchRoute } from './match-route.ts';
import { operationRoutes, SERVED_OPERATIONS } from './operation-routes.ts';
import { readRoutes } from './read-routes.ts';
import { writeRoutes } from './write-routes.ts';

/** Registers everything below `/fhir`, and gives it. */
export function registerFhir(app: FastifyInstance, gateway: UseCaseContext): readonly FhirRoute[] {
  const routes = [
    ...readRoutes(gateway),
    ...operationRoutes(gateway),
    matchRoute(gateway),
    ...writeRoutes(gateway),
    ...documentRoutes(gateway),
  ];
  const metadata = capabilityStatement({
    version: gateway.config.software.version,
    date: gateway.now().toISOString(),
    operations: SERVED_OPERATIONS,
  });
  registerFhirDoor(app, gateway, routes, metadata);
  return routes;
}
