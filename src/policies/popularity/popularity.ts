/** How demand is spread over the products of a sale, as a pure function of rank and chance. */
export interface Popularity<Options> {
  readonly name: string;
  readonly describe: string;
  /**
   * Makes the choice of one person: which of `products` a uniform draw on [0, 1) falls to. Products
   * are ranked in the order of the scenario, the first is number 0.
   */
  chooser(options: Options, products: number): (draw: number) => number;
}
