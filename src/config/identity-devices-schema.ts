/**
 * The site's table of identification devices (EXI SI 10, EXI SI 23): the default table of codes/identity-devices.ts,
 * changed or completed line by line. Whatever a site writes, no form preselects a device (EXI ID 19).
 */
import { z } from 'zod';
import { DECLARED_DEVICE_CODE, IDENTITY_DEVICES, type IdentityDevice } from '../codes/identity-devices.ts';

const line = z.strictObject({
  /** ZFD-7, table 9004; a code of the default table is changed, another one is added. */
  code: z.string().regex(/^[A-Za-z0-9]{1,10}$/, 'un code de 1 à 10 lettres ou chiffres est attendu'),
  label: z.string().min(1).max(80).optional(),
  /** `high`: enough by itself. `under-condition`: enough when a person confirms `condition`. `low`: never enough. */
  trust: z.enum(['high', 'under-condition', 'low']).optional(),
  condition: z.string().min(1).max(200).optional(),
});

export const identityDevicesSchema = z
  .array(line)
  .superRefine((lines, context) => {
    const fault = (index: number, message: string): void =>
      context.addIssue({ code: 'custom', path: [index], message });
    for (const [index, each] of lines.entries()) {
      const known = IDENTITY_DEVICES.find(({ code }) => code === each.code);
      const trust = each.trust ?? known?.trust;
      if (each.code === DECLARED_DEVICE_CODE) fault(index, `le code ${DECLARED_DEVICE_CODE} est réservé`);
      if (lines.findIndex(({ code }) => code === each.code) < index)
        fault(index, `code ${each.code} déclaré deux fois`);
      if (known === undefined && (each.label === undefined || each.trust === undefined))
        fault(index, `le dispositif ${each.code} n'est pas dans la table par défaut : label et trust sont attendus`);
      if (trust === 'under-condition' && each.condition === undefined && known?.condition === undefined)
        fault(index, `le dispositif ${each.code} est admis sous condition : condition est attendue`);
    }
  })
  .transform(completeTable);

/** The whole table that the installation works with. */
function completeTable(lines: readonly z.output<typeof line>[]): readonly IdentityDevice[] {
  const changed = IDENTITY_DEVICES.map((known) =>
    merged(
      known,
      lines.find(({ code }) => code === known.code),
    ),
  );
  const added = lines
    .filter(({ code }) => !IDENTITY_DEVICES.some((known) => known.code === code))
    .map((each) => merged({ code: each.code, label: each.code, trust: 'low' }, each));
  return [...changed, ...added];
}

function merged(known: IdentityDevice, given: z.output<typeof line> | undefined): IdentityDevice {
  const trust = given?.trust ?? known.trust;
  const condition = given?.condition ?? known.condition;
  return {
    code: known.code,
    label: given?.label ?? known.label,
    trust,
    // A condition is said of the devices that need one only.
    ...(trust === 'under-condition' && condition !== undefined && { condition }),
  };
}
