/** The matrix of dmp.md 1.6 written a second time, by hand, each cell asked of the simulator by a real request. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestDmp, type TestAnswer, type TestDmp } from './bench.fixture.ts';
import { as, type TestCaller } from './caller.fixture.ts';
import { documentRecipe, fed } from './feeder.fixture.ts';
import type { HeldDocument } from './held.ts';
import { feedRequest, type Recipe } from './message.fixture.ts';
import {
  askPatient,
  listAuthorizations,
  patientList,
  patientQuery,
  searchTraits,
  setAuthorization,
} from './patient.fixture.ts';
import { find, GET, packageOf, query, registry, retrieve } from './query.fixture.ts';
import { ARCHIVED, changeStatus, changeVisibility } from './update.fixture.ts';

const CALLERS: Readonly<Record<string, TestCaller>> = {
  indirect: { mode: 'INDIRECTE' },
  'AIR PS': { mode: 'INDIRECTE_RENFORCEE' },
  'AIR staff': { mode: 'INDIRECTE_RENFORCEE', staff: true },
  CPS: { mode: 'DIRECTE' },
  CPE: { mode: 'DIRECTE', staff: true },
};
const PURPOSES = ['normal', 'bris_de_glace', 'centre_15'] as const;
type Send = (dmp: TestDmp, document: HeldDocument, recipe: Recipe) => Promise<TestAnswer>;

/** One letter per caller above: `y` open, `-` closed, `n` in normal access only, `r` in regulation only. */
const MATRIX: readonly (readonly [transaction: string, cells: string, send: Send])[] = [
  ['TD0.2', 'yyyyy', (dmp, _, recipe) => askPatient(dmp, patientQuery(), recipe)],
  ['TD0.3', '-nyyy', (dmp, _, recipe) => setAuthorization(dmp, 'AJOUT', '', recipe)],
  [
    'TD0.4',
    'yyyyy',
    (dmp, _, recipe) => patientList(dmp, { startDate: '20261101000000', dateType: 'LASTAUTORIZATION' }, recipe),
  ],
  ['TD0.5', 'rr-r-', (dmp, _, recipe) => searchTraits(dmp, 'DUPONT', '', recipe)],
  ['TD1.3a', 'yyyyy', (dmp, _, recipe) => askPatient(dmp, patientQuery('CNSLT_DATA'), recipe)],
  ['TD1.6', '-y-y-', (dmp, _, recipe) => listAuthorizations(dmp, 'TOUTE', recipe)],
  ['TD2.1', 'y--yy', (dmp, _, recipe) => dmp.send(feedRequest({ ...documentRecipe({}), ...recipe }))],
  ['TD3.1a', '-y-y-', (dmp, _, recipe) => registry(dmp, find(), recipe)],
  [
    'TD3.1b',
    'yyyyy',
    (dmp, { uniqueId }, recipe) => registry(dmp, query(GET, { $XDSDocumentEntryUniqueId: `('${uniqueId}')` }), recipe),
  ],
  ['TD3.2', '-y-y-', (dmp, { uniqueId }, recipe) => retrieve(dmp, [uniqueId], recipe)],
  [
    'TD3.3a',
    '-n-y-',
    (dmp, document, recipe) => changeVisibility(dmp, document, ['INVISIBLE_PATIENT', 'MASQUE_PS'], { recipe }),
  ],
  ['TD3.3b', '-n-y-', (dmp, document, recipe) => changeVisibility(dmp, document, [], { recipe })],
  ['TD3.3c', 'yyyyy', (dmp, { entryUUID }, recipe) => changeStatus(dmp, entryUUID, { recipe })],
  ['TD3.3d', '-n-y-', (dmp, { entryUUID }, recipe) => changeStatus(dmp, entryUUID, { to: ARCHIVED, recipe })],
];

test('every cell of the matrix: mode, role and mode of access against transaction', async (t) => {
  const dmp = await openTestDmp(t);
  for (const [transaction, cells, send] of MATRIX) {
    for (const [i, [name, caller]] of Object.entries(CALLERS).entries()) {
      for (const purpose of PURPOSES) {
        const document = await fed(dmp, { visibilities: ['INVISIBLE_PATIENT'] });
        const { status, body } = await send(dmp, document, as({ ...caller, purpose }));
        const cell = cells[i] ?? '';
        const open =
          cell === 'y' || (cell === 'n' && purpose === 'normal') || (cell === 'r' && purpose === 'centre_15');
        const told = `${transaction}, ${name}, ${purpose}: ${body.slice(-600)}`;
        assert.equal(status, open ? 200 : 500, told);
        if (open) assert.doesNotMatch(body, /ResponseStatusType:Failure|"AE"/, told);
        else assert.match(body, /non ouverte au mode/, told);
      }
    }
  }
  const counted = dmp.stats().byTransaction;
  for (const [transaction] of MATRIX) assert.ok((counted[transaction] ?? 0) >= 15 - 3, transaction);
  // What a CPE card feeds is TD2.2.
  assert.equal(counted['TD2.2'], PURPOSES.length);
});

/** Whose document: written by the caller or by another, fed by their structure or by another. */
const DOCUMENTS = {
  'own, here': {},
  'own, elsewhere': { otherStructure: true },
  'of another, here': { otherAuthor: true },
  'of another, elsewhere': { otherAuthor: true, otherStructure: true },
} as const;

/** Which of these each caller may touch, in the order above. */
const SCOPES: readonly (readonly [what: string, scopes: Readonly<Record<string, string>>, touch: Send])[] = [
  [
    'delete',
    { indirect: 'y-y-', 'AIR PS': 'yy--', 'AIR staff': 'y-y-', CPS: 'yy--', CPE: 'y-y-' },
    (dmp, { entryUUID }, recipe) => changeStatus(dmp, entryUUID, { recipe }),
  ],
  [
    'archive',
    { 'AIR PS': 'yy--', CPS: 'yy--' },
    (dmp, { entryUUID }, recipe) => changeStatus(dmp, entryUUID, { to: ARCHIVED, recipe }),
  ],
  [
    'unmask',
    { 'AIR PS': 'yy--', CPS: 'yy--' },
    (dmp, document, recipe) => changeVisibility(dmp, document, [], { recipe }),
  ],
  [
    'read masked',
    { 'AIR PS': 'yy--', CPS: 'yy--' },
    async (dmp, { uniqueId }, recipe) => {
      const answer = await retrieve(dmp, [uniqueId], recipe);
      return { ...answer, body: packageOf(answer).envelope };
    },
  ],
];

test('every cell of whose documents may be deleted, archived, unmasked, read though masked', async (t) => {
  const dmp = await openTestDmp(t);
  for (const [what, scopes, touch] of SCOPES) {
    const visibilities = what === 'delete' || what === 'archive' ? ([] as const) : (['MASQUE_PS'] as const);
    for (const [name, cells] of Object.entries(scopes)) {
      for (const [i, [whose, document]] of Object.entries(DOCUMENTS).entries()) {
        const held = await fed(dmp, { ...document, visibilities });
        const { status, body } = await touch(dmp, held, as(CALLERS[name] ?? {}));
        const told = `${what}, ${name}, ${whose}: ${body.slice(-600)}`;
        assert.equal(status, 200, told);
        assert.equal(body.includes('ResponseStatusType:Success'), cells[i] === 'y', told);
        assert.equal(body.includes('ResponseStatusType:Failure'), cells[i] !== 'y', told);
      }
    }
  }
});
