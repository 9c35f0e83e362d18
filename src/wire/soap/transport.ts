/** How a remote call can end before its content is looked at. Implemented over mutual TLS in `https-transport.ts`. */

export interface SoapRequest {
  /** Appended to the transport's base URL. */
  readonly path: string;
  readonly contentType: string;
  /** Besides content-type and content-length. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as they are, never joined. */
  readonly body: readonly Uint8Array[];
  /** Time allowed for the whole exchange, milliseconds. */
  readonly timeoutMs: number;
}

export type TransportOutcome =
  | { readonly kind: 'answered'; readonly status: number; readonly contentType: string; readonly body: Buffer }
  /**
   * Nothing of the request reached the peer (refused, name unknown, TLS handshake failed): a retry is harmless. `tls`
   * when a certificate or the handshake was refused, which is a matter of configuration.
   */
  | { readonly kind: 'not-sent'; readonly reason: string; readonly tls?: true }
  /** The request may have been read and acted on (reset, time-out, answer cut): ask before sending again. */
  | { readonly kind: 'ambiguous'; readonly reason: string };

export interface SoapTransport {
  post(request: SoapRequest): Promise<TransportOutcome>;
  close(): Promise<void>;
}

/** The authority that vouches for the peer, and our certificate with its key: PEM texts, or a PKCS#12 file. */
export type ClientTls = { readonly ca: string } & (
  | { readonly cert: string; readonly key: string }
  | { readonly pfx: Buffer; readonly passphrase: string }
);
