/** HL7 v2 messages made to hurt (hostile.md, HL7v2 injection): each says what the door must answer. */
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { admission, cdaMessage, cdaOf, newUniqueId, pdfMessage } from '../journeys/messages.fixture.ts';
import type { Person } from '../journeys/people.fixture.ts';
import { xmlAttacks } from './hostile-xml.fixture.ts';

const SB = '\x0b';
const FS = '\x1c';

export interface Hl7Attack {
  readonly name: string;
  /** As it goes over the wire, frame included. */
  readonly frame: Buffer;
  /** MSA-1 and rule of the first answer; empty when nobody can be answered. */
  readonly answer: RegExp;
}

/** Who sends, and whose identity and documents must not move. */
export interface Parties {
  readonly attacker: Person;
  readonly victim: Person;
}

const ACCEPTED = /^AA $/;
const SILENT = /^$/;

function framed(message: string | Buffer): Buffer {
  const bytes = typeof message === 'string' ? Buffer.from(message, 'utf8') : message;
  return Buffer.concat([Buffer.from(SB), bytes, Buffer.from(`${FS}\r`)]);
}

export async function hl7Attacks({ attacker, victim }: Parties): Promise<readonly Hl7Attack[]> {
  // Another MSH-10 each time: a repeated message is not looked at twice.
  // An attack that changes nothing proves nothing.
  const changed = (text: string, change: (text: string) => string): Buffer => {
    const after = change(text);
    assert.notEqual(after, text);
    return framed(after);
  };
  // Another MSH-10 each time: a repeated message is not looked at twice.
  const adt = (change: (text: string) => string): Buffer => changed(admission(attacker).bytes.toString('utf8'), change);
  const named = (name: string): Buffer => adt((text) => text.replace(attacker.birthName, () => name));
  const letters = await pdfMessage(attacker);
  const mdm = (change: (text: string) => string): Buffer =>
    changed(letters.bytes.toString('utf8').replace(letters.controlId, randomUUID()), change);
  const pid = (text: string): string => /\r(PID\|[^\r]*)/.exec(text)?.[1] ?? '';
  const victimPid = pid(admission(victim).bytes.toString('utf8'));
  const victimIpp = `${victim.ipp}^^^CH-DEMO&1.2.3.4.567.8.9.10&ISO^PI`;
  return [
    ...injections(named, adt, victim),
    ...headers(adt),
    ...otherPeople(adt, mdm, { attacker, victim }, victimPid, victimIpp),
    ...floods(adt),
    ...framing(adt),
    ...bodies(mdm),
    ...documents(attacker),
  ];
}

type Named = (name: string) => Buffer;
type Changed = (change: (text: string) => string) => Buffer;

/** Delimiters and control characters where a name should be. */
function injections(named: Named, adt: Changed, victim: Person): Hl7Attack[] {
  return [
    // What follows it is shifted: the date stands where the sex is read.
    { name: 'a separator in a name', frame: named('PIRATE|X'), answer: /^AE TDU-HL7-068$/ },
    { name: 'a component in a name', frame: named('PIRATE^X'), answer: /^AE TDU-HL7-041$/ },
    { name: 'escaped delimiters in a name', frame: named('PIRATE\\F\\A\\S\\B\\R\\C\\T\\D\\E\\'), answer: ACCEPTED },
    {
      name: 'an escaped end of segment and a PID',
      frame: named(`PIRATE\\X0D\\PID\\F\\1\\F\\\\F\\${victim.ipp}`),
      answer: /^AE TDU-HL7-045$/,
    },
    { name: 'an escaped null character in a name', frame: named('PIRATE\\X00\\'), answer: ACCEPTED },
    { name: 'a null character in a name', frame: named('PIRATE\0'), answer: /^AE TDU-HL7-008$/ },
    {
      name: 'an escaped null character in an IPP',
      frame: adt((text) => text.replace(/\|J-(\d\d)\^/, '|J-$1\\X00\\^')),
      answer: ACCEPTED,
    },
    {
      name: 'an escaped null character in a visit number',
      frame: adt((text) => text.replace(/\|SJ-/, '|S\\X00\\J-')),
      answer: ACCEPTED,
    },
    {
      name: 'an escaped null character in the control id',
      frame: adt((text) => text.replace(/\|ADT\^A01\^ADT_A01\|/, '$&\\X00\\')),
      answer: ACCEPTED,
    },
    { name: 'an escape that never ends', frame: named(`PIRATE\\${'X'.repeat(100)}`), answer: ACCEPTED },
    { name: 'an escape that is not hexadecimal', frame: named('PIRATE\\XZZ\\'), answer: ACCEPTED },
    { name: 'an escaped escape', frame: named('PIRATE\\E\\X0D\\E\\'), answer: ACCEPTED },
    { name: 'SQL in a name', frame: named(`PIRATE'; drop table identity; --`), answer: ACCEPTED },
    { name: 'markup in a name', frame: named('<script>alert(1)</script>'), answer: ACCEPTED },
  ];
}

/** MSH that lies. */
function headers(adt: Changed): Hl7Attack[] {
  const latin = (buffer: Buffer): Buffer => Buffer.from(buffer.toString('utf8'), 'latin1');
  return [
    { name: 'MSH-2 with a delimiter twice', frame: adt((text) => text.replace('|^~\\&|', '|^~^&|')), answer: SILENT },
    { name: 'MSH-2 of letters', frame: adt((text) => text.replace('|^~\\&|', '|PIDX|')), answer: SILENT },
    {
      name: 'MSH-2 that takes the carriage return',
      frame: adt((text) => text.replace('|^~\\&|', '|^~\r&|')),
      answer: SILENT,
    },
    {
      name: 'MSH-2 redefined, the rest as before',
      frame: adt((text) => text.replace('MSH|^~\\&|', 'MSH|%$#@|')),
      answer: /^AE TDU-HL7-020$/,
    },
    { name: 'a second MSH', frame: adt((text) => `${text}${text}`), answer: /^AE TDU-HL7-002$/ },
    { name: 'a second MSH after a line feed', frame: adt((text) => `${text}\n${text}`), answer: /^AE TDU-HL7-002$/ },
    {
      name: 'MSH-18 says UTF-8 over Latin-1 bytes',
      frame: latin(adt((text) => text.replace('PARCOURS', 'PÉRIL'))),
      answer: /^AE TDU-HL7-008$/,
    },
    {
      name: 'MSH-18 of an encoding that nobody reads',
      frame: adt((text) => text.replace('UNICODE UTF-8', 'UNICODE UTF-32')),
      answer: /^AE TDU-HL7-006$/,
    },
    { name: 'a byte order mark before MSH', frame: adt((text) => `\ufeff${text}`), answer: SILENT },
    {
      name: 'another processing id',
      frame: adt((text) => text.replace('|T|2.5', '|X|2.5')),
      answer: /^AE TDU-HL7-022$/,
    },
    {
      name: 'MSH-9 and EVN that disagree',
      frame: adt((text) => text.replace('\rEVN||', '\rEVN|A40|')),
      answer: ACCEPTED,
    },
  ];
}

/** Somebody else's numbers in this patient's message. */
function otherPeople(
  adt: Changed,
  mdm: Changed,
  { attacker, victim }: Parties,
  victimPid: string,
  victimIpp: string,
): Hl7Attack[] {
  const ipp = new RegExp(`\\|${attacker.ipp}\\^`);
  const ins = `~${victim.matricule}^^^ASIP-SANTE-INS-NIR&${victim.oid}&ISO^INS`;
  const event = (code: string, more: string): Buffer =>
    adt((text) => `${text.replace('ADT^A01^ADT_A01', `ADT^${code}^ADT_A39`)}${more}\r`);
  return [
    { name: 'a second PID', frame: adt((text) => `${text}${victimPid}\r`), answer: /^AE TDU-HL7-033$/ },
    {
      name: 'two IPPs, one of them another patient’s',
      frame: adt((text) => text.replace(ipp, `|${victimIpp}~${attacker.ipp}^`)),
      answer: ACCEPTED,
    },
    {
      name: 'the other’s IPP last',
      frame: adt((text) => text.replace(/(\^PI)\|\|/, `$1~${victimIpp}||`)),
      answer: ACCEPTED,
    },
    {
      name: 'the other’s IPP alone, with other traits',
      frame: adt((text) => text.replace(ipp, `|${victim.ipp}^`)),
      answer: ACCEPTED,
    },
    { name: 'the other’s INS', frame: adt((text) => text.replace(/(\^PI)\|\|/, `$1${ins}||`)), answer: ACCEPTED },
    {
      name: 'a document of this patient under the other’s IPP',
      frame: mdm((text) => text.replace(ipp, `|${victim.ipp}^`)),
      answer: ACCEPTED,
    },
    {
      name: 'a document with the other’s INS',
      frame: mdm((text) => text.replace(/(\^PI)\|\|/, `$1${ins}||`)),
      answer: ACCEPTED,
    },
    // Taken in, then stopped: the victim's record carries an INS and the attacker's traits are not its own.
    { name: 'a merge that closes the other', frame: event('A40', `MRG|${victimIpp}`), answer: ACCEPTED },
    {
      name: 'a merge into itself',
      frame: event('A40', `MRG|${attacker.ipp}^^^CH-DEMO&1.2.3.4.567.8.9.10&ISO^PI`),
      answer: /^AE TDU-ID-050$/,
    },
    { name: 'a link', frame: event('A24', victimPid), answer: /^AE TDU-HL7-021$/ },
    {
      name: 'a movement cancelled by ZBE',
      frame: adt((text) => `${text}ZBE|1|20261123||CANCEL|N|A01\r`),
      answer: /^AE TDU-HL7-046$/,
    },
    {
      name: 'a status that no message may give',
      frame: adt((text) => text.replace('|VALI|', '|QUAL|')),
      answer: ACCEPTED,
    },
  ];
}

/** A million of each. */
function floods(adt: Changed): Hl7Attack[] {
  const million = (text: string): string => text.repeat(1_000_000);
  return [
    {
      name: 'a million repetitions',
      frame: adt((text) => text.replace('^PI||', `^PI${million('~')}||`)),
      answer: /^AE TDU-HL7-005$/,
    },
    {
      name: 'a million components',
      frame: adt((text) => text.replace('^PI||', `^PI${million('^')}||`)),
      answer: ACCEPTED,
    },
    {
      name: 'a million subcomponents',
      frame: adt((text) => text.replace('^PI||', `^PI${million('&')}||`)),
      answer: ACCEPTED,
    },
    {
      name: 'a million fields',
      frame: adt((text) => text.replace('\rPV1|', `${million('|')}\rPV1|`)),
      answer: /^AE TDU-HL7-005$/,
    },
    { name: 'a million segments', frame: adt((text) => text + 'Z\r'.repeat(1_000_000)), answer: /^AE TDU-HL7-004$/ },
    { name: 'a million line ends', frame: adt((text) => text + million('\r')), answer: ACCEPTED },
    {
      name: 'three hundred thousand escapes',
      frame: adt((text) => text.replace('MED A', () => '\\E\\'.repeat(300_000))),
      answer: ACCEPTED,
    },
    {
      name: 'a name of a megabyte',
      frame: adt((text) => text.replace('PARCOURS', 'P'.repeat(1_000_000))),
      answer: ACCEPTED,
    },
    {
      name: 'a birth date of a megabyte',
      frame: adt((text) => text.replace('|19900115|', `|${'1'.repeat(1_000_000)}|`)),
      answer: ACCEPTED,
    },
    {
      name: 'an IPP of a megabyte',
      frame: adt((text) => text.replace(/\|J-\d\d\^/, `|${'J'.repeat(1_000_000)}^`)),
      answer: /^A[ER] TDU-ID-\d{3}$/,
    },
    {
      name: 'a control id of 300 characters',
      frame: adt((text) => text.replace(/\|ADT\^A01\^ADT_A01\|/, (found) => found + 'M'.repeat(300))),
      answer: /^AE TDU-HL7-032$/,
    },
    {
      name: 'a sending application of 300 characters',
      frame: adt((text) => text.replace('GAM-TEST', 'G'.repeat(300))),
      answer: /^AE TDU-HL7-032$/,
    },
    {
      name: 'a control id of four thousand characters that repeat nothing',
      frame: adt((text) =>
        text.replace(/\|ADT\^A01\^ADT_A01\|/, (found) => found + randomBytes(1_900).toString('hex')),
      ),
      answer: /^AE TDU-HL7/,
    },
    {
      name: 'a frame larger than the door',
      frame: adt((text) => text + 'Z'.repeat(4_000_000)),
      answer: /^AR TDU-HL7-010$/,
    },
  ];
}

/** Bytes of the frame inside the message. */
function framing(adt: Changed): Hl7Attack[] {
  return [
    {
      name: 'an end of frame in the middle',
      frame: adt((text) => text.replace('\rPV1', `${FS}\r\rPV1`)),
      answer: ACCEPTED,
    },
    {
      name: 'an end byte alone in the middle',
      frame: adt((text) => text.replace('PARCOURS', `PAR${FS}COURS`)),
      answer: /^AE TDU-HL7-045$/,
    },
    {
      name: 'a start byte in the middle',
      frame: adt((text) => text.replace('PARCOURS', `PAR${SB}COURS`)),
      answer: /^AE TDU-HL7-045$/,
    },
    { name: 'an empty frame', frame: framed(''), answer: SILENT },
    { name: 'a header of eight bytes', frame: framed('MSH|^~\\&'), answer: SILENT },
    {
      name: 'random bytes',
      frame: framed(Buffer.from(Array.from({ length: 4_096 }, (_, n) => (n * 7919) % 251))),
      answer: SILENT,
    },
    { name: 'an HTTP request', frame: Buffer.from('POST / HTTP/1.1\r\nHost: a\r\n\r\n'), answer: SILENT },
  ];
}

/** The document inside the message. */
function bodies(mdm: Changed): Hl7Attack[] {
  const base64 = /\^Base64\^[^|\r]*/;
  return [
    {
      name: 'a document in broken Base64',
      frame: mdm((text) => text.replace(base64, '^Base64^%%%%')),
      answer: /^AE TDU-HL7-057$/,
    },
    {
      name: 'a document without a byte',
      frame: mdm((text) => text.replace(base64, '^Base64^')),
      answer: /^AE TDU-HL7-055$/,
    },
    {
      name: 'an MSH hidden in the document',
      frame: mdm((text) => text.replace(base64, '$&\rMSH|^~\\&|PIRATE')),
      answer: /^AE TDU-HL7-002$/,
    },
    {
      name: 'an unknown encoding of the document',
      frame: mdm((text) => text.replace('^Base64^', '^Hex^')),
      answer: /^AE TDU-HL7-058$/,
    },
  ];
}

/** XML attacks in the CDA of a message; the readers themselves meet them all in hostile-xml.test.ts. */
function documents(attacker: Person): Hl7Attack[] {
  const attacks = xmlAttacks({ file: '/etc/passwd', http: 'http://127.0.0.1:1' });
  const chosen = [
    'a billion laughs',
    'an external entity on a file',
    'UTF-16 LE with its mark',
    '10,000 elements deep',
  ];
  return chosen.map((name) => {
    const attack = attacks.find((one) => one.name === name);
    assert.ok(attack, name);
    const uniqueId = newUniqueId();
    const cda = attack.bytes(cdaOf(attacker, uniqueId).toString('utf8'));
    return {
      name: `a CDA with ${name}`,
      frame: framed(cdaMessage(attacker, cda, uniqueId).bytes),
      answer: /^AE TDU-HL7-065$/,
    };
  });
}
