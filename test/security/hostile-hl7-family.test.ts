/**
 * More than a thousand hostile HL7 v2 messages, every payload in every place of every kind of message, through the door and
 * the use cases on a real database (hostile.md, HL7v2 injection): 0 crash, 0 effect on another patient.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { many } from '../../src/store/db.ts';
import { found, NOBODY, openBench, PAT_TROIS, PAT_TROIS_INS, type UseCaseBench } from '../support/use-case-bench.ts';

const ATTACKER = {
  ...PAT_TROIS,
  ipp: 'PIRATE-1',
  birthName: 'PIRATE',
  firstGivenName: 'ANNE',
  birthGivenNames: 'ANNE',
  birthDate: '19900115',
} as const;
const VICTIM_CX = `${PAT_TROIS.ipp}^^^CH-DEMO&${PAT_TROIS.domain.oid}&ISO^PI`;
const VICTIM_INS = `${PAT_TROIS_INS.matricule}^^^ASIP-SANTE-INS-NIR&${PAT_TROIS_INS.oid}&ISO^INS`;

/** What stands where a value should be. */
const PAYLOADS: readonly string[] = [
  '|',
  '^',
  '~',
  '&',
  '\\',
  '\r',
  '\n',
  '\\X0D\\',
  '\\X0D\\PID|1||',
  '\\F\\\\S\\\\R\\\\T\\\\E\\',
  '\\X00\\',
  '\\XZZ\\',
  '\\H\\\\N\\',
  '\0',
  '\x0b',
  '\x1c',
  '\x1c\r',
  '""',
  `\rPID|1||${VICTIM_CX}`,
  `\rMRG|${VICTIM_CX}`,
  '\rMSH|^~\\&|X|Y|||20260101||ADT^A40^ADT_A39|9|T|2.5',
  '\rZBE|1^X|20261123||CANCEL|N|A01|MED B',
  '\rZBE|1^X|20261123||UPDATE|Y|A02',
  `~${VICTIM_CX}`,
  `~${VICTIM_INS}`,
  VICTIM_CX,
  VICTIM_INS,
  "'; drop table identity; --",
  '$1 %s {{x}} $(x)',
  '<script>alert(1)</script>',
  '\u202e\u2066\ufeff',
  '-1',
  '99999999999999999999',
  'x'.repeat(5_000),
  '~'.repeat(500),
  '^'.repeat(500),
];

type Place = readonly [name: string, edit: (text: string, payload: string) => string];

/** Field `index` of the first segment of that name. */
function field(segment: string, index: number): Place {
  return [
    `${segment}-${index}`,
    (text, payload) => {
      const lines = text.split('\r');
      const at = lines.findIndex((line) => line.startsWith(`${segment}|`));
      const fields = lines[at]?.split('|') ?? [];
      while (fields.length <= index) fields.push('');
      fields[index] = `${fields[index]}${payload}`;
      if (at >= 0) lines[at] = fields.join('|');
      return lines.join('\r');
    },
  ];
}

const PLACES: readonly Place[] = [
  field('MSH', 2),
  field('MSH', 8),
  field('MSH', 9),
  field('EVN', 2),
  field('PID', 3),
  field('PID', 5),
  field('PID', 7),
  field('PID', 8),
  field('PID', 11),
  field('PID', 32),
  field('PV1', 19),
  ['the end', (text, payload) => `${text}${payload}\r`],
];

/** Kinds of messages about the attacker. */
const KINDS: Readonly<Record<string, (bench: UseCaseBench) => Buffer>> = {
  A01: (bench) => bench.adt({ patient: ATTACKER }),
  A31: (bench) => bench.adt({ patient: ATTACKER, event: 'A31' }),
  A40: (bench) =>
    Buffer.from(
      bench.adt({ patient: ATTACKER }).toString('utf8').replace('ADT^A01^ADT_A01', 'ADT^A40^ADT_A39') +
        `MRG|PIRATE-0^^^CH-DEMO&${PAT_TROIS.domain.oid}&ISO^PI\r`,
    ),
};

/** Payloads that name the victim in a merge, or a merge by the merged: what they ask is what a hospital may ask. */
function mayTouchVictim(kind: string, place: string, payload: string): boolean {
  return (
    kind === 'A40' &&
    payload.includes(PAT_TROIS.ipp) &&
    (place === 'PID-3' || payload.includes('MRG') || place === 'the end')
  );
}

test('every payload in every place of every kind of message: no crash, and the other patient is as before', async (t) => {
  const bench = await openBench(t);
  bench.insi.answer = () => Promise.resolve(found());
  await bench.admit();
  await bench.settle();
  const victim = await victimOf(bench);
  assert.match(victim, /QUAL/);
  bench.insi.answer = () => Promise.resolve(NOBODY);
  let sent = 0;
  const codes = new Map<string, number>();
  const touched: string[] = [];
  for (const [kind, make] of Object.entries(KINDS))
    for (const [place, edit] of PLACES)
      for (const payload of PAYLOADS) {
        if (mayTouchVictim(kind, place, payload)) continue;
        const code = await bench.send(make(bench), (text) =>
          edit(text.replace(/\|ADT\^(\w+)\^(\w+)\|[^|]*/, `|ADT^$1^$2|H${sent}`), payload),
        );
        codes.set(code, (codes.get(code) ?? 0) + 1);
        sent += 1;
        if (sent % 40 > 0) continue;
        await bench.settle();
        if ((await victimOf(bench)) !== victim)
          touched.push(`${kind} ${place} ${JSON.stringify(payload).slice(0, 60)}`);
      }
  await bench.settle();
  assert.deepEqual(touched, []);
  assert.equal(await victimOf(bench), victim);
  assert.ok(sent >= 1_000, `${sent} messages`);
  assert.ok((codes.get('AA') ?? 0) > 50 && (codes.get('AE') ?? 0) > 50, JSON.stringify([...codes]));
  const others = await many<{ matricule: string | null }>(
    bench.context.pool,
    `select matricule from identity where status <> 'PROV' and matricule is not null and birth_name <> 'PAT-TROIS'`,
  );
  assert.deepEqual(others, [], 'nobody was given an INS');
  const stuck = await many<{ kind: string }>(
    bench.context.pool,
    `select kind from task where kind in ('message', 'document', 'release')`,
  );
  assert.deepEqual(stuck, [], 'nothing comes back for ever');
});

/** The victim's row and numbers, without what only says that it was read. */
async function victimOf({ context }: UseCaseBench): Promise<string> {
  return JSON.stringify(
    await many(
      context.pool,
      `select i.id, i.status, i.birth_name, i.birth_given_names, i.birth_date, i.sex, i.birth_place, i.matricule, i.oid, i.active,
         array(select n.value from identity_identifier n where n.identity_id = i.id order by n.value) as numbers
       from identity i where i.matricule = $1`,
      [PAT_TROIS_INS.matricule],
    ),
  );
}
