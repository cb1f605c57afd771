import type { Popularity } from './popularity.ts';

/**
 * Zipf’s law: the product of rank k is wanted in proportion to k^(−exponent). Requests to web sites have
 * exponents of 0.64 to 0.83 (Breslau et al., "Web Caching and Zipf-like Distributions", INFOCOM ’99);
 * 0 is uniform. The exponent is the option. Drawn by inversion.
 */
export const zipf: Popularity<number> = {
  name: 'zipf',
  describe: 'the first product is wanted most: the k-th in proportion to 1 / k^exponent',
  chooser: (exponent, products) => {
    const cumulative: number[] = [];
    let total = 0;
    for (let rank = 1; rank <= products; rank += 1) {
      total += rank ** -exponent;
      cumulative.push(total);
    }
    return (draw) => {
      const found = cumulative.findIndex((sum) => draw * total < sum);
      return found < 0 ? products - 1 : found;
    };
  },
};
