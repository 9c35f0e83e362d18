/** `openssl speed` of this machine, in this run: the limit of hashing and signing. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** RSA-2048 signatures a second of CPU; undefined when openssl is not installed. */
export async function opensslSignatures(seconds: number): Promise<number | undefined> {
  // `+F2:number:2048:signatures:verifications`, a second.
  const line = (await speed(['rsa2048'], seconds))?.split('\n').find((text) => text.startsWith('+F2:'));
  const rate = Number(line?.split(':')[3]);
  return rate > 0 ? rate : undefined;
}

/** Digests a second of CPU of a message of this size; undefined when openssl is not installed. */
export async function opensslDigests(hash: string, bytes: number, seconds: number): Promise<number | undefined> {
  // `+F:number:name:rate`, bytes a second.
  const text = await speed(['-bytes', String(bytes), '-evp', hash], seconds);
  const rate = Number(
    text
      ?.split('\n')
      .find((line) => line.startsWith('+F:'))
      ?.split(':')[3],
  );
  return rate > 0 ? rate / bytes : undefined;
}

async function speed(what: readonly string[], seconds: number): Promise<string | undefined> {
  try {
    const rounded = String(Math.max(1, Math.round(seconds)));
    return (await execute('openssl', ['speed', '-mr', '-seconds', rounded, ...what])).stdout;
  } catch {
    return undefined;
  }
}
