import { bash } from './bash.ts';
import { fish } from './fish.ts';
import type { Shell } from './shell.ts';
import { zsh } from './zsh.ts';

/** Shells by name. One file and one line each. */
export const shells: Readonly<Record<string, Shell>> = { bash, zsh, fish };
