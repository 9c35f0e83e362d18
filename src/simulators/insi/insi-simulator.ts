/** The INSi simulator: the teleservice of ins.md 4 behind mutual TLS, usable alone. */
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { openJournal } from '../common/journal.ts';
import { type RunningSimulator, type SimulatorOptions, startSimulator } from '../common/service.ts';
import { createStats } from '../common/stats.ts';
import type { Address } from './checks.ts';
import {
  addedIdentity,
  createIdentityBase,
  type IdentityBase,
  type KnownIdentity,
  knownIdentity,
} from './identity-base.ts';
import { behaviourOf, type Mode, modeOrder } from './modes.ts';
import { PUBLISHED_IDENTITIES, type PublishedIdentity } from './published.ts';
import { createTeleservice, type TeleserviceOptions } from './teleservice.ts';

export interface InsiSimulatorOptions
  extends Pick<SimulatorOptions, 'tls' | 'host' | 'port' | 'controlPort' | 'log' | 'random' | 'wait'>,
    Pick<TeleserviceOptions, 'acceptedIdam' | 'checkAnswers' | 'clockSkewMs' | 'now' | 'newUuid' | 'pscTokenHeader'> {
  /** Folder of its journal of added identities; created when absent. */
  readonly directory: string;
  /** Default `spec`. */
  readonly modes?: readonly Mode[];
  /** The national address that it plays; default `certificate`. */
  readonly address?: Address;
  /** Known besides the published ones; kept in the journal like those added by the control API. */
  readonly identities?: readonly KnownIdentity[];
}

/** `{ "identities": [...] }`, a bare list, or one identity. */
const identityOrder = z.preprocess(
  (body) => {
    if (Array.isArray(body)) return { identities: body };
    return typeof body === 'object' && body !== null && 'matricule' in body ? { identities: [body] } : body;
  },
  z.strictObject({ identities: z.array(addedIdentity).min(1) }),
);
const addressOrder = z.strictObject({ address: z.enum(['certificate', 'assertion']) });
const MAX_REQUEST_BYTES = 1024 * 1024;

/**
 * Starts the service at `{url}/lps`. Control API, besides faults: `GET /stats`, `GET|POST /mode`, `GET|POST /address`, `GET|POST /identities`.
 * Throws a ZodError on an identity that INSi could not hold, rejects when a port is taken.
 */
export async function createInsiSimulator(options: InsiSimulatorOptions): Promise<RunningSimulator> {
  const base = createIdentityBase<PublishedIdentity>();
  for (const identity of PUBLISHED_IDENTITIES) base.put(identity);
  const register = await openRegister(join(options.directory, 'insi-identities.jsonl'), base);
  try {
    if (options.identities !== undefined && options.identities.length > 0) {
      await register.add(z.array(knownIdentity).parse(options.identities));
    }
    const service = await startService(options, base, register);
    return {
      ...service,
      async close() {
        await service.close();
        await register.close();
      },
    };
  } catch (error) {
    await register.close();
    throw error;
  }
}

function startService(
  options: InsiSimulatorOptions,
  base: IdentityBase<PublishedIdentity>,
  register: Register,
): Promise<RunningSimulator> {
  const stats = createStats();
  let modes: readonly Mode[] = options.modes ?? ['spec'];
  let address: Address = options.address ?? 'certificate';
  const teleservice = createTeleservice({
    ...options,
    identities: base,
    behaviour: () => behaviourOf(modes),
    address: () => address,
  });
  return startSimulator({
    ...options,
    name: 'insi',
    maxBodyBytes: MAX_REQUEST_BYTES,
    handler: async (request) => {
      const { response, counted, refusedBy } = teleservice.answer(request);
      stats.count(counted);
      if (refusedBy !== undefined)
        options.log?.(`insi simulator: ${counted.transaction} refused by check ${refusedBy}`);
      return response;
    },
    soapFault: () => teleservice.fault('desir_1020'),
    control: {
      'GET /stats': async () => stats.report(),
      'GET /mode': async () => ({ modes }),
      'POST /mode': async (body) => {
        modes = modeOrder.parse(body);
        return { modes };
      },
      'GET /address': async () => ({ address }),
      'POST /address': async (body) => {
        ({ address } = addressOrder.parse(body));
        return { address };
      },
      'GET /identities': async () => ({ count: base.count() }),
      'POST /identities': async (body) => {
        const news = await register.add(identityOrder.parse(body).identities);
        return { added: news, count: base.count() };
      },
    },
  });
}

interface Register {
  /** Resolves, once they are on disk, to how many were new or changed. */
  add(identities: readonly KnownIdentity[]): Promise<number>;
  close(): Promise<void>;
}

async function openRegister(file: string, base: IdentityBase<PublishedIdentity>): Promise<Register> {
  const journal = await openJournal<unknown>(file, (entry) => base.put(knownIdentity.parse(entry)));
  return {
    async add(identities) {
      const news = identities.filter((each) => !isDeepStrictEqual(base.get(each.oid, each.matricule), each));
      await Promise.all(news.map((each) => journal.append(each)));
      for (const each of news) base.put(each);
      return news.length;
    },
    close: () => journal.close(),
  };
}
