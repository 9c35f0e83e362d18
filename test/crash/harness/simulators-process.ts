/** INSi and DMP in a process that outlives every gateway: `simulators-process.ts FOLDER LOG`. Prints where they are. */
import { join } from 'node:path';
import pino from 'pino';
import { ensureDemoPki } from '../../../src/demo/pki.ts';
import { startDmp, startInsi } from '../../../src/demo/simulators.ts';
import { DEMO_EJ, DEMO_OTHER_EJ } from '../../../src/demo/structure.ts';
import { obeyHarness } from './child.ts';

const [folder = '', logFile = ''] = process.argv.slice(2);
const pki = await ensureDemoPki(join(folder, 'pki'), { ej: DEMO_EJ, otherEj: DEMO_OTHER_EJ }, () => new Date());
const log = pino(pino.destination({ dest: logFile, sync: true }));
const place = {
  directory: join(folder, 'simulators'),
  port: 0,
  controlPort: 0,
  pki,
  log: (line: string) => log.info(line),
};
const insi = await startInsi(place);
const dmp = await startDmp(place);
obeyHarness(async () => {
  await insi.close();
  await dmp.close();
});
console.log(
  JSON.stringify({
    insi: { url: insi.url, control: insi.control },
    dmp: { url: dmp.url, control: dmp.control },
  }),
);
