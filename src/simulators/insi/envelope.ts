/** Reads the SOAP envelope of a request, before anything is judged but its shape. */
import { childrenNamed, readTree, type Tree } from './tree.ts';

const SOAP = 'http://www.w3.org/2003/05/soap-envelope';
const WSA = 'http://www.w3.org/2005/08/addressing';
const ACTION_PREFIX = 'urn:ServiceIdentiteCertifiee:1.0.0:';

/**
 * Body element of each operation of WSDL DESIR_ICIR_EXP_1.5.0 (ins.md 4.2). The schema of the verification is not published:
 * names seen in one client, the rest ours; it is answered in mode `verification` only.
 */
const OPERATIONS = {
  rechercherInsAvecTraitsIdentite: { namespace: 'http://www.cnamts.fr/INSiRecSans', element: 'RECSANSVITALE' },
  rechercherInsAvecCarteVitale: { namespace: 'http://www.cnamts.fr/INSiRecVit', element: 'RECVITALE' },
  verifierInsAvecTraitsIdentite: { namespace: 'http://www.cnamts.fr/INSiLot2', element: 'REQUnitaire' },
} as const;
export type Operation = keyof typeof OPERATIONS;
const OPERATION_NAMES = Object.keys(OPERATIONS) as Operation[];

export interface Envelope {
  readonly operation: Operation;
  /** `wsa:Action` as received. */
  readonly action: string;
  readonly messageId: string;
  readonly header: Tree;
  /** The child of the Body. */
  readonly payload: Tree;
}

/** `detail` says in French what is wrong, and quotes nothing of the request. */
export interface Violation {
  readonly check: Check;
  readonly detail: string;
  readonly messageId?: string;
  readonly operation?: Operation;
}

export type Check =
  | 'certificate'
  | 'content-type'
  | 'envelope'
  | 'action'
  | 'message-id'
  | 'replay'
  | 'security'
  | 'bam-context'
  | 'lps-context'
  | 'clock'
  | 'issuer'
  | 'idam'
  | 'body';

export function readEnvelope(body: Buffer): Envelope | Violation {
  const root = readTree(body);
  if (root === undefined) return { check: 'envelope', detail: "Le corps n'est pas un document XML acceptable." };
  const [header, soapBody] = root.children;
  const isEnvelope = root.namespace === SOAP && root.name === 'Envelope' && root.children.length === 2;
  if (!isEnvelope || !isSoap(header, 'Header') || !isSoap(soapBody, 'Body')) {
    return { check: 'envelope', detail: 'Une enveloppe SOAP 1.2 avec un Header puis un Body est attendue.' };
  }
  const messageIds = childrenNamed(header, WSA, 'MessageID');
  const messageId = messageIds[0]?.text;
  const known = messageId === undefined ? {} : { messageId };
  const [payload, ...others] = soapBody.children;
  if (payload === undefined || others.length > 0) {
    return { check: 'envelope', detail: 'Le Body doit contenir un élément et un seul.', ...known };
  }
  const actions = childrenNamed(header, WSA, 'Action');
  const action = actions[0]?.text ?? '';
  const operation = operationOf(action);
  if (operation === undefined || actions.length !== 1) {
    return { check: 'action', detail: 'wsa:Action est absente, répétée ou inconnue.', ...known };
  }
  if (messageId === undefined || messageIds.length !== 1) {
    return { check: 'message-id', detail: 'wsa:MessageID est absent ou répété.', operation, ...known };
  }
  const expected = OPERATIONS[operation];
  if (payload.namespace !== expected.namespace || payload.name !== expected.element) {
    return { check: 'action', detail: "L'élément du Body n'est pas celui de wsa:Action.", operation, messageId };
  }
  return { operation, action, messageId, header, payload };
}

function isSoap(tree: Tree | undefined, name: string): tree is Tree {
  return tree !== undefined && tree.namespace === SOAP && tree.name === name;
}

function operationOf(action: string): Operation | undefined {
  const name = action.startsWith(ACTION_PREFIX) ? action.slice(ACTION_PREFIX.length) : '';
  return OPERATION_NAMES.find((known) => known === name);
}
