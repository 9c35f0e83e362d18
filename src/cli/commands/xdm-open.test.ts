import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { zipOf } from '../../wire/xdm/archive.fixture.ts';
import { cli, lastLine, scratch } from '../cli.fixture.ts';

const folder = scratch();
const CDA = '<ClinicalDocument xmlns="urn:hl7-org:v3"/>';
const slot = (name: string, value: string): string =>
  `<Slot name="${name}"><ValueList><Value>${value}</Value></ValueList></Slot>`;
const METADATA =
  '<l:SubmitObjectsRequest xmlns:l="urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0" xmlns="urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0">' +
  `<RegistryObjectList><ExtrinsicObject mimeType="text/xml">${slot('URI', 'DOC00001.XML')}</ExtrinsicObject>` +
  '</RegistryObjectList></l:SubmitObjectsRequest>';
const ARCHIVE = zipOf([
  { name: 'IHE_XDM/SUBSET01/METADATA.XML', content: METADATA },
  { name: 'IHE_XDM/SUBSET01/DOC00001.XML', content: CDA },
]);

test('the documents of an archive are listed, and written under names of our own', async () => {
  const file = await folder.file('IHE_XDM.zip', ARCHIVE);
  const output = join(dirname(file), 'sortie');
  const { code, stdout } = await cli(['xdm', 'open', file, '-o', output]);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /SUBSET01\/DOC00001\.XML/);
  assert.deepEqual(readdirSync(output), ['document-001.xml']);
  assert.equal(readFileSync(join(output, 'document-001.xml'), 'utf8'), CDA);
  const again = await cli(['xdm', 'open', file, '-o', output]);
  assert.equal(again.code, 2, 'nothing is written over');
});

test('an archive that cannot be trusted is refused with its rule, and nothing is written', async () => {
  const hostile = zipOf([
    { name: 'IHE_XDM/SUBSET01/METADATA.XML', content: METADATA },
    { name: '../../DOC00001.XML', content: CDA },
  ]);
  const file = await folder.file('hostile.zip', hostile);
  const output = join(dirname(file), 'rien');
  const run = await cli(['xdm', 'open', file, '-o', output, '--json']);
  assert.equal(run.code, 1);
  const { ok, refusals } = lastLine(run);
  assert.equal(ok, false);
  assert.match(JSON.stringify(refusals), /TDU-XDM-004/);
  assert.throws(() => readdirSync(output), /ENOENT/);
});
