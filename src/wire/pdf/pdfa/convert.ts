/**
 * A PDF made into a PDF/A-1b by Ghostscript: a process of its own, in a folder of its own, without the environment of the
 * gateway, bounded in processor, memory, output and time. `-dSAFER` lets it read the document and one ICC profile, and run
 * nothing; nothing of what it says is kept, since it may quote the document (hostile.md, PDF / images).
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pdfARules } from '../../../rules/pdfa.ts';
import { ok, type Result, refuse } from '../../../rules/rule.ts';

export interface ConverterSettings {
  /** Name or path of Ghostscript. */
  readonly command: string;
  /** RGB profile of the output intent. */
  readonly iccProfile: string;
  readonly cpuSeconds: number;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly maxOutputMb: number;
}

/** POSIX counts `ulimit -f` in blocks of 512 bytes, `-v` in KB. */
const LIMITED = 'ulimit -c 0 && ulimit -t "$1" && ulimit -v "$2" && ulimit -f "$3" && shift 3 && exec "$@"';
const BLOCK = 512;

export async function convertToPdfA(bytes: Uint8Array, settings: ConverterSettings): Promise<Result<Buffer>> {
  // Private: mkdtemp gives mode 0700.
  const folder = await mkdtemp(join(tmpdir(), 'traitdunion-pdfa-'));
  try {
    await writeFile(join(folder, 'in.pdf'), bytes, { mode: 0o600 });
    await writeFile(join(folder, 'intent.ps'), outputIntent(settings.iccProfile), { mode: 0o600 });
    const ended = await run(folder, settings);
    if (ended !== undefined) return refuse(pdfARules.notConverted, { detail: ended });
    const { size } = await stat(join(folder, 'out.pdf'));
    if (size > settings.maxOutputMb * 1024 * 1024) return refuse(pdfARules.notConverted, { detail: 'taille' });
    return ok(await readFile(join(folder, 'out.pdf')));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    return refuse(pdfARules.notConverted, { detail: 'aucun document rendu' });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Why it did not end well, undefined when it did. */
function run(folder: string, settings: ConverterSettings): Promise<string | undefined> {
  const { command, cpuSeconds, memoryMb, maxOutputMb, timeoutSeconds, iccProfile } = settings;
  const limits = [cpuSeconds, memoryMb * 1024, Math.ceil((maxOutputMb * 1024 * 1024) / BLOCK)].map(String);
  const child = spawn('/bin/sh', ['-c', LIMITED, 'sh', ...limits, command, ...argumentsFor(iccProfile)], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: folder, TMPDIR: folder, LC_ALL: 'C' },
    stdio: 'ignore',
    // A group of its own, so that whatever it starts ends with it.
    detached: true,
  });
  return new Promise((settle) => {
    const deadline = setTimeout(() => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, timeoutSeconds * 1_000);
    child.on('error', () => settle('Ghostscript ne démarre pas'));
    child.on('close', (code, signal) => {
      clearTimeout(deadline);
      if (code === 0) settle(undefined);
      else settle(signal === null ? `Ghostscript a échoué (${code})` : 'durée ou mémoire');
    });
  });
}

function argumentsFor(iccProfile: string): string[] {
  return [
    ...['-q', '-dSAFER', '-dBATCH', '-dNOPAUSE', '-dNOOUTERSAVE', '-sDEVICE=pdfwrite'],
    // 1: what PDF/A-1 does not allow is left out, and the comparison with the original tells whether that shows.
    ...['-dPDFA=1', '-dPDFACompatibilityPolicy=1', '-sColorConversionStrategy=RGB'],
    ...['-dAutoRotatePages=/None', '-dPreserveAnnots=true'],
    `--permit-file-read=${iccProfile}`,
    ...['-sOutputFile=out.pdf', 'intent.ps', 'in.pdf'],
  ];
}

/** The output intent, without which PDF/A-1 allows no device colour (6.2.2). */
function outputIntent(iccProfile: string): string {
  const path = iccProfile.replace(/[\\()]/g, '\\$&');
  return `%!
[/_objdef {profile} /type /stream /OBJ pdfmark
[{profile} << /N 3 >> /PUT pdfmark
[{profile} (${path}) (r) file /PUT pdfmark
[/_objdef {intent} /type /dict /OBJ pdfmark
[{intent} << /Type /OutputIntent /S /GTS_PDFA1 /DestOutputProfile {profile} /OutputConditionIdentifier (sRGB) >> /PUT pdfmark
[{Catalog} << /OutputIntents [ {intent} ] >> /PUT pdfmark
`;
}

/** Why nothing can be converted here, French; undefined when it can. */
export async function converterFault({ command, iccProfile }: ConverterSettings): Promise<string | undefined> {
  try {
    await stat(iccProfile);
  } catch {
    return `profil ICC introuvable : ${iccProfile}`;
  }
  const version = await ghostscriptVersion(command);
  return version === undefined ? `Ghostscript (${command}) n’est pas installé ou ne démarre pas` : undefined;
}

/** For example `10.00.0`. */
export function ghostscriptVersion(command: string): Promise<string | undefined> {
  const child = spawn(command, ['--version'], { stdio: ['ignore', 'pipe', 'ignore'], timeout: 10_000 });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('latin1')).slice(0, 100);
  });
  return new Promise((settle) => {
    child.on('error', () => settle(undefined));
    child.on('close', (code) => settle(code === 0 ? said.trim() : undefined));
  });
}
