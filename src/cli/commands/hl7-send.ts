/** `hl7 send`: the messages of a file, one after the other, each with the acknowledgement that comes back. */
import { type Acknowledgement, readAck } from '../../wire/hl7v2/ack.ts';
import { salvageHeader } from '../../wire/hl7v2/header.ts';
import { parseMessage } from '../../wire/hl7v2/message.ts';
import { createMllpClient, type MllpClient } from '../../wire/hl7v2/mllp-client.ts';
import type { ClientTls } from '../../wire/soap/transport.ts';
import { splitMessages } from '../hl7-messages.ts';
import { type Outcome, readInput, UsageFault } from '../outcome.ts';

export interface Hl7SendOptions {
  readonly to: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly allowPlain?: boolean;
}

const TIMEOUT_MS = 60_000;

interface Sent {
  readonly controlId: string;
  readonly accepted: boolean;
  /** `AA`, `AE`, `AR`, or how the exchange failed. */
  readonly answer: string;
  readonly errors: Acknowledgement['errors'];
}

export async function hl7Send(file: string, options: Hl7SendOptions): Promise<Outcome> {
  const { host, port, secure } = destination(options.to);
  if (!secure && options.allowPlain !== true && !isLoopback(host)) {
    throw new UsageFault(
      'mllp:// vers une autre machine circule en clair : utilisez mllps://, ou ajoutez --allow-plain.',
    );
  }
  const messages = splitMessages(await readInput(file));
  if (messages.length === 0) throw new UsageFault(`${file} ne contient aucun segment MSH.`);
  const tls = secure ? await clientTls(options) : undefined;
  const client = createMllpClient({ host, port, timeoutMs: TIMEOUT_MS, ...(tls === undefined ? {} : { tls }) });
  const sent: Sent[] = [];
  try {
    for (const message of messages) sent.push(await send(client, message));
  } finally {
    await client.close();
  }
  const refusedCount = sent.filter(({ accepted }) => !accepted).length;
  return {
    code: refusedCount === 0 ? 0 : 1,
    lines: [...sent.flatMap(linesOf), `${sent.length} message(s) envoyé(s), ${refusedCount} non accepté(s).`],
    result: { sent: sent.length, refused: refusedCount, messages: sent },
  };
}

function destination(to: string): { readonly host: string; readonly port: number; readonly secure: boolean } {
  const url = URL.canParse(to) ? new URL(to) : undefined;
  const known = url?.protocol === 'mllp:' || url?.protocol === 'mllps:';
  if (url === undefined || !known || url.hostname === '' || url.port === '') {
    throw new UsageFault(`Destination incorrecte : ${to} (mllp://machine:port ou mllps://machine:port).`);
  }
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port), secure: url.protocol === 'mllps:' };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}

async function clientTls({ ca, cert, key }: Hl7SendOptions): Promise<ClientTls> {
  if (ca === undefined || cert === undefined || key === undefined) {
    throw new UsageFault('mllps:// demande --ca, --cert et --key (fichiers PEM).');
  }
  const read = async (file: string): Promise<string> => (await readInput(file)).toString('utf8');
  return { ca: await read(ca), cert: await read(cert), key: await read(key) };
}

async function send(client: MllpClient, message: Buffer): Promise<Sent> {
  const controlId = salvageHeader(message)?.controlId ?? '';
  const failed = (answer: string): Sent => ({ controlId, accepted: false, answer, errors: [] });
  const outcome = await client.send(message);
  if (outcome.kind === 'not-sent') return failed(`non envoyé (${outcome.reason})`);
  if (outcome.kind === 'ambiguous')
    return failed(`sans réponse (${outcome.reason}) : peut-être reçu, renvoyer le même MSH-10`);
  const parsed = parseMessage(outcome.message, { defaultEncoding: 'UNICODE UTF-8' });
  const ack = parsed.ok ? readAck(parsed.value) : parsed;
  if (!ack.ok) return failed(`réponse illisible (${ack.refusal.rule.id})`);
  const { code, errors, controlId: answered } = ack.value;
  if (answered !== undefined && answered !== controlId) return failed("acquittement d'un autre message (MSA-2)");
  return { controlId, accepted: code === 'AA', answer: code, errors };
}

function linesOf({ controlId, answer, errors }: Sent): string[] {
  return [
    `${controlId === '' ? '(sans MSH-10)' : controlId} : ${answer}`,
    ...errors.map(
      ({ condition, application, text }) =>
        `  ERR ${[condition, application, text].filter((part) => part !== undefined).join(' | ')}`,
    ),
  ];
}
