/** The test button: a message to every recipient at once, and how each took it. */
import type { UseCaseContext } from '../../queue/context.ts';
import { alertRules } from '../../rules/alerts.ts';
import type { Channels } from './channels.ts';
import { audienceOf, type Target } from './engine.ts';

export interface Trial extends Target {
  /** Null once delivered. */
  readonly error: string | null;
}

export async function tryChannels(context: UseCaseContext, channels: Channels): Promise<Trial[]> {
  const { config, now, newUuid } = context;
  const establishments = config.legalEntities.flatMap(({ geographicEntities }) => geographicEntities);
  // Whoever would be told of something somewhere, each once.
  const everyone = [null, ...establishments.map(({ finess }) => finess)].flatMap((eg) =>
    audienceOf(config.alerts, { severity: 'critical', eg }),
  );
  const targets = [...new Map(everyone.map((target) => [`${target.channel} ${target.target}`, target])).values()];
  const alert = {
    ruleId: alertRules.noticesFailed.id,
    subject: 'Essai demandé depuis la console',
    severity: 'warning',
    detail: "Ceci est un essai : rien n'est en panne.",
    eg: null,
    startedAt: now(),
    endedAt: null,
  } as const;
  return Promise.all(
    targets.map(async (target) => {
      const message = {
        id: newUuid(),
        event: 'test',
        alert,
        installation: config.software.instance,
        at: now(),
      } as const;
      return { ...target, error: (await channels.send(target, message)) ?? null };
    }),
  );
}
