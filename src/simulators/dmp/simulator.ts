/** A strict DMP: API V2, and API V1 with TD0.0 on the days when they were open. What it offers is in operations.ts. Source: dmp.md, design.md 10. */
import { startSimulator } from '../common/service.ts';
import { createStats } from '../common/stats.ts';
import { controlRoutes } from './control.ts';
import { createHandler, faultResponse } from './handler.ts';
import { openHoldings } from './holdings.ts';
import { createMessageIds } from './message-ids.ts';
import { createOpenings } from './openings.ts';
import { type DmpSimulatorOptions, policyOf } from './options.ts';
import { createRefusalBoard } from './refusals.ts';

export interface DmpSimulator {
  /** Base of the services: `{url}/patients`, `{url}/registry`, `{url}/repository`. */
  readonly url: string;
  /** The same services as API V1 had them. */
  readonly urlV1: string;
  /** Base of the control API, plain HTTP on loopback. */
  readonly control: string;
  close(): Promise<void>;
}

/** Rejects when a port is taken, a certificate unusable or the journal damaged. */
export async function createDmpSimulator(options: DmpSimulatorOptions): Promise<DmpSimulator> {
  const { now, newUuid } = options;
  const policy = policyOf(options);
  const holdings = await openHoldings(options.directory);
  const stats = createStats();
  const log = (line: string): void => options.log?.(line);
  const context = { holdings, policy, newUuid };
  const refusals = createRefusalBoard();
  const openings = createOpenings(policy.openings, now);
  const handler = createHandler({ ...context, refusals, openings, stats, messageIds: createMessageIds(), log });
  try {
    const running = await startSimulator({
      name: 'dmp',
      tls: options.tls,
      ...(options.host === undefined ? {} : { host: options.host }),
      port: options.port,
      controlPort: options.controlPort,
      handler,
      control: controlRoutes(context, { stats, refusals, openings }),
      soapFault: () =>
        faultResponse(
          { code: 'Receiver', reason: `Service momentanément indisponible (${now().toISOString()}).` },
          newUuid,
        ),
      log,
    });
    return {
      url: `${running.url}/si-dmp-server/v2/services`,
      urlV1: `${running.url}/si-dmp-server/v1/services`,
      control: running.control,
      async close() {
        await running.close();
        await holdings.close();
      },
    };
  } catch (error) {
    await holdings.close();
    throw error;
  }
}
