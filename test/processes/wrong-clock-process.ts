/**
 * A gateway process on a machine whose clock is wrong: `wrong-clock-process.ts CONFIG.json LOG ROLES`, the hours in
 * WRONG_BY_HOURS; with JUMP_AFTER_MS its clock jumps to the same distance on the other side.
 */
const { WRONG_BY_HOURS = '0', JUMP_AFTER_MS } = process.env;
const RealDate = Date;
let shiftMs = Number(WRONG_BY_HOURS) * 3_600_000;
if (JUMP_AFTER_MS !== undefined)
  setTimeout(() => {
    shiftMs = -shiftMs;
  }, Number(JUMP_AFTER_MS)).unref();

const wrongNow = (): number => RealDate.now() + shiftMs;
globalThis.Date = new Proxy(RealDate, {
  construct: (target, values, wanted) => Reflect.construct(target, values.length === 0 ? [wrongNow()] : values, wanted),
  get: (target, key) => (key === 'now' ? wrongNow : Reflect.get(target, key)),
});
await import('../crash/harness/gateway-process.ts');
