/** The files of certificates, looked at every few seconds. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { UseCaseContext } from '../queue/context.ts';
import { type ConfiguredCertificate, configuredCertificates, inspectCertificate } from './certificates.ts';
import { pathsOf } from './key-files.ts';

export interface CertificateWatch {
  /** Looks now: what the timer does. */
  check(): Promise<void>;
  stop(): Promise<void>;
}

export interface CertificateListener {
  /** Why nothing may be sent with them, or undefined; told at each look. */
  state(unfit: string | undefined): void;
  /** Other files are there, whole: to be taken. A rejection leaves the former ones in use until the next look. */
  changed(): Promise<void>;
}

export async function watchCertificates(
  { config, log, now }: UseCaseContext,
  use: ConfiguredCertificate['use'],
  listener: CertificateListener,
): Promise<CertificateWatch> {
  const certificates = configuredCertificates(config).filter((certificate) => certificate.use === use);
  let known = await digestOf(certificates);
  const check = async (): Promise<void> => {
    const digest = await digestOf(certificates);
    const states = await Promise.all(
      certificates.map(({ files, expectation }) => inspectCertificate(files, expectation, now())),
    );
    // Half of the new files is there: the former ones serve until the other half is.
    if (digest !== known && states.some(({ usable }) => !usable)) return;
    const [unfit] = states.flatMap((state) => state.unfit);
    listener.state(unfit);
    if (digest === known) return;
    await listener.changed();
    known = digest;
    log.info({ use, unfit: unfit !== undefined }, 'new certificate taken');
  };
  await check();
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= check()
      .catch((error: unknown) => log.error({ err: error, use }, 'certificate not looked at'))
      .finally(() => {
        running = undefined;
      });
  }, config.certificates.reloadEveryMs);
  return {
    check,
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}

async function digestOf(certificates: readonly ConfiguredCertificate[]): Promise<string> {
  const hash = createHash('sha256');
  for (const { files } of certificates)
    for (const file of pathsOf(files)) hash.update(await readFile(file).catch(() => 'absent')).update('|');
  return hash.digest('hex');
}
