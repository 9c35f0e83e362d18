/** The configuration of the demonstration with nothing behind it: no key is read, no service is there, no port is opened. */
import type { ConfigInput } from '../../src/config/schema.ts';
import { type DemoPlaces, demoConfig } from '../../src/demo/structure.ts';

const UNUSED = { certFile: 'unused', keyFile: 'unused' };
const NO_KEYS = { caFile: 'unused', server: UNUSED, insiAuto: UNUSED, authCli: UNUSED, sign: UNUSED, mssante: UNUSED };

export function nowhereConfig(places: Partial<DemoPlaces> = {}): ConfigInput {
  return demoConfig(NO_KEYS, {
    data: '/nowhere',
    context: 1,
    version: '0.0.0-test',
    databaseUrl: undefined,
    httpPort: 0,
    mllpPort: 0,
    mllpTlsPort: 0,
    insiUrl: 'https://localhost:1',
    dmpUrl: 'https://localhost:1',
    smtpPort: 1,
    answersPort: 1,
    ...places,
  });
}
