/** Fictitious professionals whom the simulator of Pro Santé Connect authenticates. Numbers with a right key, of nobody. */
import type { SimulatedPerson } from '../simulators/psc/people.ts';
import { DEMO_EG, DEMO_EJ } from './structure.ts';

const SITE = { finess: DEMO_EG, legalFiness: DEMO_EJ, name: 'Hôpital des Essais' };

/** May read the DMP in the demonstration. */
export const DEMO_READER: SimulatedPerson = {
  id: '899900000011',
  family: 'BLANC',
  given: 'Jeanne',
  civility: 'MME',
  description: 'Médecin généraliste, habilitée à l’Hôpital des Essais',
  profession: '10',
  specialty: 'SM26',
  site: SITE,
};

export const DEMO_PROFESSIONALS: readonly SimulatedPerson[] = [
  DEMO_READER,
  {
    id: '899900000029',
    family: 'NOIR',
    given: 'Paul',
    civility: 'M',
    description: 'Cardiologue, non habilité dans cette installation',
    profession: '10',
    specialty: 'SM04',
    site: SITE,
  },
];
