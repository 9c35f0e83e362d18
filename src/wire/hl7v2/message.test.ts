import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hl7Rules } from '../../rules/hl7.ts';
import type { Result } from '../../rules/rule.ts';
import { encapsulatedData } from './encapsulated-data.ts';
import { readHeader, salvageHeader } from './header.ts';
import {
  bytesOf,
  component,
  componentSpan,
  fieldSpan,
  type Hl7Message,
  parseMessage,
  read,
  repetitions,
  segmentNamed,
  segmentsNamed,
} from './message.ts';

const MSH = 'MSH|^~\\&|GAM|CHU|TDU|CHU|20260101||ADT^A01^ADT_A01|1|T|2.5|||||FRA|UNICODE UTF-8';

function parsed(result: Result<Hl7Message>): Hl7Message {
  if (!result.ok) assert.fail(`refused: ${result.refusal.rule.id} ${result.refusal.detail ?? ''}`);
  return result.value;
}

function parseText(text: string, encoding: BufferEncoding = 'utf8'): Result<Hl7Message> {
  return parseMessage(Buffer.from(text, encoding));
}

function refusedBy(result: Result<unknown>): string {
  return result.ok ? 'accepted' : result.refusal.rule.id;
}

/** A message whose PID-5 first component is `raw`. */
function nameIn(raw: string): string | null | undefined {
  const message = parsed(parseText(`${MSH}\rPID|1||||${raw}^REST\r`));
  const [name] = repetitions(segmentNamed(message, 'PID') ?? assert.fail(), 5);
  return component(name ?? assert.fail(), 1);
}

describe('segments and fields', () => {
  it('reads CR, LF and CRLF alike, with or without a last line end and with blank lines', () => {
    const lines = [MSH, 'PID|1||42^^^CHU&1.2.3&ISO^PI~43', 'PV1|1|I'];
    const readings = ['\r', '\n', '\r\n', '\r\r'].flatMap((eol) => [
      lines.join(eol),
      lines.join(eol) + eol,
      eol + lines.join(eol),
    ]);
    for (const text of readings) {
      const message = parsed(parseText(text));
      assert.deepEqual(
        message.segments.map(({ name }) => name),
        ['MSH', 'PID', 'PV1'],
      );
      assert.equal(read(segmentNamed(message, 'PID'), 3, 4, 2), '1.2.3');
      assert.equal(read(segmentNamed(message, 'PV1'), 2), 'I');
    }
  });

  it('counts MSH-1 as the separator', () => {
    const header = readHeader(parsed(parseText(`${MSH}\r`)));
    assert.equal(header.sendingApplication.namespace, 'GAM');
    assert.equal(header.controlId, '1');
    assert.equal(header.structure, 'ADT_A01');
    assert.equal(header.country, 'FRA');
  });

  it('takes the delimiters that the message declares', () => {
    const message = parsed(
      parseText('MSH#*+!%#A#B#C#D#20260101##ADT*A01#9#T#2.5######8859/1\rPID#1##1***X%1.2%ISO*PI+2\r'),
    );
    const ids = repetitions(segmentNamed(message, 'PID') ?? assert.fail(), 3);
    assert.equal(ids.length, 2);
    assert.equal(component(ids[0] ?? assert.fail(), 4, 2), '1.2');
    assert.equal(readHeader(message).event, 'A01');
  });

  it('tells the HL7 null from an absent value', () => {
    assert.equal(nameIn('""'), null);
    assert.equal(nameIn(''), undefined);
    assert.equal(nameIn('DUPONT'), 'DUPONT');
  });

  it('refuses what is not one message', () => {
    assert.equal(refusedBy(parseText('')), hl7Rules.mshMissing.id);
    assert.equal(refusedBy(parseText('PID|1\r')), hl7Rules.mshMissing.id);
    assert.equal(refusedBy(parseText('MSH')), hl7Rules.delimitersInvalid.id);
    assert.equal(refusedBy(parseText('MSH||~\\&|A')), hl7Rules.delimitersInvalid.id);
    assert.equal(refusedBy(parseText('MSHA^~\\&A')), hl7Rules.delimitersInvalid.id);
    assert.equal(refusedBy(parseText(`${MSH}\rPID|1\r${MSH}\r`)), hl7Rules.secondHeader.id);
    assert.equal(refusedBy(parseText(`${MSH}\rOBX|1|TX|a||du texte\r${MSH}\r`)), hl7Rules.secondHeader.id);
    assert.equal(refusedBy(parseText(`${MSH}\rPID|1||||NOM\nsuite du nom\r`)), hl7Rules.segmentMalformed.id);
  });

  it('bounds segments, fields and repetitions', () => {
    assert.equal(refusedBy(parseText(`${MSH}\r${'NTE|1\r'.repeat(6_000)}`)), hl7Rules.tooManyParts.id);
    assert.equal(refusedBy(parseText(`${MSH}\rPID|${'|'.repeat(2_000)}\r`)), hl7Rules.tooManyParts.id);
    assert.equal(refusedBy(parseText(`${MSH}\rPID|1||${'~'.repeat(1_000_000)}\r`)), hl7Rules.tooManyParts.id);
    assert.equal(refusedBy(parseText(`${MSH}\rOBX|1|TX|${'~'.repeat(1_000_000)}|||\r`)), hl7Rules.tooManyParts.id);
  });
});

describe('escape sequences', () => {
  it('are decoded once, and what they give is never a delimiter', () => {
    assert.equal(nameIn('A\\F\\B\\S\\C\\T\\D\\R\\E\\E\\F'), 'A|B^C&D~E\\F');
    assert.equal(nameIn('A\\E\\F\\E\\B'), 'A\\F\\B');
    assert.equal(nameIn('A\\X0D\\PID|'.slice(0, -1)), 'A\rPID');
    assert.equal(nameIn('\\XC389\\LODIE\\.br\\X'), 'ÉLODIE\nX');
    assert.equal(nameIn('\\H\\gras\\N\\'), 'gras');
  });

  it('without a meaning stay as received', () => {
    assert.equal(nameIn('A\\Q\\B'), 'A\\Q\\B');
    assert.equal(nameIn('A\\XFF\\B'), 'A\\XFF\\B', 'not UTF-8');
    assert.equal(nameIn('A\\X0\\B'), 'A\\X0\\B');
    assert.equal(nameIn('A\\unfinished'), 'A\\unfinished');
    assert.equal(nameIn('\\'), '\\');
  });
});

describe('MSH-18', () => {
  const withCharset = (charset: string) =>
    `MSH|^~\\&|A|B|C|D|20260101||ADT^A01|1|T|2.5||||||${charset}\rPID|1||||É€œ\r`;
  const name = (message: Hl7Message) => read(segmentNamed(message, 'PID'), 5);

  it('UNICODE UTF-8, 8859/1 and 8859/15 are honoured', () => {
    assert.equal(name(parsed(parseText(withCharset('UNICODE UTF-8')))), 'É€œ');
    const latin1 = Buffer.from(withCharset('8859/1').replace('€œ', '\u00a4\u00bd'), 'latin1');
    assert.equal(name(parsed(parseMessage(latin1))), 'É\u00a4\u00bd');
    const latin9 = Buffer.from(withCharset('8859/15').replace('€œ', '\u00a4\u00bd'), 'latin1');
    assert.equal(name(parsed(parseMessage(latin9))), 'É€œ');
  });

  it('the same sets spelled otherwise are honoured too', () => {
    const latin1 = (charset: string) => name(parsed(parseText(withCharset(charset).replace('€œ', ''), 'latin1')));
    for (const charset of ['UTF-8', 'utf8', 'UNICODE UTF8']) {
      assert.equal(name(parsed(parseText(withCharset(charset)))), 'É€œ', charset);
    }
    for (const charset of ['ISO-8859-1', '8859-1', 'iso 8859-15']) assert.equal(latin1(charset), 'É', charset);
    assert.equal(refusedBy(parseText(withCharset('8859/150'))), hl7Rules.encodingUnsupported.id);
  });

  it('empty takes the declared default, else is refused', () => {
    const bytes = Buffer.from(withCharset('').replace('€œ', ''), 'latin1');
    assert.equal(refusedBy(parseMessage(bytes)), hl7Rules.encodingMissing.id);
    assert.equal(name(parsed(parseMessage(bytes, { defaultEncoding: '8859/1' }))), 'É');
  });

  it('unknown, or lying, is refused', () => {
    assert.equal(refusedBy(parseText(withCharset('ASCII'))), hl7Rules.encodingUnsupported.id);
    assert.equal(
      refusedBy(parseText(withCharset('UNICODE UTF-8').replace('€œ', ''), 'latin1')),
      hl7Rules.encodingIllegible.id,
    );
    const overlong = Buffer.concat([Buffer.from(`${MSH}\rPID|1||||`), Buffer.of(0xc0, 0xaf)]);
    assert.equal(refusedBy(parseMessage(overlong)), hl7Rules.encodingIllegible.id);
  });
});

describe('the value of an OBX', () => {
  const withValue = (value: string) => `${MSH}\rOBX|1|ED|PDF^Corps||^application^pdf^Base64^${value}||||||F\rNTE|1\r`;
  const observationIn = (message: Hl7Message) => {
    const obx = segmentNamed(message, 'OBX') ?? assert.fail();
    const span = componentSpan(fieldSpan(obx, 5) ?? assert.fail(), 5) ?? assert.fail();
    return { text: bytesOf(span).toString('latin1'), bytes: bytesOf(span), status: read(obx, 11) };
  };

  it('is given as a view of the message, not a copy', () => {
    const bytes = Buffer.from(withValue('QUJD'));
    const value = observationIn(parsed(parseMessage(bytes))).bytes;
    assert.equal(value.toString(), 'QUJD');
    assert.equal(value.buffer, bytes.buffer);
  });

  it('is looked at by its decoder alone, where it is a document: text is held to MSH-18, Base64 to itself', () => {
    const foreign = Buffer.from(withValue('QU\u00e9JD'), 'latin1');
    const message = parsed(parseMessage(foreign));
    const read = encapsulatedData(segmentNamed(message, 'OBX') ?? assert.fail(), 'OBX-5');
    assert.equal(read.ok && refusedBy(read.value.content()), hl7Rules.base64Broken.id);
    for (const place of ['|PDF^', '^application', '||||F', 'NTE|1']) {
      const elsewhere = Buffer.from(withValue('QUJD').replace(place, `${place}\u00e9`), 'latin1');
      assert.equal(refusedBy(parseMessage(elsewhere)), hl7Rules.encodingIllegible.id, place);
    }
    const asText = Buffer.from(withValue('QU\u00e9JD').replace('|ED|', '|TX|'), 'latin1');
    assert.equal(refusedBy(parseMessage(asText)), hl7Rules.encodingIllegible.id);
    const without = Buffer.from(withValue('QUJD').replace('^application^pdf^Base64^', 'caf\u00e9'), 'latin1');
    assert.equal(refusedBy(parseMessage(without)), hl7Rules.encodingIllegible.id, 'no four components before it');
  });

  it('may be broken over lines: it is recovered whole', () => {
    for (const eol of ['\r', '\n', '\r\n']) {
      const value = `QUJD${eol}REVG${eol}PID${eol}R0hJ`;
      const { text, status } = observationIn(parsed(parseText(withValue(value))));
      assert.equal(text, value);
      assert.equal(status, 'F');
    }
  });

  it('that ends the segment gives way to the next segment', () => {
    const message = parsed(parseText(`${MSH}\rOBX|1|ED|P||^application^pdf^Base64^QUJD\rQUJD\rOBX|2|ST|x||y\r`));
    assert.equal(segmentsNamed(message, 'OBX').length, 2);
  });

  it('ends before the next segment, whatever stands at its end', () => {
    const value = (text: string) => {
      const obx = segmentNamed(parsed(parseText(`${MSH}\rOBX|1|ED|P||^application^pdf^Base64^${text}`)), 'OBX');
      return bytesOf(fieldSpan(obx ?? assert.fail(), 5) ?? assert.fail())
        .toString('latin1')
        .split('^')
        .at(-1);
    };
    for (const end of ['', '\r', '\r\n', '\n\n']) assert.equal(value(`QUJD${end}`), 'QUJD', JSON.stringify(end));
    for (const end of ['\r', '\n', '\r\n', '\r\r'])
      assert.equal(value(`QUJD${end}NTE|1|x\r`), 'QUJD', JSON.stringify(end));
    assert.equal(value('QUJD\rXNTE|1'), 'QUJD\rXNTE', 'four letters are no segment');
    assert.equal(value('NTE|1'), 'NTE', 'nor three that begin no line');
    assert.equal(value('QUJD\rNTE'), 'QUJD\rNTE', 'nor three alone');
  });

  it('many lines are read in linear time', () => {
    const lines = `${'A'.repeat(76)}\r\n`.repeat(100_000);
    const started = performance.now();
    assert.equal(observationIn(parsed(parseText(withValue(lines)))).status, 'F');
    assert.ok(performance.now() - started < 2_000);
  });
});

describe('the header of a refused message', () => {
  const header = 'MSH|^~\\&|GAM|CHÜ|TDU|CHU|20260101||ADT^A01^ADT_A01|77|T|2.5|||||FRA|';

  it('is still made out', () => {
    assert.equal(salvageHeader(Buffer.from(`${header}UNICODE UTF-8\rPID`, 'latin1'))?.controlId, '77', 'illegible');
    assert.equal(salvageHeader(Buffer.from(`${header}KLINGON\rPID`))?.controlId, '77', 'unsupported');
    assert.equal(salvageHeader(Buffer.from(`\r\n${header}8859/1\r${MSH}`))?.controlId, '77', 'second header');
    assert.equal(salvageHeader(Buffer.from('GET / HTTP/1.1\r\n')), undefined);
    assert.equal(salvageHeader(Buffer.from('')), undefined);
  });
});
