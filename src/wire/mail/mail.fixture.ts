/** Mails written by hand, so that each part can lie. */

export interface Part {
  readonly headers?: Readonly<Record<string, string>>;
  readonly type: string;
  readonly name?: string;
  readonly content: string | Uint8Array;
  /** Base64 unless told. */
  readonly plain?: boolean;
}

/** CRLF everywhere, headers first as given. */
export function mailOf(
  headers: Readonly<Record<string, string>>,
  parts: readonly Part[],
  type = 'multipart/mixed',
): Buffer {
  const boundary = 'b0undary';
  const lines = [
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    'MIME-Version: 1.0',
    `Content-Type: ${type}; boundary="${boundary}"`,
    '',
  ];
  for (const part of parts) {
    lines.push(`--${boundary}`, ...partLines(part));
  }
  lines.push(`--${boundary}--`, '');
  return Buffer.from(lines.join('\r\n'), 'latin1');
}

function partLines({ type, name, content, plain, headers = {} }: Part): string[] {
  const named = name === undefined ? [] : [`Content-Disposition: attachment; filename="${name}"`];
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : Buffer.from(content);
  const body = plain === true ? [bytes.toString('latin1')] : (bytes.toString('base64').match(/.{1,76}/g) ?? ['']);
  return [
    `Content-Type: ${type}`,
    ...named,
    `Content-Transfer-Encoding: ${plain === true ? '8bit' : 'base64'}`,
    ...Object.entries(headers).map(([key, value]) => `${key}: ${value}`),
    '',
    ...body,
  ];
}

export const HEADERS = {
  From: '"Dr Thomas Eric" <thomas.eric@medecin.mssante.fr>',
  To: 'dpi@hopital-demo.mssante.fr',
  Subject: '=?utf-8?q?XDM/1.0/DDM+Lettre_de_liaison_PAT-TROIS_DOMINIQUE_28/03/1979?=',
  'Message-ID': '<1234@medecin.mssante.fr>',
  Date: 'Mon, 23 Nov 2026 08:00:00 +0100',
} as const;
