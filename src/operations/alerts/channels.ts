/** The two ways out of an alert: mail over SMTP, and a signed HTTPS call. Neither needs the database. */
import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createTransport } from 'nodemailer';
import { Agent, fetch } from 'undici';
import type { AlertsConfig } from '../../config/operations-schema.ts';
import type { Target } from './engine.ts';
import { type AlertMessage, jsonOf, mailOf } from './message.ts';

export interface Channels {
  /** Undefined once delivered; else why not, in a few words without content. */
  send(target: Target, message: AlertMessage): Promise<string | undefined>;
}

const MAIL_TIMEOUT_MS = 15_000;
const SIGNATURE_HEADER = 'x-traitdunion-signature';

export function createChannels(config: AlertsConfig): Channels {
  return {
    send: async ({ channel, target }, message) => {
      try {
        if (channel === 'mail') await sendMail(config, target, { ...message, ...mailOf(message) });
        else await callWebhook(config, target, message);
        return undefined;
      } catch (error) {
        return reasonOf(error);
      }
    },
  };
}

/** A mail to one person. `id` is stable: one that was delivered twice can be recognised. */
export interface Mail {
  readonly id: string;
  readonly at: Date;
  readonly subject: string;
  readonly text: string;
}

/** Undefined once the relay has it; else why not, in a few words without content. */
export async function mailTo(config: AlertsConfig, address: string, message: Mail): Promise<string | undefined> {
  try {
    await sendMail(config, address, message);
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

/** A connection for each mail: they are rare, and a relay closes idle connections. */
async function sendMail({ mail }: AlertsConfig, address: string, { id, at, subject, text }: Mail): Promise<void> {
  if (mail === undefined) throw new Error('aucun serveur de courrier déclaré');
  const transport = createTransport({
    host: mail.host,
    port: mail.port,
    secure: mail.security === 'tls',
    requireTLS: mail.security === 'starttls',
    ignoreTLS: mail.security === 'none',
    connectionTimeout: MAIL_TIMEOUT_MS,
    greetingTimeout: MAIL_TIMEOUT_MS,
    socketTimeout: MAIL_TIMEOUT_MS,
    ...(mail.user === undefined ? {} : { auth: { user: mail.user, pass: mail.password ?? '' } }),
    ...(mail.ca === undefined ? {} : { tls: { ca: await readFile(mail.ca, 'utf8'), minVersion: 'TLSv1.2' } }),
  });
  try {
    const domain = mail.from.split('@').at(-1)?.replace(/[>\s]/g, '') ?? 'traitdunion';
    await transport.sendMail({
      from: mail.from,
      to: address,
      messageId: `<${id}@${domain}>`,
      date: at,
      headers: { 'auto-submitted': 'auto-generated' },
      subject,
      text,
    });
  } finally {
    transport.close();
  }
}

async function callWebhook({ webhooks }: AlertsConfig, name: string, message: AlertMessage): Promise<void> {
  const webhook = webhooks.find((each) => each.name === name);
  if (webhook === undefined) throw new Error("point d'appel retiré de la configuration");
  const body = JSON.stringify(jsonOf(message));
  const seconds = Math.floor(message.at.getTime() / 1_000);
  const agent = new Agent({ connect: webhook.ca === undefined ? {} : { ca: await readFile(webhook.ca, 'utf8') } });
  try {
    const answer = await fetch(webhook.url, {
      method: 'POST',
      redirect: 'error',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': message.id,
        [SIGNATURE_HEADER]: signature(webhook.secret, seconds, body),
      },
      body,
      dispatcher: agent,
      signal: AbortSignal.timeout(webhook.timeoutMs),
    });
    await answer.body?.cancel();
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  } finally {
    await agent.destroy();
  }
}

/** `t=SECONDS,v1=HEX`: HMAC-SHA256 of `SECONDS.BODY`, so that an old call cannot be played again. */
function signature(secret: string, seconds: number, body: string): string {
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'inconnue';
  const cause = error.cause instanceof Error ? error.cause : error;
  const code = 'code' in cause && typeof cause.code === 'string' ? `${cause.code} ` : '';
  return `${code}${cause.message}`.slice(0, 200);
}
