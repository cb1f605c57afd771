import { exitCodes } from '../core/exit-codes.ts';
import { processEnvironment } from './environment.ts';
import { renderError } from './errors-view.ts';
import { runCli } from './program.ts';

const environment = processEnvironment();
const argv = process.argv.slice(2);

// What nobody awaited: a bug. `exit` handlers still run, and stop what was started.
process.on('uncaughtException', (error) => {
  const verbose = argv.includes('--verbose');
  environment.stderr.write(renderError(error, environment.stderr, { verbose }));
  process.exit(exitCodes.bug);
});

environment.setExitCode(await runCli(environment, argv));
