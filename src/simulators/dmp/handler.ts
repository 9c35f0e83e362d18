/** One request, from its path to its answer: SOAP, VIHF, rights, then the operation. Source: dmp.md 1.2, 2.1, 9. */
import { createHash } from 'node:crypto';
import { withXml, type XmlElement, XmlRefused } from '../../wire/xml/xml.ts';
import { errorLabel } from '../common/control.ts';
import type { Peer } from '../common/peer.ts';
import type { SimHandler, SimRequest, SimResponse } from '../common/service.ts';
import type { Stats } from '../common/stats.ts';
import type { FeedContext } from './feed.ts';
import type { MessageIds } from './message-ids.ts';
import { type MimePart, readMediaType, readMimePackage } from './mime.ts';
import { writeMtom } from './mtom-answer.ts';
import type { Openings } from './openings.ts';
import { type Done, OPERATIONS, type Operation, type Prepared } from './operations.ts';
import type { ApiVersion } from './options.ts';
import { type Checked, type Fault, refused } from './problem.ts';
import { altered, type RefusalBoard } from './refusals.ts';
import { columnOf, rightsFault, TRANSACTIONS, type Transaction } from './rights.ts';
import { FAULT_ACTION, readEnvelope, writeEnvelope, writeFault } from './soap.ts';
import { INS_OIDS, readInsCx } from './values.ts';
import { readVihf, type Vihf } from './vihf.ts';
import { type Caller, judgeVihf, RESOURCE_ID, softwareOf } from './vihf-rules.ts';

export interface HandlerContext extends FeedContext {
  readonly stats: Stats;
  readonly messageIds: MessageIds;
  /** Refusals that a tester orders; none unless given. */
  readonly refusals?: RefusalBoard;
  readonly openings: Openings;
  readonly log: (line: string) => void;
}

/** What is known of the request so far, for the answer and the statistics. */
interface Trace {
  transaction: string;
  /** The answer leaves as MTOM, whatever it says. */
  mtom: boolean;
  apiVersion: ApiVersion;
  identityKind: string;
  /** Declared structure and product, once the VIHF is read. */
  structure: string;
  product: string;
  relatesTo: string | undefined;
}

export function createHandler(context: HandlerContext): SimHandler {
  return async (request) => {
    const trace: Trace = {
      transaction: 'unknown',
      mtom: false,
      apiVersion: 'V2',
      identityKind: 'none',
      structure: '',
      product: '',
      relatesTo: undefined,
    };
    const { response, outcome } = await answer(request, trace, context);
    const { transaction, apiVersion, identityKind, structure, product } = trace;
    context.stats.count(
      { transaction, apiVersion, identityKind, outcome },
      { ...certificateOf(request.peer), structure, product, month: monthOf(context.policy.now()) },
    );
    return response;
  };
}

async function answer(
  request: SimRequest,
  trace: Trace,
  context: HandlerContext,
): Promise<{ response: SimResponse; outcome: string }> {
  const fail = (fault: Fault): { response: SimResponse; outcome: string } => {
    context.log(`${trace.transaction}: ${fault.reason}`);
    return {
      response: soapResponse(500, FAULT_ACTION, { body: writeFault(fault) }, trace, context.newUuid),
      outcome: fault.subcode ?? `soap:${fault.code}`,
    };
  };
  try {
    const read = readRequest(request, trace, context);
    if (!read.ok) return fail(read.fault);
    const { operation, caller } = read.value;
    if (caller.sha1) context.log(`${trace.transaction}: VIHF signed with SHA-1, admitted`);
    const done = await run(read.value, trace, context);
    if ('fault' in done) return fail(done.fault);
    return {
      response: soapResponse(200, operation.responseAction, done, trace, context.newUuid),
      outcome: done.outcome,
    };
  } catch (error) {
    // A bug or a lost disk: nothing was confirmed.
    context.log(`${trace.transaction}: ${errorLabel(error)}`);
    return fail({ code: 'Receiver', reason: 'Erreur interne du simulateur.' });
  }
}

/** What was asked, unless a refusal was ordered for it: then nothing is done. */
async function run(
  { operation, prepared, caller, parts }: ReadRequest,
  { transaction }: Trace,
  { refusals }: HandlerContext,
): Promise<Done | { readonly fault: Fault }> {
  const order = isTransaction(transaction) ? refusals?.take(transaction) : undefined;
  if (order === undefined) return prepared.run(caller, parts);
  if (order.altered) {
    const done = await prepared.run(caller, parts);
    return 'fault' in done ? done : { ...done, attachments: altered(done.attachments ?? new Map()) };
  }
  const { code, reason } = order;
  if (code === undefined || operation.refuse === undefined) return { fault: { code: 'Sender', reason } };
  return operation.refuse([{ code, context: reason }]);
}

function isTransaction(name: string): name is Transaction {
  return TRANSACTIONS.some((transaction) => transaction === name);
}

interface ReadRequest {
  readonly operation: Operation;
  readonly prepared: Prepared;
  readonly caller: Caller;
  readonly parts: ReadonlyMap<string, MimePart>;
}

function readRequest(request: SimRequest, trace: Trace, context: HandlerContext): Checked<ReadRequest> {
  const path = request.path.split('?', 1)[0] ?? '';
  const [, version = '', service = ''] = /^\/si-dmp-server\/(v\d+)\/services\/(\w+)$/.exec(path) ?? [];
  if (service === 'patientCertif') trace.transaction = 'TD0.0';
  trace.apiVersion = version === 'v1' || service === 'patientCertif' ? 'V1' : 'V2';
  if (version === 'v1' && !context.openings.isOpen('apiV1')) {
    if (/1\.2\.250\.1\.213\.1\.4\.2(?!\d)/.test(request.body.toString('latin1'))) trace.identityKind = 'INS-C';
    return refused('API V1 fermée : alimenter par l’API V2 avec un INS qualifié.');
  }
  if (trace.transaction === 'TD0.0' && !context.openings.isOpen('td00')) {
    return refused('TD0.0 arrêtée depuis le 30/09/2023 : l’identité vient du téléservice INSi.');
  }
  if ((version !== 'v2' && version !== 'v1') || !OPERATIONS.some((operation) => operation.service === service)) {
    return refused('Service inconnu.');
  }
  if (request.method !== 'POST') return refused('Méthode HTTP POST attendue.');
  const unwrapped = unwrap(request, service);
  if (!unwrapped.ok) return unwrapped;
  const { root, parts, ...wrapping } = unwrapped.value;
  const read = parseXml(root, (envelope) =>
    readMessage(envelope, { service, api: version === 'v1' ? 'V1' : 'V2', ...wrapping, request, trace, context }),
  );
  return read.ok ? { ok: true, value: { ...read.value, parts } } : read;
}

interface Wrapping {
  /** The action parameter of the HTTP Content-Type, when there is one. */
  readonly httpAction: string | undefined;
  readonly mtom: boolean;
}

/** The SOAP message and its attachments: MTOM at the repository only, where the operation then says if it must be (dmp.md 2.1). */
function unwrap(
  request: SimRequest,
  service: string,
): Checked<Wrapping & { root: Buffer; parts: ReadonlyMap<string, MimePart> }> {
  const header = request.headers['content-type'] ?? '';
  const { type, parameters } = readMediaType(header);
  const httpAction = parameters.get('action');
  if (service === 'repository' && type !== 'application/soap+xml') {
    const mime = readMimePackage(header, request.body);
    if (!mime.ok) return mime;
    return { ok: true, value: { root: mime.value.root.body, httpAction, mtom: true, parts: mime.value.parts } };
  }
  if (type !== 'application/soap+xml') return refused(`Content-Type « ${type} » au lieu de application/soap+xml.`);
  return { ok: true, value: { root: request.body, httpAction, mtom: false, parts: new Map() } };
}

function parseXml<T>(bytes: Buffer, use: (root: XmlElement) => Checked<T>): Checked<T> {
  try {
    return withXml(bytes, use);
  } catch (error) {
    if (!(error instanceof XmlRefused)) throw error;
    const why =
      error.reason === 'doctype' ? 'DOCTYPE interdit' : error.reason === 'malformed' ? 'mal formé' : 'trop grand';
    return refused(`Message XML refusé : ${why}.`);
  }
}

interface MessageContext extends Wrapping {
  readonly service: string;
  readonly api: ApiVersion;
  readonly request: SimRequest;
  readonly trace: Trace;
  readonly context: HandlerContext;
}

/** Runs inside the life of the XML tree and returns plain values. */
function readMessage(
  root: XmlElement,
  { service, api, httpAction, mtom, request, trace, context }: MessageContext,
): Checked<Omit<ReadRequest, 'parts'>> {
  const envelope = readEnvelope(root, httpAction);
  if (!envelope.ok) return envelope;
  const { action, messageId, security, payload } = envelope.value;
  trace.relatesTo = messageId;
  const operation = OPERATIONS.find((candidate) => candidate.action === action);
  if (operation?.service !== service) return refused(`Action inconnue de ce service : ${action}.`);
  trace.mtom = operation.response === 'mtom';
  if (operation.request === 'mtom' && !mtom)
    return refused(`Content-Type : multipart/related (MTOM) attendu pour ${action}.`);
  const prepared = operation.prepare(payload, context);
  if (prepared === undefined) return refused(`Le Body ne contient pas ce qu’annonce l’action ${action}.`);
  trace.transaction = prepared.transaction;
  const vihf = readVihf(security);
  if (!vihf.ok) return vihf;
  trace.identityKind = identityKind(vihf.value);
  Object.assign(trace, declared(vihf.value));
  const judged = judgeVihf(vihf.value, {
    policy: context.policy,
    api,
    patientNeeded: operation.withoutPatient !== true,
    tls: request.peer,
  });
  if ('fault' in judged) return { ok: false, fault: judged.fault };
  const { caller } = judged;
  const transaction = transactionOf(prepared, caller);
  trace.transaction = transaction;
  const forbidden = rightsFault(transaction, caller);
  if (forbidden !== undefined) return { ok: false, fault: forbidden };
  if (!context.messageIds.admit(messageId)) return refused('wsa:MessageID déjà reçu (rejeu).');
  return { ok: true, value: { operation, prepared, caller } };
}

/** Fed with a CPE card, TD2.1 is TD2.2 (dmp.md 1.1). */
function transactionOf({ transaction }: Prepared, caller: Caller): Transaction {
  return transaction === 'TD2.1' && columnOf(caller) === 'DIRECTE CPE' ? 'TD2.2' : transaction;
}

function declared(vihf: Vihf): Pick<Trace, 'structure' | 'product'> {
  return {
    structure: vihf.attributes.get('Identifiant_Structure')?.[0] ?? '',
    product: softwareOf(vihf),
  };
}

function certificateOf({ commonName, organizationalUnits, certificate }: Peer) {
  return {
    certificate: commonName,
    unit: organizationalUnits[0] ?? '',
    fingerprint: createHash('sha256').update(certificate).digest('hex'),
  };
}

/** AAAA-MM, UTC. */
function monthOf(now: Date): string {
  return now.toISOString().slice(0, 7);
}

function identityKind({ attributes }: Vihf): string {
  const patient = readInsCx(attributes.get(RESOURCE_ID)?.[0] ?? '');
  return patient === undefined ? 'none' : (INS_OIDS[patient.oid] ?? 'other');
}

/** The fault that the control API orders: nothing of the request was read. */
export function faultResponse(fault: Fault, newUuid: () => string): SimResponse {
  return soapResponse(500, FAULT_ACTION, { body: writeFault(fault) }, { mtom: false, relatesTo: undefined }, newUuid);
}

function soapResponse(
  status: number,
  action: string,
  { body, attachments = new Map() }: Pick<Done, 'body' | 'attachments'>,
  { mtom, relatesTo }: Pick<Trace, 'mtom' | 'relatesTo'>,
  newUuid: () => string,
): SimResponse {
  const reply = { action, messageId: `urn:uuid:${newUuid()}`, ...(relatesTo === undefined ? {} : { relatesTo }) };
  const envelope = writeEnvelope(reply, body);
  if (mtom) {
    const { contentType, body: bytes } = writeMtom(action, envelope, attachments, newUuid());
    return { status, headers: { 'content-type': contentType }, body: bytes };
  }
  return {
    status,
    headers: { 'content-type': `application/soap+xml; charset=UTF-8; action="${action}"` },
    body: envelope,
  };
}
