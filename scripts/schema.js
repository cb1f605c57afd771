// Writes scenario.schema.json from the built program. `--check` only says whether it is up to date.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { scenarioJsonSchema } from '../dist/scenarios/json-schema.js';

const file = fileURLToPath(new URL('../scenario.schema.json', import.meta.url));
const text = `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`;
if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') === text) process.exit(0);
  console.error(
    'scenario.schema.json is out of date: run `npm run build && node scripts/schema.js`',
  );
  process.exit(1);
}
writeFileSync(file, text);
