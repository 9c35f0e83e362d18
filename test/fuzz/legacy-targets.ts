/** Requests of old connectors: read or refused, never an exception, whatever has happened to them on the way. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  CERTIFIED_IDENTITY,
  createConnector,
  envelope,
  existence,
  mtom,
  plain,
  RETRIEVE,
  statusUpdate,
  storedQuery,
  submission,
  vihf,
} from '../../src/legacy/connector.fixture.ts';
import { readExistenceQuestion } from '../../src/wire/legacy/existence-question.ts';
import { readLegacyRequest } from '../../src/wire/legacy/request.ts';
import { readStoredQuestion } from '../../src/wire/legacy/stored-question.ts';
import { readSubmission } from '../../src/wire/legacy/submission.ts';
import { readUpdate } from '../../src/wire/legacy/update-request.ts';
import { withXml, XmlRefused } from '../../src/wire/xml/xml.ts';
import { mutated } from './mutations.ts';
import type { FuzzTarget } from './target.ts';

const TOKENS = [
  '<',
  '>',
  '"',
  '&',
  '&amp;',
  ']]>',
  '<!--',
  '-->',
  '<!DOCTYPE a>',
  ' xmlns="urn:x"',
  '/>',
  '\0',
  'é',
  "'",
  '^',
  '%',
].concat(['\r\n--', 'cid:', 'urn:uuid:', '1.2.250.1.213.1.4.2']);
const CALLER = {
  api: 'V1',
  mode: 'INDIRECTE',
  lps: { name: 'A', version: '1', homologation: 'N' },
  user: { id: '8', name: 'A', roles: [] },
  structure: '1990000028',
} as const;
const PARTS = new Map([
  ['doc1@connecteur', Buffer.from('<a/>')],
  ['sig1@connecteur', Buffer.from('<a/>')],
]);
const BODIES = [
  submission().content,
  submission({ replaces: 'urn:uuid:1' }).content,
  existence('1', '1.2.250.1.213.1.4.2'),
  storedQuery('UniqueId', '1.2.3'),
  statusUpdate('urn:uuid:1'),
].map((body) => Buffer.from(body));

export const LEGACY_TARGETS: readonly FuzzTarget[] = [
  {
    name: 'legacy-requests',
    runs: 1_500,
    property: async () => {
      const connector = await createConnector();
      const assertion = await vihf({ signer: connector.signer });
      const { content, attachments } = submission();
      const whole = mtom(envelope(assertion, content), attachments);
      const others = [CERTIFIED_IDENTITY, RETRIEVE, storedQuery('UniqueId', '1.2.3')].map((body) =>
        plain(envelope(assertion, body)),
      );
      const types = [whole, ...others].map(({ contentType }) => contentType);
      const seeds = [whole, ...others].map(({ body }) => body);
      return fc.property(mutated(seeds, TOKENS), fc.constantFrom(...types), (bytes, type) => {
        const read = readLegacyRequest('V1', type, Buffer.from(bytes));
        if (!read.ok) assert.equal(read.refusal.rule.id, 'TDU-LEG-002');
      });
    },
  },
  {
    name: 'legacy-bodies',
    runs: 2_000,
    property: async () =>
      fc.property(mutated(BODIES, TOKENS), (bytes) => {
        try {
          withXml(bytes, (root) => {
            const read = readSubmission(root, PARTS, CALLER);
            if (read.ok) assert.ok(read.value.documents.every(({ uniqueId }) => uniqueId !== ''));
            const values = readStoredQuestion(root)?.values ?? [];
            assert.ok(values.length <= 20);
            assert.notEqual(readUpdate(root)?.target, '');
            assert.notEqual(readExistenceQuestion(root)?.patient.value, '');
          });
        } catch (error) {
          assert.ok(error instanceof XmlRefused);
        }
      }),
  },
];
