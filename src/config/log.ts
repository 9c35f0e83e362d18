/** The log of an installation: JSON lines that hold no matricule and no row of the database (promise 9). */
import pino, { type DestinationStream, type Logger } from 'pino';
import { withoutMatricule } from '../ins/redact.ts';

/** Where the lines go when they are not for the terminal. */
export interface LogFile {
  readonly file: string;
}

/** Lines that wait for a disk that takes none; what comes beyond is dropped. */
const MOST_HELD_BYTES = 8 * 1024 * 1024;

/** Lines go to the standard output, or to a file that is appended to. */
export function openLog(level: 'debug' | 'info' | 'warn' | 'error', place?: LogFile): Logger {
  const destination =
    place === undefined
      ? pino.destination({ dest: 1, sync: true })
      : pino.destination({ dest: place.file, mkdir: true, sync: false, maxLength: MOST_HELD_BYTES });
  // A full disk takes the log away, not the gateway (hostile T-R8).
  destination.on('error', () => undefined);
  const masked: DestinationStream = { write: (line) => void destination.write(withoutMatricule(line)) };
  // Milliseconds since 1970 have thirteen digits, like a NIR: a time is written as a date.
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: { err: shownError } },
    masked,
  );
}

/** PostgreSQL quotes the offending row in `detail` and `where`: traits and matricule. What locates a bug is enough. */
function shownError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { type, message, stack, code } = pino.stdSerializers.err(error);
  return { type, message, stack, code };
}
