import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INS_OIDS } from '../../ins/oids.ts';
import type { Matricule } from '../../ins/types.ts';
import { insiRules } from '../../rules/insi.ts';
import type { InsiOutcome } from './outcome.ts';
import type { InsiQuery } from './query.ts';
import { type SearchReport, searchByTraits } from './search-run.ts';
import type { SearchCriteria } from './strategy.ts';

const FOUND: InsiOutcome = {
  kind: 'found',
  cr: { code: '00', label: 'OK' },
  identity: {
    ins: { matricule: '236066322083656' as Matricule, oid: INS_OIDS.nir },
    returned: { number: '2360663220836', key: '56', oid: INS_OIDS.nir },
    history: [],
    traits: { birthName: 'TCHITCHI', givenNames: 'CATARINA BELLA', sex: 'F', birthDate: '1936-06-21' },
    alerts: [],
  },
};
const NONE: InsiOutcome = { kind: 'none', cr: { code: '01', label: '' }, refusal: { rule: insiRules.noIdentity } };
const SEVERAL: InsiOutcome = {
  kind: 'several',
  cr: { code: '02', label: '' },
  refusal: { rule: insiRules.severalIdentities },
};
const FAULT: InsiOutcome = {
  kind: 'transient',
  fault: { party: 'Receiver' },
  refusal: { rule: insiRules.technicalError },
};

const TCHITCHI: SearchCriteria = {
  birthName: 'TCHITCHI',
  firstGivenName: 'OLA',
  birthGivenNames: 'OLA CATARINA BELLA',
  sex: 'F',
  birthDate: '1936-06-21',
};

/** A service that answers by given name; NONE for any other. */
async function run(
  criteria: SearchCriteria,
  answers: Record<string, InsiOutcome>,
): Promise<{ names: string[]; report: SearchReport }> {
  const names: string[] = [];
  let paced = 0;
  const search = async (query: InsiQuery): Promise<InsiOutcome> => {
    names.push(query.givenName);
    assert.equal(paced, names.length, 'each call waits for its turn');
    return answers[query.givenName] ?? NONE;
  };
  const report = await searchByTraits({ search }, criteria, async () => {
    paced += 1;
  });
  assert.ok(report.ok);
  return { names, report: report.value };
}

test('the given names go one by one in order, the whole list last, and a hit stops', async () => {
  const hit = await run(TCHITCHI, { CATARINA: FOUND });
  assert.deepEqual(hit.names, ['OLA', 'CATARINA']);
  assert.equal(hit.report.outcome, FOUND);
  assert.equal(hit.report.warning?.rule, insiRules.foundByOtherGivenName);
  const houilles = {
    ...TCHITCHI,
    birthName: 'HOUILLES',
    firstGivenName: 'PIERRE',
    birthGivenNames: 'PIERRE PAUL JACQUES',
  };
  const miss = await run({ ...houilles, sex: 'M', birthDate: '1993-01-27' }, {});
  assert.deepEqual(miss.names, ['PIERRE', 'PAUL', 'JACQUES', 'PIERRE PAUL JACQUES']);
  assert.equal(miss.report.outcome.kind, 'none');
});

test('a hit by the first given name, by a compound one or by the whole list needs no confirmation', async () => {
  for (const givenName of ['OLA', 'OLA CATARINA BELLA']) {
    const { report } = await run(TCHITCHI, { [givenName]: FOUND });
    assert.deepEqual([report.outcome, report.warning], [FOUND, undefined], givenName);
  }
  const anne = { ...TCHITCHI, firstGivenName: 'ANNE SOPHIE', birthGivenNames: 'ANNE SOPHIE MARIE' };
  const { names, report } = await run(anne, { ANNE: FOUND });
  assert.deepEqual(names, ['ANNE SOPHIE', 'ANNE']);
  assert.deepEqual([report.outcome, report.warning], [FOUND, undefined]);
});

test('a technical fault stops at once, and is not an answer 01', async () => {
  const { names, report } = await run(TCHITCHI, { OLA: FAULT, CATARINA: FOUND });
  assert.deepEqual(names, ['OLA']);
  assert.equal(report.outcome, FAULT);
});

/** A service that answers by given name, and by place for the queries that have one. */
async function runByPlace(criteria: SearchCriteria, answers: Record<string, InsiOutcome>) {
  const asked: string[] = [];
  const search = async ({ givenName, birthPlace }: InsiQuery): Promise<InsiOutcome> => {
    const key = birthPlace === undefined ? givenName : `${givenName} @${birthPlace}`;
    asked.push(key);
    return answers[key] ?? NONE;
  };
  const report = await searchByTraits({ search }, criteria, async () => undefined);
  assert.ok(report.ok);
  return { asked, report: report.value };
}

const LEONARDO: SearchCriteria = {
  birthName: 'DE VINCI',
  firstGivenName: 'LEONARDO',
  sex: 'M',
  birthDate: '2014-02-01',
  birthPlace: '63220',
};

test('several, then one at the recorded place: the published vector DE VINCI LEONARDO', async () => {
  const { asked, report } = await runByPlace(LEONARDO, { LEONARDO: SEVERAL, 'LEONARDO @63220': FOUND });
  assert.deepEqual(asked, ['LEONARDO', 'LEONARDO @63220']);
  assert.deepEqual([report.outcome, report.warning], [FOUND, undefined]);
});

test('several: the other given names come first, then the place, on the last query that found several', async () => {
  const placed = { ...TCHITCHI, birthPlace: '63220' };
  const both = await runByPlace(placed, { OLA: SEVERAL, 'OLA CATARINA BELLA': SEVERAL });
  assert.deepEqual(both.asked, ['OLA', 'OLA CATARINA BELLA', 'OLA CATARINA BELLA @63220']);
  const afterNone = await runByPlace(placed, { OLA: SEVERAL, 'OLA @63220': FOUND });
  assert.deepEqual(afterNone.asked, ['OLA', 'OLA CATARINA BELLA', 'OLA @63220']);
  assert.equal(afterNone.report.outcome, FOUND);
});

test('a place that helps nothing leaves several persons to an operator; an unknown place is not sent', async () => {
  for (const atPlace of [NONE, SEVERAL]) {
    const { asked, report } = await runByPlace(LEONARDO, { LEONARDO: SEVERAL, 'LEONARDO @63220': atPlace });
    assert.equal(asked.length, 2);
    assert.equal(report.outcome, SEVERAL);
  }
  const { birthPlace: _, ...nowhere } = LEONARDO;
  for (const criteria of [{ ...LEONARDO, birthPlace: '99999' }, nowhere]) {
    const { asked, report } = await runByPlace(criteria, { LEONARDO: SEVERAL });
    assert.deepEqual([asked, report.outcome], [['LEONARDO'], SEVERAL]);
  }
});

test('the place narrows, it never widens: a search that found nobody is not tried with it', async () => {
  const { asked } = await runByPlace({ ...TCHITCHI, birthPlace: '63220' }, {});
  assert.deepEqual(asked, ['OLA', 'CATARINA', 'BELLA', 'OLA CATARINA BELLA']);
});

test('a fault while narrowing stops the search as a fault', async () => {
  const { report } = await runByPlace(LEONARDO, { LEONARDO: SEVERAL, 'LEONARDO @63220': FAULT });
  assert.equal(report.outcome, FAULT);
});

test('one given name is one call; a lunar date is sent as it is, and no other is tried', async () => {
  const lunar = { birthName: 'DUPONT', firstGivenName: 'ADA', sex: 'F', birthDate: '1950-00-00' };
  const { names, report } = await run(lunar, {});
  assert.deepEqual([names, report.outcome], [['ADA'], NONE]);
});

test('traits that may not be sent give a refusal and no call', async () => {
  const never = { search: () => Promise.reject(new Error('must not be called')) };
  const refused = await searchByTraits(never, { ...TCHITCHI, sex: 'I' }, async () => {});
  assert.equal(refused.ok ? '' : refused.refusal.rule.id, 'TDU-ID-015');
});
