import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

// Files run side by side, and several look at what is left in the temporary folder: each has its own.
// Databases run as another account than root does: everybody may pass.
const outer = process.env['TMPDIR'];
const folder = mkdtempSync(join(tmpdir(), 'fs-'));
chmodSync(folder, 0o1777);
process.env['TMPDIR'] = folder;

afterAll(() => {
  if (outer === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = outer;
  rmSync(folder, { recursive: true, force: true });
});
