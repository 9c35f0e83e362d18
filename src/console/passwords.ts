/** Argon2id passwords, kept as PHC text. */
import crypto, { type Argon2Parameters, randomBytes, timingSafeEqual } from 'node:crypto';
import { argon2id } from 'hash-wasm';

/** OWASP Password Storage Cheat Sheet: 19 MiB, two passes, one lane. */
const COST = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const;
/** A longer text is refused before it costs anything. */
const LONGEST_PASSWORD = 200;

type Derive = (parameters: Argon2Parameters) => Promise<Buffer>;

const deriveInNode: Derive = (parameters) =>
  new Promise((resolve, reject) => {
    crypto.argon2('argon2id', parameters, (error, key) => (error === null ? resolve(key) : reject(error)));
  });

/** The same function in WebAssembly, for a Node of the PATH before 24.7, which has none of its own. */
const deriveInWasm: Derive = async ({ message, nonce, memory, passes, parallelism, tagLength }) => {
  const hash = await argon2id({
    password: Buffer.from(message as string, 'utf8'),
    salt: Buffer.from(nonce as Uint8Array),
    memorySize: memory,
    iterations: passes,
    parallelism,
    hashLength: tagLength,
    outputType: 'binary',
  });
  return Buffer.from(hash);
};

const derive: Derive = typeof crypto.argon2 === 'function' ? deriveInNode : deriveInWasm;

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replaceAll('=', '');
}

/** `$argon2id$v=19$m=…,t=…,p=…$salt$hash` */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(16);
  const hash = await derive({ message: password, nonce, ...COST });
  return `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$${base64(nonce)}$${base64(hash)}`;
}

/** A stored text that nothing matches: verifying against it takes the time of a real one. */
const NOBODY = `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$${base64(Buffer.alloc(16))}$${base64(Buffer.alloc(COST.tagLength))}`;

/** Whether the password is the stored one. Without a stored text the answer is no, after the same work. */
export async function verifyPassword(stored: string | undefined, password: string): Promise<boolean> {
  const [, , , cost = '', salt = '', expected = ''] = (stored ?? NOBODY).split('$');
  const [, memory, passes, parallelism] = /^m=(\d+),t=(\d+),p=(\d+)$/.exec(cost) ?? [];
  const wanted = Buffer.from(expected, 'base64');
  const hash = await derive({
    message: password.slice(0, LONGEST_PASSWORD),
    nonce: Buffer.from(salt, 'base64'),
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    tagLength: wanted.length,
  });
  return timingSafeEqual(hash, wanted) && stored !== undefined && password.length <= LONGEST_PASSWORD;
}
