/**
 * A key in a card, by PKCS#11, used from a process of its own: a reader that hangs or a vendor's library that crashes takes
 * that process and nothing else. The card may come and go; a refused PIN is not presented again until the secret is another.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { type Signer, type SigningHash, signerFor } from '../xml/signer.ts';
import { KeyUnavailable } from './key-unavailable.ts';
import type { TokenChoice } from './pkcs11-library.ts';
import type { CardAnswer, CardRequest } from './pkcs11-process.ts';

export interface CardOptions extends Omit<TokenChoice, 'pin'> {
  /** Read when the card is opened. */
  readonly readPin: () => Promise<string>;
  /** For one call to the card, milliseconds. */
  readonly timeoutMs: number;
}

export interface Card {
  /** Opens the card where it is not. Rejects with KeyUnavailable. */
  signer(): Promise<Signer>;
  close(): void;
}

/** DigestInfo before the hash itself (RFC 8017, 9.2): CKM_RSA_PKCS takes it whole. */
const DIGEST_INFO: Readonly<Record<SigningHash, Buffer>> = {
  sha1: Buffer.from('3021300906052b0e03021a05000414', 'hex'),
  sha256: Buffer.from('3031300d060960864801650304020105000420', 'hex'),
};

export function createCard(options: CardOptions): Card {
  let opened: Promise<Opened> | undefined;
  /** Hash of the PIN that was refused. */
  let refused: string | undefined;

  async function open(): Promise<Opened> {
    const { readPin, timeoutMs, ...choice } = options;
    const pin = await readPin();
    const known = createHash('sha256').update(pin).digest('hex');
    if (known === refused) throw new KeyUnavailable('pin', 'code déjà refusé');
    const line = openLine(timeoutMs);
    try {
      const certificate = new X509Certificate(await line.ask({ do: 'open', choice: { ...choice, pin } }));
      return { line, certificate };
    } catch (error) {
      line.end();
      if (error instanceof KeyUnavailable && error.trouble === 'pin') refused = known;
      throw error;
    }
  }

  /** The card as it is open, or opened now; forgotten as soon as a call to it fails. */
  function current(): Promise<Opened> {
    const opening = opened ?? open();
    opened = opening;
    opening.catch(() => forget(opening));
    return opening;
  }

  function forget(opening: Promise<Opened>): void {
    if (opened === opening) opened = undefined;
  }

  async function sign(bytes: Uint8Array, hash: SigningHash, certificate: X509Certificate): Promise<Buffer> {
    const opening = current();
    const card = await opening;
    // Another card was put in: what it signs would not verify under the certificate that the message carries.
    if (card.certificate.fingerprint256 !== certificate.fingerprint256)
      throw new KeyUnavailable('absent', 'une autre carte est dans le lecteur');
    const digest = createHash(hash).update(bytes).digest();
    const rsa = certificate.publicKey.asymmetricKeyType === 'rsa';
    const input = (rsa ? Buffer.concat([DIGEST_INFO[hash], digest]) : digest).toString('base64');
    try {
      return await card.line.ask({ do: 'sign', input });
    } catch (error) {
      card.line.end();
      forget(opening);
      throw error;
    }
  }

  return {
    signer: async () => {
      const { certificate } = await current();
      return signerFor(certificate, (bytes, hash) => sign(bytes, hash, certificate));
    },
    close: () => {
      opened?.then(({ line }) => line.end()).catch(() => undefined);
      opened = undefined;
    },
  };
}

interface Opened {
  readonly line: Line;
  readonly certificate: X509Certificate;
}

interface Line {
  /** Resolves with the bytes of the answer. */
  ask(request: Omit<CardRequest & { do: 'open' }, 'id'> | Omit<CardRequest & { do: 'sign' }, 'id'>): Promise<Buffer>;
  end(): void;
}

function openLine(timeoutMs: number): Line {
  const child: ChildProcess = fork(fileURLToPath(new URL('./pkcs11-process.ts', import.meta.url)), {
    // What a vendor's library prints is nobody's business: it could be anything.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: [],
  });
  const waiting = new Map<number, (answer: Buffer | KeyUnavailable) => void>();
  let asked = 0;
  const settle = (id: number, answer: Buffer | KeyUnavailable): void => {
    waiting.get(id)?.(answer);
    waiting.delete(id);
  };
  const over = (code: string): void => {
    for (const id of [...waiting.keys()]) settle(id, new KeyUnavailable('failed', code));
  };
  child.on('message', (answer: CardAnswer) =>
    settle(
      answer.id,
      answer.ok ? Buffer.from(answer.bytes, 'base64') : new KeyUnavailable(answer.trouble, answer.code),
    ),
  );
  child.on('error', () => over('processus de la carte'));
  child.on('exit', () => over('le processus de la carte s’est arrêté'));
  child.unref();
  child.channel?.unref();
  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        asked += 1;
        const id = asked;
        const timer = setTimeout(() => {
          settle(id, new KeyUnavailable('timeout', 'la carte ne répond pas'));
          child.kill('SIGKILL');
        }, timeoutMs);
        child.channel?.ref();
        waiting.set(id, (answer) => {
          clearTimeout(timer);
          if (waiting.size <= 1) child.channel?.unref();
          if (answer instanceof KeyUnavailable) reject(answer);
          else resolve(answer);
        });
        child.send({ ...request, id }, (error) => {
          if (error !== null) settle(id, new KeyUnavailable('failed', 'le processus de la carte s’est arrêté'));
        });
      }),
    end: () => child.kill('SIGKILL'),
  };
}
