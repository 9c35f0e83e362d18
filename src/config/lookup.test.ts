import assert from 'node:assert/strict';
import { test } from 'node:test';
import { benchConfig } from '../../test/support/use-case-bench.ts';
import { DEMO_EG, DEMO_IPP_DOMAIN, DEMO_SECOND_EG } from '../demo/structure.ts';
import {
  acceptedInsOids,
  establishmentOf,
  findSource,
  ippsOf,
  sourceOfEstablishment,
  sourceOfSender,
} from './lookup.ts';

const config = benchConfig((input) => ({
  ...input,
  sources: input.sources.flatMap((source) => [
    source,
    { ...source, application: 'DPI' },
    { ...source, facility: 'CANAL', eg: DEMO_SECOND_EG },
    { ...source, application: 'DPI', facility: 'CANAL', eg: DEMO_SECOND_EG },
  ]),
}));

test('the most precise source wins: application and facility, application, facility, any', () => {
  const found = (application: string, facility: string) => {
    const source = findSource(config, application, facility);
    return `${source?.application} ${source?.facility}`;
  };
  assert.equal(found('DPI', 'CANAL'), 'DPI CANAL');
  assert.equal(found('DPI', 'AUTRE'), 'DPI *');
  assert.equal(found('LABO', 'CANAL'), '* CANAL');
  assert.equal(found('LABO', ''), '* *');
  assert.equal(sourceOfSender(config, 'DPI|CANAL')?.eg, DEMO_SECOND_EG);
  const strict = { ...config, sources: config.sources.filter(({ application }) => application !== '*') };
  assert.equal(sourceOfSender(strict, 'LABO|CANAL'), undefined);
  assert.equal(sourceOfSender(strict, ''), undefined);
});

test('a caller without MSH-3 follows the source of its establishment', () => {
  assert.equal(sourceOfEstablishment(config, undefined)?.eg, DEMO_EG);
  assert.equal(sourceOfEstablishment(config, DEMO_SECOND_EG)?.eg, DEMO_SECOND_EG);
  assert.equal(sourceOfEstablishment(config, '990000099'), undefined);
  const one = { ...config, sources: config.sources.filter(({ eg }) => eg === DEMO_EG) };
  assert.equal(sourceOfEstablishment(one, DEMO_SECOND_EG)?.eg, DEMO_SECOND_EG);
});

test('an establishment is found with its legal entity; an undeclared one is a bug', () => {
  assert.equal(establishmentOf(config, DEMO_SECOND_EG).geographic.name, 'Hôpital du Canal');
  assert.throws(() => establishmentOf(config, '990000099'), /not declared/);
});

test('local numbers: by OID, by declared name or number, by the source for want of better, each once', () => {
  const [source] = config.sources;
  assert.ok(source);
  const of = (...ipps: [string, string?, string?][]) =>
    ippsOf(
      config,
      source,
      ipps.map(([value, namespace, universalId]) => ({ value, authority: { namespace, universalId } })),
    ).map(({ value, domain }) => `${value} ${domain === DEMO_IPP_DOMAIN ? 'ours' : domain}`);
  assert.deepEqual(of(['1', 'X', '1.2.3']), ['1 1.2.3']);
  assert.deepEqual(of(['1', 'CHU-X'], ['2', 'X', '000897406'], ['1', 'CH-DEMO']), ['1 ours', '2 ours']);
  assert.deepEqual(of(['1', 'INCONNU']), ['1 ours']);
  assert.deepEqual(of(['1', 'INCONNU'], ['2', 'CHU-X']), ['2 ours']);
  assert.deepEqual(of(['1', 'X', 'pas un OID']), ['1 ours']);
  assert.deepEqual(of(), []);
});

test('accepted OIDs are those of the configuration', () => {
  assert.deepEqual(acceptedInsOids(config), config.acceptedInsOids);
});
