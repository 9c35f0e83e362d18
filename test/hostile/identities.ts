/**
 * Synthetic people with homonyms, twins, namesakes, mistyped records, swapped documents, merges right and wrong, merges undone
 * and collisions split, through the real use cases on PostgreSQL, before an INSi that knows the registers and a DMP that
 * keeps what it is given. Whatever the desks do, no document leaves under the INS of another person than its own.
 */
import { drawPopulation } from '../../bench/population/records.ts';
import { atLeast, type Finding, type HostileCase, none, noProblem, sizeOf } from './hostile-case.ts';
import { openHospital } from './support/hospital.ts';

export const identities: HostileCase = {
  id: 'IDENTITIES',
  title: 'homonyms, twins, swaps and merges: no document on a wrong INS',
  ci: { patients: 240, seed: 5 },
  full: { patients: 5_000, seed: 5 },
  async run(sizes, say) {
    const patients = sizeOf(sizes, 'patients');
    const hospital = await openHospital(drawPopulation(patients, sizeOf(sizes, 'seed')), sizeOf(sizes, 'seed'));
    try {
      await hospital.admitAll();
      await hospital.fileOfEach();
      say(`admitted and filed: ${hospital.sent()} documents left`);
      const merges = await hospital.mergeWhatLooksAlike();
      await hospital.fileOfEach();
      say(`${merges.right} records merged rightly, ${merges.wrong} wrongly: ${hospital.sent()} documents left`);
      const undone = await hospital.undoWrongMerges();
      const overwritten = await hospital.overwriteSome();
      await hospital.fileOfEach();
      say(`${undone} merges undone, ${overwritten} identities overwritten: ${hospital.sent()} documents left`);
      const split = await hospital.splitCollisions();
      say(`${split} collisions split: ${hospital.sent()} documents left`);
      return findings(await hospital.verdict(), patients, { ...merges, undone, split });
    } finally {
      await hospital.close();
    }
  },
};

type Verdict = Awaited<ReturnType<Awaited<ReturnType<typeof openHospital>>['verdict']>>;

function findings(
  verdict: Verdict,
  patients: number,
  done: { readonly right: number; readonly wrong: number; readonly undone: number; readonly split: number },
): Finding[] {
  return [
    none('documents on a wrong INS', verdict.wrong.length),
    noProblem('which ones', verdict.wrong),
    // Otherwise the count above would say nothing.
    atLeast('documents that left', verdict.sent, patients),
    atLeast('documents of another person that were stopped', verdict.swapsStopped, Math.ceil(patients / 100)),
    atLeast('records merged', done.right, Math.ceil(patients / 50)),
    atLeast('wrong merges, undone', done.undone, 1),
    atLeast('collisions split', done.split, 1),
    none('active records that share an INS', verdict.sharedIns),
  ];
}
