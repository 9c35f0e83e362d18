/** `DIR/runtime.json`: how other tools find a running demonstration (design 10). Present only while it is ready. */
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Runtime {
  readonly console: string;
  readonly api: string;
  readonly fhir: string;
  readonly token: string;
  readonly mllp: { readonly host: string; readonly port: number };
  readonly mllps: { readonly host: string; readonly port: number };
  readonly insi: { readonly url: string; readonly control: string };
  readonly dmp: { readonly url: string; readonly control: string };
  /** SMTP server of the simulated MSSanté operator. */
  readonly mssante?: { readonly host: string; readonly port: number; readonly control: string };
  /** Mailbox of the hospital at the simulated MSSanté operator. */
  readonly imap?: { readonly port: number; readonly control: string; readonly address: string };
  /** Absent from what an older program wrote. */
  readonly psc?: { readonly url: string; readonly control: string };
  /** Door of old connectors: their DMP address, less its path. Absent from what an older program wrote. */
  readonly legacy?: { readonly url: string };
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
  readonly pid: number;
}

function fileIn(directory: string): string {
  return join(directory, 'runtime.json');
}

export async function removeRuntime(directory: string): Promise<void> {
  await rm(fileIn(directory), { force: true });
}

/** Written aside and renamed: a reader sees the whole file or none. */
export async function writeRuntime(directory: string, runtime: Runtime): Promise<void> {
  const draft = `${fileIn(directory)}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(runtime, null, 2)}\n`, { mode: 0o600 });
  await rename(draft, fileIn(directory));
}
