/** The checks of a configured installation. */
import { loadConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { type CertificateExpectation, checkCertificate, type DeclaredStructures } from './certificates.ts';
import { type Check, fault, none, ok } from './check.ts';
import { checkDatabase, embeddedUrl } from './database.ts';
import { checkService, checkTcp, checkTls } from './endpoints.ts';
import { checkDisk } from './machine.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export async function checkInstallation(file: string, env: Environment, now: () => Date): Promise<Check[]> {
  const loaded = await loadConfig(file, env);
  if (!loaded.ok) return loaded.errors.map((error) => fault('Configuration', error));
  const { config } = loaded;
  const groups = await Promise.all([
    certificateChecks(config, now()),
    endpointChecks(config),
    databaseChecks(config, now),
    checkDisk(config.data).then((check) => [check]),
  ]);
  return [
    ok('Configuration', `${file} : valide (${config.installation}, contexte ${config.context})`),
    ...groups.flat(),
    none('Paquets de règles', 'sans objet dans cette version'),
  ];
}

async function certificateChecks({ insi, dmp, mllp, legalEntities }: Config, now: Date): Promise<Check[]> {
  const structures: DeclaredStructures = {
    legalEntities: legalEntities.map(({ finess }) => finess),
    geographicEntities: legalEntities.flatMap((entity) => entity.geographicEntities.map(({ finess }) => finess)),
  };
  const ofOrganisation: CertificateExpectation = { structures };
  const groups = await Promise.all([
    insi === undefined
      ? [none('Certificat INSi', 'INSi non configuré')]
      : checkCertificate('Certificat INSi', insi.tls, { structures, commonNames: ['INSI-AUTO', 'INSI-MANU'] }, now),
    dmp === undefined
      ? [none('Certificat DMP', 'DMP non configuré')]
      : checkCertificate('Certificat DMP (ORG AUTH_CLI)', dmp.tls, ofOrganisation, now),
    dmp === undefined ? [] : checkCertificate('Certificat DMP (ORG SIGN)', dmp.signature, ofOrganisation, now),
    mllp.tls === undefined
      ? [none('Certificat MLLP', 'MLLP sur TLS non configuré')]
      : checkCertificate('Certificat MLLP', mllp.tls, {}, now),
  ]);
  return groups.flat();
}

async function endpointChecks({ insi, dmp, mllp, sources }: Config): Promise<Check[]> {
  const answers = sources.flatMap(({ application, answers: route }) =>
    route === undefined ? [] : [{ subject: `Réponses à ${application}`, route }],
  );
  return Promise.all([
    ...(insi === undefined ? [] : [checkService('INSi', insi.url, insi.tls)]),
    ...(dmp === undefined ? [] : [checkService('DMP', dmp.url, dmp.tls)]),
    ...answers.map(({ subject, route }) =>
      route.tls && mllp.tls !== undefined ? checkTls(subject, route, mllp.tls) : checkTcp(subject, route),
    ),
  ]);
}

async function databaseChecks({ databaseUrl, data }: Config, now: () => Date): Promise<Check[]> {
  if (databaseUrl !== undefined) return checkDatabase(databaseUrl, 'fault', now);
  const url = await embeddedUrl(data);
  return url === undefined
    ? [none('Base de données', 'embarquée, jamais démarrée dans ce dossier')]
    : checkDatabase(url, 'none', now);
}
