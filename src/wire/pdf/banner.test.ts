import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INS_OIDS } from '../../ins/oids.ts';
import type { CivilDate, QualifiedIdentity } from '../../ins/types.ts';
import { type Banner, type BannerLine, bannerLines, traitsLine } from './banner.ts';
import { PAT_TROIS, PAT_TROIS_BANNER, PAT_TROIS_PAYLOAD, ruleOf, value } from './pdf.fixture.ts';
import { layOut } from './text-lines.ts';

function printed(lines: readonly BannerLine[]): string[] {
  return lines.map((line) => line.map(({ label, value }) => label + value).join(' · '));
}

function banner(over: object): Banner {
  return { kind: 'qualified', identity: { ...PAT_TROIS, ...over } as QualifiedIdentity, payload: PAT_TROIS_PAYLOAD };
}

test('the banner of a qualified identity prints the traits in order, then the matricule and its nature', () => {
  assert.deepEqual(printed(value(bannerLines(PAT_TROIS_BANNER))), [
    'Nom de naissance : PAT-TROIS',
    'Prénom(s) de naissance : DOMINIQUE · Premier prénom : DOMINIQUE',
    'Né(e) le 28/03/1979 · Sexe : F · Lieu de naissance (code) : 63220',
    'Matricule INS (NIR) 2 79 03 51 215 189 / 89',
  ]);
});

test('used names are printed only where they differ from the names of birth', () => {
  const same = banner({ usedName: 'PAT-TROIS', usedGivenName: 'DOMINIQUE' });
  assert.equal(value(bannerLines(same)).length, 4);
  const other = banner({ usedName: 'DURAND', usedGivenName: 'DOMINIQUE' });
  assert.equal(printed(value(bannerLines(other)))[2], 'Nom utilisé : DURAND');
});

test('a waiting number is called NIA', () => {
  const waiting = banner({ ins: { ...PAT_TROIS.ins, oid: INS_OIDS.nia } });
  assert.equal(printed(value(bannerLines(waiting))).at(-1), 'Matricule INS (NIA) 2 79 03 51 215 189 / 89');
});

test('a matricule of unknown nature is not printed at all', () => {
  assert.equal(ruleOf(bannerLines(banner({ ins: { ...PAT_TROIS.ins, oid: INS_OIDS.insC } }))), 'TDU-DOC-108');
});

test('an identity that is not qualified prints its traits, without matricule and whatever is missing', () => {
  const lines = value(
    bannerLines({
      kind: 'traits',
      traits: { birthName: 'PAT-TROIS', firstGivenName: 'DOMINIQUE', sex: 'I', birthDate: '1979-00-00' as CivilDate },
      usedName: 'DURAND',
    }),
  );
  assert.deepEqual(printed(lines), [
    'Nom de naissance : PAT-TROIS',
    'Premier prénom : DOMINIQUE',
    'Nom utilisé : DURAND',
    'Né(e) le 00/00/1979 · Sexe : I',
  ]);
});

test('the other pages print traits only', () => {
  const text = printed([traitsLine(PAT_TROIS_BANNER)]).join();
  assert.match(text, /PAT-TROIS.*DOMINIQUE.*28\/03\/1979.*F.*63220/);
  assert.doesNotMatch(text, /Matricule|NIR|2 79/);
});

test('a long name goes over several lines and loses nothing', () => {
  const name = 'D’ARTAGNAN-DE-L’HERAULT '.repeat(8).trim();
  const lines = layOut([[{ label: 'Nom de naissance : ', value: name }]], 8.5, 220);
  const text = lines?.map((line) => line.map((run) => run.text).join('')).join(' ');
  assert.equal(text, `Nom de naissance : ${name}`);
  assert.ok((lines?.length ?? 0) > 4);
});

test('a word wider than the line is cut between letters', () => {
  const lines = layOut([[{ label: '', value: 'W'.repeat(60) }]], 8.5, 100);
  assert.equal(lines?.flatMap((line) => line.map((run) => run.text)).join(''), 'W'.repeat(60));
});

test('a letter that the font lacks loses its diacritics; another script cannot be printed', () => {
  assert.deepEqual(layOut([[{ label: '', value: 'ŠIMŮNEK' }]], 8.5, 300), [
    [
      { weight: 'regular', text: '' },
      { weight: 'semibold', text: 'SIMUNEK' },
    ],
  ]);
  assert.equal(layOut([[{ label: '', value: 'Ж' }]], 8.5, 300), undefined);
});
