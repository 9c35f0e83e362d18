import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CivilDate, StrictTraits } from '../../ins/types.ts';
import { asciiText, copyName, xdmSubject } from './text.ts';

const TRAITS: StrictTraits = {
  birthName: "D'ARTAGNAN LÉ-VÊQUE",
  firstGivenName: 'ŒDIPE',
  sex: 'M',
  birthDate: '1988-10-12' as CivilDate,
};

test('a subject names document and patient: capitals without accents, forty characters of label, one line, no number', () => {
  const label = 'Compte rendu\nd’imagerie   médicale de la tête et du rachis';
  const subject = xdmSubject(label, TRAITS);
  assert.equal(subject, "XDM/1.0/DDM+Compte rendu d’imagerie médicale de la D'ARTAGNAN LE-VEQUE OEDIPE 12/10/1988");
});

test('a copy is named by date, type and patient, with letters, digits and hyphens alone', () => {
  const name = copyName({
    serviceDate: '20261123083000+0100',
    label: 'CR / écho',
    traits: TRAITS,
    visitNumber: 'S-1/2',
  });
  assert.equal(name, '20261123_CR-echo_D-ARTAGNAN-LE-VEQUE_OEDIPE_S-1-2.pdf');
});

test('ASCII text keeps one character or more for each', () => {
  assert.equal(asciiText('Île, cœur, æ, 漢'), 'Ile, coeur, ae, -');
});
