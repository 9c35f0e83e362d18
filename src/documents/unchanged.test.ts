import assert from 'node:assert/strict';
import { test } from 'node:test';
import { documentRecord } from '../store/store.fixture.ts';
import { isUnchanged, type Version } from './unchanged.ts';

/** A CDA that only its header tells apart, in a prefix that a software may choose. */
function cda(parts: { id?: string; at?: string; number?: string; body?: string; title?: string; parent?: string }) {
  const { id = '1.2.3', at = '20261123', number = '1', body = 'texte', title = 'Lettre', parent } = parts;
  const replaced =
    parent === undefined
      ? ''
      : `<relatedDocument typeCode="RPLC"><parentDocument><id root="${parent}"/></parentDocument></relatedDocument>`;
  return `<ClinicalDocument><id root="${id}"/><title>${title}</title><effectiveTime value="${at}"/><setId root="1"/><versionNumber value="${number}"/><recordTarget><patientRole><id extension="P1" root="1.2"/></patientRole></recordTarget><author><time value="${at}"/></author>${replaced}<component><effectiveTime value="20260101"/>${body}</component></ClinicalDocument>`;
}

function version(text: string, change: object = {}): Version {
  const document = documentRecord({ messageId: 1, kind: 'cda', mimeType: 'text/xml', ...change });
  return { document, original: { bytes: Buffer.from(text), mimeType: document.mimeType } as Version['original'] };
}

test('a version whose identifiers and dates alone differ says nothing new', () => {
  const first = version(cda({}));
  assert.equal(isUnchanged(version(cda({ id: '1.2.4', at: '20261124', number: '2', parent: '1.2.3' })), first), true);
  assert.equal(isUnchanged(version(cda({ body: 'autre' })), first), false);
  assert.equal(isUnchanged(version(cda({ title: 'Autre' })), first), false);
  assert.equal(isUnchanged(version(cda({}).replace('20260101', '20260102')), first), false, 'a date of the content');
  assert.equal(isUnchanged(version(cda({}).replace('"P1"', '"P2"')), first), false, 'another patient');
});

test('a change of visibility, type or title is a change, whatever the bytes', () => {
  const raw = { kind: 'raw', mimeType: 'text/plain' };
  const first = version('texte', raw);
  assert.equal(isUnchanged(version('texte', raw), first), true);
  assert.equal(isUnchanged(version('autre', raw), first), false);
  assert.equal(isUnchanged(version('texte', { ...raw, title: 'Autre' }), first), false);
  assert.equal(isUnchanged(version('texte', { ...raw, typeCode: '34112-3' }), first), false);
  const { notice } = first.document;
  const seen = {
    ...notice,
    visibility: { ...notice.visibility, invisibleToPatient: !notice.visibility.invisibleToPatient },
  };
  assert.equal(isUnchanged(version('texte', { ...raw, notice: seen }), first), false);
  const { author: _, ...nobody } = notice;
  const other = { ...nobody, author: { id: '899999999999', family: 'AUTRE', given: 'UN' } };
  assert.equal(isUnchanged(version('texte', { ...raw, notice: other }), first), false);
});
