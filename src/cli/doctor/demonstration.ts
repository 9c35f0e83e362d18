/** The checks of a running demonstration, found by its `runtime.json`. */
import type { Runtime } from '../../demo/runtime-file.ts';
import { readRuntime } from '../runtime.ts';
import { checkCertificate } from './certificates.ts';
import { type Check, fault, none, ok } from './check.ts';
import { checkDatabase, embeddedUrl } from './database.ts';
import { checkHttp, checkService, checkTcp, checkTls } from './endpoints.ts';
import { checkDisk } from './machine.ts';

export async function checkDemonstration(
  data: string,
  databaseUrl: string | undefined,
  now: () => Date,
): Promise<Check[]> {
  const reading = await readRuntime(data);
  if (!reading.ok) return [fault('Démonstration', reading.reason)];
  const { runtime, mode } = reading;
  const url = databaseUrl ?? (await embeddedUrl(data));
  const groups = await Promise.all([
    processChecks(runtime, mode),
    checkCertificate('Certificat émetteur', runtime.tls, {}, now()),
    endpointChecks(runtime),
    url === undefined ? [none('Base de données', 'adresse inconnue')] : checkDatabase(url, 'fault', now),
    checkDisk(data).then((check) => [check]),
  ]);
  return [...groups.flat(), none('Paquets de règles', 'sans objet dans cette version')];
}

function processChecks({ pid }: Runtime, mode: number): Check[] {
  return [
    isAlive(pid) ? ok('Processus', `${pid} en marche`) : fault('Processus', `${pid} absent : runtime.json est périmé`),
    (mode & 0o077) === 0
      ? ok('runtime.json', 'lisible par son seul propriétaire')
      : fault('runtime.json', `droits ${mode.toString(8)} : il contient un jeton, 600 est attendu`),
  ];
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: alive, and somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function endpointChecks(runtime: Runtime): Promise<Check[]> {
  const { console: consoleUrl, api, token, mllp, mllps, insi, dmp, tls } = runtime;
  return Promise.all([
    checkHttp('Console', consoleUrl),
    checkHttp('API', `${api}/establishments`, token),
    checkTcp('MLLP', mllp),
    checkTls('MLLP sur TLS', mllps, tls),
    checkService('INSi', insi.url, tls),
    checkHttp('Pilotage INSi', `${insi.control}/stats`),
    checkService('DMP', dmp.url, tls),
    checkHttp('Pilotage DMP', `${dmp.control}/stats`),
  ]);
}
