/** Marks in a draft what its reader has to do. Put together: our own code has no such marks. */
export const toDo = ['TO', 'DO'].join('');
