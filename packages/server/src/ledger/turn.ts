/**
 * Who hands over a request in several steps holds the turn meanwhile, so that its entries get consecutive idx: nobody else appends between two steps. A request
 * of the usual size is one step, and never takes it.
 */
export class Turn {
  #held: Promise<void> | undefined;

  /** Settles when nobody holds it; undefined when nobody does. Look again afterwards: others have waited too. */
  get taken(): Promise<void> | undefined {
    return this.#held;
  }

  /** Only while it is not taken. Returns what ends it. */
  take(): () => void {
    let end: () => void = () => undefined;
    this.#held = new Promise((resolve) => {
      end = () => {
        this.#held = undefined;
        resolve();
      };
    });
    return end;
  }
}
