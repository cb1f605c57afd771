// Writes result.schema.json from the zod schema in src/results/result-schema.ts. Build first; a test
// fails when the file is out of date.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { resultJsonSchema } from '../dist/results/result-schema.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
writeFileSync(join(root, 'result.schema.json'), `${JSON.stringify(resultJsonSchema(), null, 2)}\n`);
