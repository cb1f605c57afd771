/**
 * The positive control's product. Its id is the server's own: no sale may have a product of that
 * name, and no snapshot of a sale shows it.
 */
export const controlProductId = 'flashsim-control';
