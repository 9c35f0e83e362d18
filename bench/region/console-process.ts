/** A gateway in the role `console` as a process: `console-process.ts CONFIG.json LOG`. Prints its address and pid. */
import pino from 'pino';
import { loadConfig } from '../../src/config/load.ts';
import { startGateway } from '../../src/main.ts';
import { obeyHarness } from '../../test/crash/harness/child.ts';

const [configFile = '', logFile = ''] = process.argv.slice(2);
const loaded = await loadConfig(configFile, process.env);
if (!loaded.ok) throw new Error(loaded.errors.join('\n'));
const { config } = loaded;
if (config.databaseUrl === undefined) throw new Error('the bench owns the database and names it');
const log = pino({ level: config.logLevel }, pino.destination(logFile));
const gateway = await startGateway(config, config.databaseUrl, log, { roles: ['console'] });
obeyHarness(() => gateway.stop());
console.log(JSON.stringify({ url: gateway.http.url, pid: process.pid }));
