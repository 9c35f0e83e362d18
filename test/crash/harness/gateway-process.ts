/** The gateway as a process that can be killed: `gateway-process.ts CONFIG.json LOG [ROLES]`. Prints its doors when they are open. */
import pino from 'pino';
import { loadConfig } from '../../../src/config/load.ts';
import { startGateway } from '../../../src/main.ts';
import { parseRoles, ROLES } from '../../../src/roles/role.ts';
import { obeyHarness } from './child.ts';

const [configFile = '', logFile = '', roles = ROLES.join(',')] = process.argv.slice(2);
const loaded = await loadConfig(configFile, process.env);
if (!loaded.ok) throw new Error(loaded.errors.join('\n'));
const { config } = loaded;
if (config.databaseUrl === undefined) throw new Error('the harness owns the database and names it');
// Synchronous: the last lines before a kill are those that matter.
const log = pino({ level: config.logLevel }, pino.destination({ dest: logFile, sync: true }));
const gateway = await startGateway(config, config.databaseUrl, log, { roles: parseRoles(roles) ?? ROLES });
obeyHarness(() => gateway.stop());
console.log(JSON.stringify({ mllp: gateway.mllp?.port, mllps: gateway.mllps?.port, http: gateway.http.url }));
