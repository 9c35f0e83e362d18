/** The role `intake`: the door of old connectors, beside MLLP. */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Measures } from '../indicators/measures.ts';
import { createRefusalLimit } from '../intake/index.ts';
import { auditDecisions, createLegacyDesk, sourcesOfCertificate } from '../legacy/index.ts';
import { openDmp, readTls, watchCertificates } from '../operations/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import type { Stops } from '../queue/stops.ts';
import { certificatesOf } from '../wire/keys/names.ts';
import { startHttpsDoor } from '../wire/legacy/https-door.ts';

/** Undefined where the configuration opens none. */
export async function openLegacyDoor(
  context: UseCaseContext,
  measures: Measures,
  stops: Stops,
): Promise<{ readonly host: string; readonly port: number } | undefined> {
  const { legacy, processes } = context.config;
  if (legacy === undefined) return undefined;
  await auditDecisions(context);
  const authorities = certificatesOf(await readFile(legacy.signatureAuthorities ?? legacy.tls.ca, 'utf8'));
  const stopping = new AbortController();
  const desk = createLegacyDesk({
    ...context,
    authorities,
    wait: (ms) => sleep(ms),
    stopping: stopping.signal,
    asking: await openAsking(context, measures, stops),
  });
  const isWorthLogging = createRefusalLimit(context.now);
  const door = await startHttpsDoor({
    ...legacy,
    tls: await readTls(legacy.tls),
    sharedPort: processes.sharedPorts,
    finishMs: processes.finishMs,
    isKnown: (name) => sourcesOfCertificate(context.config, name).length > 0,
    onPost: (post) => desk.answer(post),
    refuse: (refusal) => desk.refuse(refusal),
    onRefused: (refusal, peer, cause) => {
      if (cause === undefined && !isWorthLogging(refusal, peer)) return;
      context.log.warn({ rule: refusal.rule.id, peer: peer.address, err: cause }, 'refused at the legacy door');
    },
  });
  stops.add(() => {
    stopping.abort();
    return door.close();
  });
  const watch = await watchCertificates(context, 'legacy', {
    // A server is judged by its peers: it goes on with what it has.
    state: () => undefined,
    changed: async () => door.renew(await readTls(legacy.tls)),
  });
  stops.add(() => watch.stop());
  return { host: legacy.host, port: door.port };
}

/** The DMP, of which some of the connectors' questions are asked. */
async function openAsking(context: UseCaseContext, measures: Measures, stops: Stops) {
  const { dmp } = context.config;
  if (dmp === undefined) return undefined;
  const service = await openDmp(context, dmp, measures.transport);
  stops.add(() => service.close());
  return { dmp: service.client, dmpConfig: dmp };
}
