/** One request, from its path to its answer: SOAP, VIHF, rights, then the operation. Source: dmp.md 1.2, 2.1, 9. */
import { withXml, type XmlElement, XmlRefused } from '../../wire/xml/xml.ts';
import { errorLabel } from '../common/control.ts';
import type { SimHandler, SimRequest, SimResponse } from '../common/service.ts';
import type { Stats } from '../common/stats.ts';
import type { FeedContext } from './feed.ts';
import type { MessageIds } from './message-ids.ts';
import { type MimePart, readMediaType, readMimePackage } from './mime.ts';
import { OPERATIONS, type Operation, type Prepared } from './operations.ts';
import { type Checked, type Fault, refused } from './problem.ts';
import { rightsFault } from './rights.ts';
import { FAULT_ACTION, readEnvelope, writeEnvelope, writeFault } from './soap.ts';
import { INS_OIDS, readInsCx } from './values.ts';
import { readVihf, type Vihf } from './vihf.ts';
import { type Caller, judgeVihf, RESOURCE_ID } from './vihf-rules.ts';

export interface HandlerContext extends FeedContext {
  readonly stats: Stats;
  readonly messageIds: MessageIds;
  readonly log: (line: string) => void;
}

/** What is known of the request so far, for the answer and the statistics. */
interface Trace {
  transaction: string;
  apiVersion: string;
  identityKind: string;
  relatesTo: string | undefined;
}

export function createHandler(context: HandlerContext): SimHandler {
  return async (request) => {
    const trace: Trace = { transaction: 'unknown', apiVersion: 'V2', identityKind: 'none', relatesTo: undefined };
    const { response, outcome } = await answer(request, trace, context);
    const { transaction, apiVersion, identityKind } = trace;
    context.stats.count({ transaction, apiVersion, identityKind, outcome });
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
      response: faultResponse(fault, context.newUuid(), trace.relatesTo),
      outcome: fault.subcode ?? `soap:${fault.code}`,
    };
  };
  try {
    const read = readRequest(request, trace, context);
    if (!read.ok) return fail(read.fault);
    const { operation, prepared, caller, parts } = read.value;
    if (caller.sha1) context.log(`${trace.transaction}: VIHF signed with SHA-1, admitted`);
    const { body, outcome } = await prepared.run(caller, parts);
    return { response: soapResponse(200, operation.responseAction, body, context.newUuid(), trace.relatesTo), outcome };
  } catch (error) {
    // A bug or a lost disk: nothing was confirmed.
    context.log(`${trace.transaction}: ${errorLabel(error)}`);
    return fail({ code: 'Receiver', reason: 'Erreur interne du simulateur.' });
  }
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
  if (version === 'v1') {
    trace.apiVersion = 'V1';
    if (/1\.2\.250\.1\.213\.1\.4\.2(?!\d)/.test(request.body.toString('latin1'))) trace.identityKind = 'INS-C';
    return refused('API V1 fermée : alimenter par l’API V2 avec un INS qualifié.');
  }
  if (trace.transaction === 'TD0.0') {
    trace.apiVersion = 'V1';
    return refused('TD0.0 arrêtée depuis le 30/09/2023 : l’identité vient du téléservice INSi.');
  }
  if (version !== 'v2' || !OPERATIONS.some((operation) => operation.service === service)) {
    return refused('Service inconnu.');
  }
  if (request.method !== 'POST') return refused('Méthode HTTP POST attendue.');
  const unwrapped = unwrap(request, service);
  if (!unwrapped.ok) return unwrapped;
  const { root, httpAction, parts } = unwrapped.value;
  const read = parseXml(root, (envelope) => readMessage(envelope, { service, httpAction, request, trace, context }));
  return read.ok ? { ok: true, value: { ...read.value, parts } } : read;
}

/** The SOAP message and its attachments: MTOM for the repository, plain elsewhere (dmp.md 2.1). */
function unwrap(
  request: SimRequest,
  service: string,
): Checked<{ root: Buffer; httpAction: string | undefined; parts: ReadonlyMap<string, MimePart> }> {
  const header = request.headers['content-type'] ?? '';
  const { type, parameters } = readMediaType(header);
  const httpAction = parameters.get('action');
  if (service === 'repository') {
    const mime = readMimePackage(header, request.body);
    if (!mime.ok) return mime;
    return { ok: true, value: { root: mime.value.root.body, httpAction, parts: mime.value.parts } };
  }
  if (type !== 'application/soap+xml') return refused(`Content-Type « ${type} » au lieu de application/soap+xml.`);
  return { ok: true, value: { root: request.body, httpAction, parts: new Map() } };
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

interface MessageContext {
  readonly service: string;
  readonly httpAction: string | undefined;
  readonly request: SimRequest;
  readonly trace: Trace;
  readonly context: HandlerContext;
}

/** Runs inside the life of the XML tree and returns plain values. */
function readMessage(
  root: XmlElement,
  { service, httpAction, request, trace, context }: MessageContext,
): Checked<Omit<ReadRequest, 'parts'>> {
  const envelope = readEnvelope(root, httpAction);
  if (!envelope.ok) return envelope;
  const { action, messageId, security, payload } = envelope.value;
  trace.relatesTo = messageId;
  const operation = OPERATIONS.find((candidate) => candidate.action === action);
  if (operation?.service !== service) return refused(`Action inconnue de ce service : ${action}.`);
  const prepared = operation.prepare(payload, context);
  if (prepared === undefined) return refused(`Le Body ne contient pas ce qu’annonce l’action ${action}.`);
  trace.transaction = prepared.transaction;
  const vihf = readVihf(security);
  if (!vihf.ok) return vihf;
  trace.identityKind = identityKind(vihf.value);
  const judged = judgeVihf(vihf.value, { policy: context.policy, tlsUnits: request.peer.organizationalUnits });
  if ('fault' in judged) return { ok: false, fault: judged.fault };
  const { caller } = judged;
  const forbidden = rightsFault(prepared.transaction, caller);
  if (forbidden !== undefined) return { ok: false, fault: forbidden };
  if (!context.messageIds.admit(messageId)) return refused('wsa:MessageID déjà reçu (rejeu).');
  return { ok: true, value: { operation, prepared, caller } };
}

function identityKind({ attributes }: Vihf): string {
  const patient = readInsCx(attributes.get(RESOURCE_ID)?.[0] ?? '');
  return patient === undefined ? 'none' : (INS_OIDS[patient.oid] ?? 'other');
}

export function faultResponse(fault: Fault, uuid: string, relatesTo?: string): SimResponse {
  return soapResponse(500, FAULT_ACTION, writeFault(fault), uuid, relatesTo);
}

function soapResponse(
  status: number,
  action: string,
  body: string,
  uuid: string,
  relatesTo: string | undefined,
): SimResponse {
  const reply = { action, messageId: `urn:uuid:${uuid}`, ...(relatesTo === undefined ? {} : { relatesTo }) };
  return {
    status,
    headers: { 'content-type': `application/soap+xml; charset=UTF-8; action="${action}"` },
    body: writeEnvelope(reply, body),
  };
}
