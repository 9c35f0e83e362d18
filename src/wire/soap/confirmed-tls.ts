/**
 * Connections handed over only once the server has accepted our certificate.
 *
 * With TLS 1.3 the client's handshake ends before the server has looked at the client certificate. A refusal then comes
 * after the request was written, often as a plain close, and could not be told from a request that was read and lost.
 * A server sends its session tickets after its own handshake ended, so the first ticket is the proof waited for.
 */
import { TLSSocket } from 'node:tls';
import { buildConnector } from 'undici';

/** The server closed during what is still the handshake for it. */
export const CERTIFICATE_REFUSED = 'TLS_CLIENT_CERTIFICATE_REFUSED';

/** Some servers send no ticket: after that time the connection is used all the same, once per connection. */
const TICKET_WAIT_MS = 300;

export function confirmedTls(options: buildConnector.BuildOptions): buildConnector.connector {
  const connect = buildConnector(options);
  return (target, callback) => {
    connect(target, (...result) => {
      const [error, socket] = result;
      if (error !== null) callback(error, null);
      else if (socket instanceof TLSSocket && mayBeRefused(socket)) confirm(socket, callback);
      else callback(null, socket);
    });
  };
}

/** A resumed session was accepted once, certificate included; servers give no new ticket for it. */
function mayBeRefused(socket: TLSSocket): boolean {
  return socket.getProtocol() === 'TLSv1.3' && !socket.isSessionReused();
}

function confirm(socket: TLSSocket, callback: buildConnector.Callback): void {
  const settle = (refused: boolean) => {
    clearTimeout(timer);
    socket.off('session', accepted).off('error', closed).off('end', closed).off('close', closed);
    // Writing from inside the ticket callback would re-enter OpenSSL and stall: hence the next turn.
    if (!refused) return void setImmediate(() => callback(null, socket));
    socket.destroy();
    callback(
      Object.assign(new Error('the server closed before its handshake ended'), { code: CERTIFICATE_REFUSED }),
      null,
    );
  };
  const accepted = () => settle(false);
  const closed = () => settle(true);
  const timer = setTimeout(accepted, TICKET_WAIT_MS);
  socket.on('session', accepted).on('error', closed).on('end', closed).on('close', closed);
}
