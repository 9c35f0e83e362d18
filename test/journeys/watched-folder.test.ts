/** What an application leaves in its folder, or prints into it, goes to the DMP like what comes by HL7. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Demonstration, type Document, startTestDemonstration, until } from '../support/demonstration.ts';
import { admission, letterPdf } from './messages.fixture.ts';
import { PAT_TROIS } from './people.fixture.ts';
import { documentIn, qualified } from './waiting.fixture.ts';

describe('a watched folder', () => {
  let demonstration: Demonstration;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tdu-watched-'));
    const printed = { typeCode: '11490-0', title: 'Lettre imprimée' };
    const watchedFolder = { path: folder, everyMs: 100, quietMs: 0, printed };
    demonstration = await startTestDemonstration({
      adjust: (config) => {
        const [source, ...others] = config.sources;
        assert.ok(source !== undefined && others.every(({ legacy }) => legacy !== undefined));
        return { ...config, sources: [{ ...source, watchedFolder }, ...others] };
      },
    });
    await demonstration.send(admission(PAT_TROIS).bytes);
    await qualified(demonstration, PAT_TROIS.ipp);
  });
  after(async () => {
    await demonstration?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function leave(name: string, bytes: Uint8Array): Promise<void> {
    await writeFile(join(folder, `${name}.tmp`), bytes);
    await rename(join(folder, `${name}.tmp`), join(folder, name));
  }

  async function acceptedFrom(name: string): Promise<Document> {
    const answer = await until(`answer to ${name}`, async () =>
      (await readdir(join(folder, 'done'))).find((each) => each.endsWith(`_${name}.answer.json`)),
    );
    const { messageControlId } = JSON.parse(await readFile(join(folder, 'done', answer), 'utf8'));
    return documentIn(demonstration, messageControlId, 'accepted');
  }

  test('a PDF and its description, then the same PDF as it was stamped, printed into the folder', async () => {
    const said = { ipp: PAT_TROIS.ipp, typeCode: '11490-0', title: 'Lettre de liaison à la sortie' };
    await leave('lettre.pdf.json', Buffer.from(JSON.stringify(said)));
    await leave('lettre.pdf', await letterPdf());
    const first = await acceptedFrom('lettre.pdf');
    const stamped = await demonstration.content(first.id, 'prepared');
    assert.notDeepEqual(stamped, Buffer.from(await letterPdf()));

    await leave('imprime.pdf', stamped);
    const second = await acceptedFrom('imprime.pdf');
    assert.deepEqual([second.ipp, second.title], [PAT_TROIS.ipp, 'Lettre imprimée']);
    assert.ok((await demonstration.content(second.id, 'prepared')).equals(stamped), 'never stamped twice');
    for (const { id, uniqueId } of [first, second]) {
      const [held] = await demonstration.held({ uniqueId });
      const cda = await demonstration.content(id, 'cda');
      assert.deepEqual(
        [held?.hash, held?.patient.matricule],
        [createHash('sha1').update(cda).digest('hex'), PAT_TROIS.matricule],
      );
    }
    assert.deepEqual((await readdir(folder)).sort(), ['done', 'refused']);
  });
});
