/** The checks of a configured installation. */
import { loadConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { configuredCertificates } from '../../operations/index.ts';
import { checkCertificate } from './certificates.ts';
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

async function certificateChecks(config: Config, now: Date): Promise<Check[]> {
  const configured = configuredCertificates(config);
  const absent = ABSENT.filter(({ use }) => !configured.some((certificate) => certificate.use === use));
  const groups = await Promise.all(
    configured.map(({ name, files, expectation }) => checkCertificate(name, files, expectation, now)),
  );
  return [...groups.flat(), ...absent.map(({ name, detail }) => none(name, detail))];
}

const ABSENT = [
  { use: 'insi', name: 'Certificat INSi', detail: 'INSi non configuré' },
  { use: 'dmp', name: 'Certificat DMP', detail: 'DMP non configuré' },
  { use: 'mllp', name: 'Certificat MLLP', detail: 'MLLP sur TLS non configuré' },
] as const;

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
