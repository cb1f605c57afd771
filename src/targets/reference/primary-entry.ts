/**
 * Entry of the reference server's processes. The target forks it as the primary; the primary forks
 * it again as the server processes that share the port.
 */
import cluster from 'node:cluster';
import process from 'node:process';
import { runPrimary } from './primary.ts';
import { runServerProcess } from './server-process.ts';

// Ctrl-C reaches the whole process group; when to stop is for the CLI to say.
process.on('SIGINT', () => undefined);

if (cluster.isPrimary) runPrimary();
else runServerProcess();
