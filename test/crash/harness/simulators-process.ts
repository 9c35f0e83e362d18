/**
 * INSi and DMP in a process of their own: `simulators-process.ts FOLDER LOG [PLACES]`, the last one JSON with their ports (the
 * same after a kill) and the hospitals that the DMP knows. Prints where they are.
 */
import { join } from 'node:path';
import pino from 'pino';
import { z } from 'zod';
import { ensureDemoPki } from '../../../src/demo/pki.ts';
import { startDmp, startInsi } from '../../../src/demo/simulators.ts';
import { DEMO_EJ, DEMO_OTHER_EJ } from '../../../src/demo/structure.ts';
import { obeyHarness } from './child.ts';

const [folder = '', logFile = '', places = '{}'] = process.argv.slice(2);
const ports = z.object({ port: z.int(), controlPort: z.int() }).default({ port: 0, controlPort: 0 });
const { egs, ...at } = z
  .object({ insi: ports, dmp: ports, egs: z.array(z.string()).optional() })
  .parse(JSON.parse(places));
const pki = await ensureDemoPki(join(folder, 'pki'), { ej: DEMO_EJ, otherEj: DEMO_OTHER_EJ }, () => new Date());
const log = pino(pino.destination({ dest: logFile, sync: true }));
const place = {
  directory: join(folder, 'simulators'),
  pki,
  log: (line: string) => log.info(line),
};
const insi = await startInsi({ ...place, ...at.insi });
const dmp = await startDmp({ ...place, ...at.dmp, ...(egs === undefined ? {} : { egs }) });
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
