/** The whole gateway as a process: `gateway-process.ts CONFIG.json LOG`. Prints its MLLP port and pid. */
import pino from 'pino';
import { loadConfig } from '../../src/config/load.ts';
import { startGateway } from '../../src/main.ts';
import { obeyHarness } from '../../test/crash/harness/child.ts';

const [configFile = '', logFile = ''] = process.argv.slice(2);
const loaded = await loadConfig(configFile, process.env);
if (!loaded.ok) throw new Error(loaded.errors.join('\n'));
const { config } = loaded;
if (config.databaseUrl === undefined) throw new Error('the bench owns the database and names it');
const gateway = await startGateway(
  config,
  config.databaseUrl,
  pino({ level: config.logLevel }, pino.destination(logFile)),
);
obeyHarness(() => gateway.stop());
console.log(JSON.stringify({ port: gateway.mllp?.port, pid: process.pid }));
