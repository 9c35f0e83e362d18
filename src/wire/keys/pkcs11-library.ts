/**
 * The few functions of PKCS#11 v2.20 that signing takes, called in the library of the card's vendor. Runs in a process of its
 * own (pkcs11-process.ts): the code of a vendor may block for as long as a reader pleases, or crash.
 */
import koffi, { type LibraryHandle } from 'koffi';
import { KeyUnavailable } from './key-unavailable.ts';

const CKR_OK = 0;
const CKR_USER_ALREADY_LOGGED_IN = 0x100;
/** Codes that say that the PIN is not to be tried again. */
const PIN_CODES: Readonly<Record<number, string>> = {
  160: 'CKR_PIN_INCORRECT',
  161: 'CKR_PIN_INVALID',
  162: 'CKR_PIN_LEN_RANGE',
  163: 'CKR_PIN_EXPIRED',
  164: 'CKR_PIN_LOCKED',
};
const ABSENCE_CODES: Readonly<Record<number, string>> = {
  48: 'CKR_DEVICE_ERROR',
  50: 'CKR_DEVICE_REMOVED',
  179: 'CKR_SESSION_HANDLE_INVALID',
  224: 'CKR_TOKEN_NOT_PRESENT',
  257: 'CKR_USER_NOT_LOGGED_IN',
};

const CKA = { class: 0x0, value: 0x11, keyType: 0x100, id: 0x102, alwaysAuthenticate: 0x202 } as const;
const CKO = { certificate: 1, privateKey: 3 } as const;
const CKK = { rsa: 0, ec: 3 } as const;
const CKM = { rsaPkcs: 0x1, ecdsa: 0x1041 } as const;
const CKU = { user: 1, contextSpecific: 2 } as const;
const CKF_SERIAL_SESSION = 4;
const MOST_OBJECTS = 64;
const MOST_SLOTS = 64;
const MOST_BYTES = 16_384;
const ULONG = koffi.sizeof('ulong');
const POINTER = koffi.sizeof('void *');

type Library = ReturnType<typeof functionsOf>;

export interface Token {
  /** DER. */
  readonly certificate: Buffer;
  /** `input` is what the mechanism takes: a DigestInfo with RSA, the hash with EC. */
  sign(input: Uint8Array): Buffer;
}

export interface TokenChoice {
  /** Path of the vendor's library. */
  readonly library: string;
  /** Where the reader holds several; the first that has the key by default. */
  readonly tokenLabel?: string | undefined;
  /** Hexadecimal end of CKA_ID: `10` for the signature key of a CPx, `20` for its authentication key (dmp.md 1.5). */
  readonly keyId: string;
  readonly pin: string;
}

/** Throws KeyUnavailable. The PIN is presented once. */
export function openToken(choice: TokenChoice): Token {
  const library = load(choice.library);
  for (const slot of slotsOf(library)) {
    if (choice.tokenLabel !== undefined && labelOf(library, slot) !== choice.tokenLabel) continue;
    const session = openSession(library, slot);
    const certificate = findByIdEnd(library, session, CKO.certificate, choice.keyId);
    // Certificates are public: a card of another kind is recognised before any PIN is presented to it.
    if (certificate === undefined) {
      library.closeSession(session);
      continue;
    }
    login(library, session, CKU.user, choice.pin);
    const key = findByIdEnd(library, session, CKO.privateKey, choice.keyId);
    if (key === undefined) throw new KeyUnavailable('absent', `aucune clé dont le CKA_ID finit par ${choice.keyId}`);
    return {
      certificate: attribute(library, session, certificate, CKA.value),
      sign: signing(library, session, key, choice.pin),
    };
  }
  throw new KeyUnavailable('absent', 'aucune carte avec cette clé');
}

function load(path: string): Library {
  try {
    const library = functionsOf(koffi.load(path));
    check(library.initialize(null), 'C_Initialize');
    return library;
  } catch (error) {
    if (error instanceof KeyUnavailable) throw error;
    throw new KeyUnavailable('failed', 'bibliothèque PKCS#11 illisible');
  }
}

/** Names of the standard, so that they can be looked up in it. Memory is laid out by hand: the library writes into it. */
function functionsOf(lib: LibraryHandle) {
  const declared = (name: string, ...parameters: string[]) => lib.func(name, 'ulong', parameters);
  return {
    initialize: declared('C_Initialize', 'void *'),
    getSlotList: declared('C_GetSlotList', 'uint8_t', 'void *', 'void *'),
    getTokenInfo: declared('C_GetTokenInfo', 'ulong', 'void *'),
    openSession: declared('C_OpenSession', 'ulong', 'ulong', 'void *', 'void *', 'void *'),
    closeSession: declared('C_CloseSession', 'ulong'),
    login: declared('C_Login', 'ulong', 'ulong', 'void *', 'ulong'),
    findInit: declared('C_FindObjectsInit', 'ulong', 'void *', 'ulong'),
    find: declared('C_FindObjects', 'ulong', 'void *', 'ulong', 'void *'),
    findFinal: declared('C_FindObjectsFinal', 'ulong'),
    getAttribute: declared('C_GetAttributeValue', 'ulong', 'ulong', 'void *', 'ulong'),
    signInit: declared('C_SignInit', 'ulong', 'void *', 'ulong'),
    sign: declared('C_Sign', 'ulong', 'void *', 'ulong', 'void *', 'void *'),
  };
}

function check(code: number, call: string): void {
  if (code === CKR_OK) return;
  const refused = PIN_CODES[code];
  if (refused !== undefined) throw new KeyUnavailable('pin', refused);
  const gone = ABSENCE_CODES[code];
  throw new KeyUnavailable(gone === undefined ? 'failed' : 'absent', gone ?? `${call} 0x${code.toString(16)}`);
}

/** CK_ULONG is 4 bytes on Windows, 8 elsewhere. */
function ulongs(count: number): Buffer {
  return Buffer.alloc(ULONG * count);
}

function ulongAt(memory: Buffer, index = 0): number {
  return ULONG === 8 ? Number(memory.readBigUInt64LE(index * 8)) : memory.readUInt32LE(index * 4);
}

function ulong(value: number): Buffer {
  const memory = ulongs(1);
  if (ULONG === 8) memory.writeBigUInt64LE(BigInt(value));
  else memory.writeUInt32LE(value);
  return memory;
}

function address(memory: Buffer): Buffer {
  const pointer = Buffer.alloc(POINTER);
  const value = BigInt(koffi.address(memory));
  if (POINTER === 8) pointer.writeBigUInt64LE(value);
  else pointer.writeUInt32LE(Number(value));
  return pointer;
}

/** What a structure points at lives as long as the structure does. */
const pointedAt = new WeakMap<Buffer, Buffer>();

/** CK_ATTRIBUTE and CK_MECHANISM have the same layout: a number, an address, a length, without a gap between them. */
function triple(type: number, value: Buffer | undefined): Buffer {
  const to = value === undefined ? Buffer.alloc(POINTER) : address(value);
  const structure = Buffer.concat([ulong(type), to, ulong(value?.length ?? 0)]);
  if (value !== undefined) pointedAt.set(structure, value);
  return structure;
}

function slotsOf(library: Library): number[] {
  const [count, slots] = [ulong(MOST_SLOTS), ulongs(MOST_SLOTS)];
  check(library.getSlotList(1, slots, count), 'C_GetSlotList');
  return Array.from({ length: ulongAt(count) }, (_, index) => ulongAt(slots, index));
}

/** The first 32 characters of CK_TOKEN_INFO, padded with blanks. */
function labelOf(library: Library, slot: number): string {
  const info = Buffer.alloc(512);
  check(library.getTokenInfo(slot, info), 'C_GetTokenInfo');
  return info.toString('utf8', 0, 32).trimEnd();
}

function openSession(library: Library, slot: number): number {
  const session = ulongs(1);
  check(library.openSession(slot, CKF_SERIAL_SESSION, null, null, session), 'C_OpenSession');
  return ulongAt(session);
}

function login(library: Library, session: number, user: number, pin: string): void {
  const code = Buffer.from(pin, 'utf8');
  const result = library.login(session, user, code, code.length);
  if (result !== CKR_USER_ALREADY_LOGGED_IN) check(result, 'C_Login');
}

/** The one object of this class whose identifier ends so. */
function findByIdEnd(library: Library, session: number, kind: number, end: string): number | undefined {
  const wanted = ulong(kind);
  check(library.findInit(session, triple(CKA.class, wanted), 1), 'C_FindObjectsInit');
  const [objects, count] = [ulongs(MOST_OBJECTS), ulongs(1)];
  check(library.find(session, objects, MOST_OBJECTS, count), 'C_FindObjects');
  check(library.findFinal(session), 'C_FindObjectsFinal');
  const handles = Array.from({ length: ulongAt(count) }, (_, index) => ulongAt(objects, index));
  return handles.find((handle) =>
    attribute(library, session, handle, CKA.id).toString('hex').endsWith(end.toLowerCase()),
  );
}

function attribute(library: Library, session: number, object: number, type: number): Buffer {
  const asked = triple(type, undefined);
  check(library.getAttribute(session, object, asked, 1), 'C_GetAttributeValue');
  const value = Buffer.alloc(lengthIn(asked));
  const template = triple(type, value);
  check(library.getAttribute(session, object, template, 1), 'C_GetAttributeValue');
  return value.subarray(0, lengthIn(template));
}

/** Of the value of a CK_ATTRIBUTE, as the library wrote it. */
function lengthIn(template: Buffer): number {
  const length = ulongAt(template.subarray(ULONG + POINTER));
  if (length > MOST_BYTES) throw new KeyUnavailable('failed', 'attribut illisible');
  return length;
}

function signing(library: Library, session: number, key: number, pin: string): Token['sign'] {
  const kind = ulongAt(attribute(library, session, key, CKA.keyType));
  if (kind !== CKK.rsa && kind !== CKK.ec) throw new KeyUnavailable('failed', 'clé ni RSA ni EC');
  const mechanism = triple(kind === CKK.rsa ? CKM.rsaPkcs : CKM.ecdsa, undefined);
  const eachTime = asksEachTime(library, session, key);
  return (input) => {
    check(library.signInit(session, mechanism, key), 'C_SignInit');
    if (eachTime) login(library, session, CKU.contextSpecific, pin);
    const [signature, length] = [Buffer.alloc(MOST_BYTES), ulong(MOST_BYTES)];
    check(library.sign(session, Buffer.from(input), input.length, signature, length), 'C_Sign');
    return signature.subarray(0, ulongAt(length));
  };
}

/** A card may want its PIN before each signature; one that does not know the attribute does not. */
function asksEachTime(library: Library, session: number, key: number): boolean {
  try {
    return attribute(library, session, key, CKA.alwaysAuthenticate)[0] === 1;
  } catch {
    return false;
  }
}
