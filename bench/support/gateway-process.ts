/** The gateway as a process: `gateway-process.ts CONFIG.json LOG [ROLES]`, whole by default. Prints its MLLP port, if it has one, and pid. */
import pino from 'pino';
import { loadConfig } from '../../src/config/load.ts';
import { startGateway } from '../../src/main.ts';
import { parseRoles, ROLES } from '../../src/roles/role.ts';
import { obeyHarness } from '../../test/crash/harness/child.ts';

const [configFile = '', logFile = '', roles = ROLES.join(',')] = process.argv.slice(2);
const loaded = await loadConfig(configFile, process.env);
if (!loaded.ok) throw new Error(loaded.errors.join('\n'));
const { config } = loaded;
if (config.databaseUrl === undefined) throw new Error('the bench owns the database and names it');
const gateway = await startGateway(
  config,
  config.databaseUrl,
  pino({ level: config.logLevel }, pino.destination(logFile)),
  { roles: parseRoles(roles) ?? ROLES },
);
obeyHarness(() => gateway.stop());
console.log(JSON.stringify({ port: gateway.mllp?.port, pid: process.pid }));
