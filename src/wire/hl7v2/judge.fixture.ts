import { spawnSync } from 'node:child_process';
import type { TestContext } from 'node:test';

/** What python-hl7, another library, sees of a message: fields of each segment, escapes not decoded. */
export function judge(t: TestContext, message: Buffer): string[][] | undefined {
  const program =
    'import hl7,json,sys; m=hl7.parse(sys.stdin.buffer.read().decode("utf-8")); print(json.dumps([[str(f) for f in s] for s in m]))';
  const run = spawnSync('/usr/bin/python3', ['-c', program], { input: message });
  if (run.status === 0) return JSON.parse(run.stdout.toString('utf8'));
  t.skip('python3-hl7 is not installed');
  return undefined;
}
