import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IDENTITY_DEVICES } from '../codes/identity-devices.ts';
import { identityDevicesSchema } from './identity-devices-schema.ts';

function faults(lines: unknown): string[] {
  const parsed = identityDevicesSchema.safeParse(lines);
  return parsed.success ? [] : parsed.error.issues.map(({ message }) => message);
}

test('without a line the default table holds', () => {
  assert.deepEqual(identityDevicesSchema.parse([]), IDENTITY_DEVICES);
});

test('a line changes a device of the default table or adds one; a condition goes with the trust that needs it', () => {
  const table = identityDevicesSchema.parse([
    { code: 'AN', trust: 'high' },
    { code: 'PC', label: 'Permis', trust: 'low' },
    { code: 'X1', label: 'Autre', trust: 'under-condition', condition: 'Vu avec un cadre' },
  ]);
  const of = (code: string) => table.find((device) => device.code === code);
  assert.equal(table.length, IDENTITY_DEVICES.length + 1);
  assert.deepEqual(of('AN'), { code: 'AN', label: "Extrait d'acte de naissance", trust: 'high' });
  assert.equal(of('PC')?.label, 'Permis');
  assert.equal(of('X1')?.condition, 'Vu avec un cadre');
});

test('each fault of the table is said', () => {
  assert.equal(faults([{ code: 'X1', trust: 'high' }]).length, 1, 'a new device without label');
  assert.equal(faults([{ code: 'CN', trust: 'under-condition' }]).length, 1, 'a condition that is not said');
  assert.equal(faults([{ code: 'CN' }, { code: 'CN' }]).length, 1, 'twice');
  assert.equal(faults([{ code: 'DECL', label: 'x', trust: 'high' }]).length, 1, 'the code of a declared check');
  assert.equal(faults([{ code: 'C N', label: 'x', trust: 'high' }]).length, 1, 'a code that ZFD-7 cannot carry');
});
