import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Acting, AuthenticationMode, Purpose, Session } from '../vihf/acting.ts';
import { acting } from '../xds/submission.fixture.ts';
import { refusalOf, type Transaction } from './rights.ts';

const NURSE = { code: '60', system: '1.2.250.1.71.1.2.7', label: 'Infirmier' };
const PHYSICIAN = { code: '10', system: '1.2.250.1.71.1.2.7', label: 'Médecin' };
const SECRETARY = { code: 'SECRETARIAT_MEDICAL', system: '1.2.250.1.213.1.1.4.6', label: 'Secrétariat médical' };
const GENERAL_PRACTICE = { code: 'SM26', system: '1.2.250.1.71.4.2.5', label: 'Médecine générale' };

function person(mode: AuthenticationMode, roles: Acting['roles'] = [NURSE], purpose?: Purpose['code']): Acting {
  return {
    ...acting,
    ...(roles === undefined ? {} : { roles }),
    session: { mode, means: 'SmartcardPKI', loggedInAt: new Date(0) },
    ...(purpose === undefined
      ? {}
      : { purpose: purpose === 'bris_de_glace' ? { code: purpose, reason: 'r' } : { code: purpose } }),
  };
}

const ALL: readonly Transaction[] = [
  'TD0.2',
  'TD0.3',
  'TD0.4',
  'TD0.5',
  'TD1.3a',
  'TD1.6',
  'TD2.1',
  'TD3.1a',
  'TD3.1b',
  'TD3.2',
  'TD3.3a',
  'TD3.3b',
  'TD3.3c',
  'TD3.3d',
];
const allowed = (caller: Acting) => ALL.filter((transaction) => refusalOf(transaction, caller) === undefined);

describe('rights on the DMP', () => {
  it('lets the structure feed, find and delete, and read nothing', () => {
    assert.deepEqual(allowed(acting), ['TD0.2', 'TD0.4', 'TD1.3a', 'TD2.1', 'TD3.1b', 'TD3.3c']);
  });

  it('lets an authenticated professional read and change visibility, and feed nothing', () => {
    const expected = ALL.filter((each) => each !== 'TD2.1' && each !== 'TD0.5');
    assert.deepEqual(allowed(person('INDIRECTE_RENFORCEE')), expected);
    assert.equal(refusalOf('TD2.1', person('INDIRECTE_RENFORCEE'))?.rule.id, 'TDU-DMP-014');
  });

  it('lets authenticated staff declare an authorisation, and read nothing', () => {
    assert.deepEqual(allowed(person('INDIRECTE_RENFORCEE', [SECRETARY])), [
      'TD0.2',
      'TD0.3',
      'TD0.4',
      'TD1.3a',
      'TD3.1b',
      'TD3.3c',
    ]);
  });

  it('lets a card do everything but search without INS', () => {
    assert.deepEqual(
      allowed(person('DIRECTE')),
      ALL.filter((each) => each !== 'TD0.5'),
    );
  });

  it('opens the search without INS to regulation, which closes what needs a normal access', () => {
    const regulator = person('INDIRECTE_RENFORCEE', [NURSE], 'centre_15');
    assert.equal(refusalOf('TD0.5', regulator), undefined);
    assert.equal(refusalOf('TD3.2', regulator), undefined);
    assert.equal(refusalOf('TD0.3', regulator)?.rule.id, 'TDU-DMP-015');
    assert.equal(refusalOf('TD3.3a', person('INDIRECTE_RENFORCEE', [NURSE], 'bris_de_glace'))?.rule.id, 'TDU-DMP-015');
    assert.equal(refusalOf('TD0.5', person('INDIRECTE_RENFORCEE', [SECRETARY], 'centre_15'))?.rule.id, 'TDU-DMP-014');
  });

  it('asks a physician for the specialty, and everybody who is authenticated for a role', () => {
    assert.equal(refusalOf('TD3.2', person('INDIRECTE_RENFORCEE', [PHYSICIAN]))?.rule.id, 'TDU-DMP-016');
    assert.equal(refusalOf('TD3.2', person('INDIRECTE_RENFORCEE', [PHYSICIAN, GENERAL_PRACTICE])), undefined);
    assert.equal(
      refusalOf('TD0.2', { ...acting, session: person('DIRECTE').session as Session })?.rule.id,
      'TDU-DMP-016',
    );
  });
});
