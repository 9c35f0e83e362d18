/** Conversion to PDF/A-1b by Ghostscript, for the sources that ask for it. */
import { z } from 'zod';

const seconds = z.number().int().min(1).max(600);

export const pdfConversionSchema = z.strictObject({
  /** Name or path of Ghostscript, 10 or later. */
  command: z.string().min(1).default('gs'),
  /** RGB profile of the output intent; the default is where Debian puts that of Ghostscript. */
  iccProfile: z.string().startsWith('/').default('/usr/share/color/icc/ghostscript/srgb.icc'),
  /** Of one document (hostile.md, PDF / images). */
  cpuSeconds: seconds.default(10),
  timeoutSeconds: seconds.default(60),
  memoryMb: z.number().int().min(128).max(4_096).default(512),
  maxOutputMb: z.number().int().min(1).max(48).default(48),
});
