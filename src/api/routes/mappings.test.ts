import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DEMO_EG, DEMO_SECOND_EG } from '../../demo/structure.ts';
import { mappingRules } from '../../rules/mapping.ts';
import { listAudit } from '../../store/proofs.ts';
import { type Answer, type ApiBench, fieldOf, listOfAnswer, pagesOf, ruleOf, startApi } from '../api.fixture.ts';
import { openApi } from '../openapi.ts';

const TYPE = { scope: '', localValue: 'CRH', label: 'CR hospitalier', target: { typeCode: '34112-3' } };
const AUTHOR = {
  scope: 'source:DPI-ESSAIS|CH-DEMO',
  localValue: 'DR12',
  target: { rpps: '01234567897', family: 'MARTIN', given: 'CLAIRE', specialty: 'G15_10/SM26' },
};

describe('mappings by REST', () => {
  let bench: ApiBench;
  before(async () => {
    bench = await startApi();
  });
  after(() => bench.close());

  const put = (kind: string, body: object): Promise<Answer> => bench.call('PUT', `/mappings/${kind}`, { body });

  test('a row is recorded, read back, changed under its revision, and deleted', async () => {
    const created = await put('types', TYPE);
    assert.equal(created.status, 200, created.bytes.toString());
    const id = fieldOf(created, 'id');
    const [read] = listOfAnswer(await bench.call('GET', '/mappings/types?search=hospitalier')).items;
    assert.deepEqual(
      [read?.id, read?.target, read?.revision, read?.updatedBy],
      [id, { typeCode: '34112-3' }, 1, 'token:administrator-tout'],
    );
    const never = { ...TYPE, target: { neverFed: true } };
    assert.equal(ruleOf(await put('types', { ...never, revision: 0 })), mappingRules.changedMeanwhile.id);
    assert.equal((await put('types', { ...never, revision: 1 })).status, 200);
    assert.equal(ruleOf(await bench.call('DELETE', `/mappings/units?id=${id}`)), 'TDU-API-003');
    assert.equal((await bench.call('DELETE', `/mappings/types?id=${id}`)).status, 200);
    assert.deepEqual(listOfAnswer(await bench.call('GET', '/mappings/types')).items, []);
    const trail = await listAudit(bench.context.pool, { subject: `mapping:${id}`, limit: 10 });
    assert.deepEqual(
      trail.map(({ action }) => action),
      ['mapping deleted', 'mapping changed', 'mapping created'],
    );
  });

  test('an author is read as it was given, with its national identifier', async () => {
    const answer = await put('authors', AUTHOR);
    assert.equal(answer.status, 200, answer.bytes.toString());
    const [read] = listOfAnswer(await bench.call('GET', '/mappings/authors')).items;
    assert.deepEqual(read?.target, { ...AUTHOR.target, rpps: '801234567897' });
  });

  test('what cannot be right is refused with its rule', async () => {
    const refused = async (kind: string, body: object) => ruleOf(await put(kind, body));
    assert.equal(await refused('types', { ...TYPE, target: { typeCode: 'X' } }), mappingRules.invalidTarget.id);
    assert.equal(await refused('types', { ...TYPE, localValue: '11490-0' }), mappingRules.nationalValue.id);
    const key = { ...AUTHOR, target: { ...AUTHOR.target, rpps: '01234567890' } };
    assert.equal(await refused('authors', key), mappingRules.rppsKeyWrong.id);
    assert.equal(await refused('patients', TYPE), 'TDU-API-003');
  });

  test('a list is read page by page, whatever its values hold', async () => {
    for (const localValue of ['A/1', 'B&2', 'C é', 'D%25'])
      assert.equal((await put('units', { localValue, target: { eg: DEMO_EG } })).status, 200);
    const pages = await pagesOf(bench, '/mappings/units?limit=2');
    assert.deepEqual(
      pages.map((page) => page.map(({ localValue }) => localValue)),
      [
        ['A/1', 'B&2'],
        ['C é', 'D%25'],
      ],
    );
  });

  test('an establishment reads its rows and those of all, and changes only its own', async () => {
    const own = { scope: `eg:${DEMO_EG}`, localValue: 'PROPRE', target: { typeCode: '34112-3' } };
    assert.equal((await put('types', own)).status, 200);
    assert.equal((await put('types', { ...own, scope: '', localValue: 'COMMUN' })).status, 200);
    const token = await bench.token('interop', DEMO_SECOND_EG);
    const { items } = listOfAnswer(await bench.call('GET', '/mappings/types', { token }));
    assert.deepEqual(
      items.map(({ localValue }) => localValue),
      ['COMMUN'],
    );
    for (const scope of ['', `eg:${DEMO_EG}`, 'source:DPI-ESSAIS|CH-DEMO'])
      assert.equal(
        ruleOf(await bench.call('PUT', '/mappings/types', { token, body: { ...own, scope } })),
        'TDU-API-002',
      );
    const ours = { ...own, scope: 'source:DPI-CANAL|CH-DEMO' };
    assert.equal((await bench.call('PUT', '/mappings/types', { token, body: ours })).status, 200);
  });

  test('the contract says who may, and what the bodies are', () => {
    const contract = JSON.parse(JSON.stringify(openApi(bench.routes, '0')));
    const path = contract.paths['/mappings/{kind}'];
    assert.deepEqual(Object.keys(path).toSorted(), ['delete', 'get', 'put']);
    assert.deepEqual(path.put['x-roles'], ['interop', 'administrator']);
    assert.ok(path.put.requestBody.content['application/json'].schema.properties.localValue);
    assert.equal(contract.paths['/mappings/unmapped'].get['x-permission'], 'mappings.read');
  });
});
