import { HL7_TARGETS } from './hl7-targets.ts';
import { LEGACY_TARGETS } from './legacy-targets.ts';
import { MAIL_TARGETS } from './mail-targets.ts';
import { OTHER_TARGETS } from './other-targets.ts';
import type { FuzzTarget } from './target.ts';
import { XML_TARGETS } from './xml-targets.ts';

export const FUZZ_TARGETS: readonly FuzzTarget[] = [
  ...HL7_TARGETS,
  ...XML_TARGETS,
  ...OTHER_TARGETS,
  ...MAIL_TARGETS,
  ...LEGACY_TARGETS,
];
