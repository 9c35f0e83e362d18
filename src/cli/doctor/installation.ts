/** The checks of a configured installation. */
import { loadConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { folderFault } from '../../deposit/index.ts';
import { configuredCertificates, conversionFault, frenchDate, openSignatureCard } from '../../operations/index.ts';
import { ghostscriptVersion } from '../../wire/pdf/pdfa/convert.ts';
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
    cardCheck(config, now()),
    endpointChecks(config),
    databaseChecks(config, now),
    checkDisk(config.data).then((check) => [check]),
    conversionChecks(config),
    folderChecks(config),
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

/** The card is opened as the gateway does; a refused code is presented once. */
async function cardCheck({ dmp }: Config, now: Date): Promise<Check[]> {
  if (dmp === undefined || !('pkcs11' in dmp.signature)) return [];
  const subject = 'Carte de signature DMP (PKCS#11)';
  const card = openSignatureCard(dmp.signature);
  try {
    const { certificate } = await card.signer();
    const until = frenchDate(certificate.validToDate);
    return [
      certificate.validToDate < now
        ? fault(subject, `expirée depuis le ${until}`)
        : ok(subject, `lue, valable jusqu'au ${until}`),
    ];
  } catch (error) {
    return [fault(subject, `inutilisable (${error instanceof Error ? error.message : 'inconnue'})`)];
  } finally {
    card.close();
  }
}

/** Ghostscript, where a source converts its PDFs. */
async function conversionChecks(config: Config): Promise<Check[]> {
  const subject = 'Conversion en PDF/A';
  if (!config.sources.some(({ pdfA }) => pdfA === 'convert')) return [none(subject, 'aucune source ne la demande')];
  const unable = await conversionFault(config);
  if (unable !== undefined) return [fault(subject, unable)];
  const { command } = config.pdfConversion;
  return [ok(subject, `Ghostscript ${(await ghostscriptVersion(command)) ?? ''} (${command})`)];
}

async function folderChecks({ sources }: Config): Promise<Check[]> {
  const folders = sources.flatMap(({ application, watchedFolder }) =>
    watchedFolder === undefined ? [] : [{ subject: `Dossier surveillé de ${application}`, path: watchedFolder.path }],
  );
  if (folders.length === 0) return [none('Dossiers surveillés', 'aucun')];
  return Promise.all(
    folders.map(async ({ subject, path }) => {
      const unable = await folderFault(path);
      return unable === undefined ? ok(subject, path) : fault(subject, `${path} : ${unable}`);
    }),
  );
}

const ABSENT = [
  { use: 'insi', name: 'Certificat INSi', detail: 'INSi non configuré' },
  { use: 'dmp', name: 'Certificat DMP', detail: 'DMP non configuré' },
  { use: 'mllp', name: 'Certificat MLLP', detail: 'MLLP sur TLS non configuré' },
] as const;

async function endpointChecks({ insi, dmp, mllp, mssante, sources }: Config): Promise<Check[]> {
  const answers = sources.flatMap(({ application, answers: route }) =>
    route === undefined ? [] : [{ subject: `Réponses à ${application}`, route }],
  );
  return Promise.all([
    ...(insi === undefined ? [] : [checkService('INSi', insi.url, insi.tls)]),
    ...(dmp === undefined ? [] : [checkDmp(dmp)]),
    ...(mssante?.mailboxes ?? []).map(({ address, smtp }) =>
      smtp.security === 'tls' ? checkTls(`MSSanté ${address}`, smtp, smtp.tls) : checkTcp(`MSSanté ${address}`, smtp),
    ),
    ...answers.map(({ subject, route }) =>
      route.tls && mllp.tls !== undefined ? checkTls(subject, route, mllp.tls) : checkTcp(subject, route),
    ),
  ]);
}

/** A relay on this machine makes the connection by itself: only that it listens can be seen. */
function checkDmp({ url, tls }: NonNullable<Config['dmp']>): Promise<Check> {
  return 'relayPort' in tls
    ? checkTcp('DMP (relais TLS local)', { host: '127.0.0.1', port: tls.relayPort })
    : checkService('DMP', url, tls);
}

async function databaseChecks({ databaseUrl, data }: Config, now: () => Date): Promise<Check[]> {
  if (databaseUrl !== undefined) return checkDatabase(databaseUrl, 'fault', now);
  const url = await embeddedUrl(data);
  return url === undefined
    ? [none('Base de données', 'embarquée, jamais démarrée dans ce dossier')]
    : checkDatabase(url, 'none', now);
}
