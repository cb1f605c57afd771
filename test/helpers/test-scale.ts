/**
 * How many times as many random histories the property tests of the audit draw: 1 in `npm test`, more
 * with `FLASHSIM_TEST_SCALE=6 npx vitest run --project unit test/unit/audit`.
 */
export const testScale = Math.max(1, Number(process.env['FLASHSIM_TEST_SCALE'] ?? 1) || 1);
