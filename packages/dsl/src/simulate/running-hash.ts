/** A digest of a sequence of numbers and texts: not safe against anybody, but fast enough to take in every event. */
export class RunningHash {
  #a = 0xdeadbeef;
  #b = 0x41c6ce57;

  number(value: number): void {
    this.#word(value | 0);
    this.#word((value / 2 ** 32) | 0);
  }

  text(text: string): void {
    for (let i = 0; i < text.length; i++) this.#word(text.charCodeAt(i));
    this.#word(-1);
  }

  /** 16 hexadecimal digits. */
  get digest(): string {
    return [this.#a, this.#b].map((lane) => (lane >>> 0).toString(16).padStart(8, "0")).join("");
  }

  #word(word: number): void {
    this.#a = Math.imul(this.#a ^ word, 2654435761);
    this.#b = Math.imul(this.#b ^ word, 1597334677);
    this.#a ^= this.#b >>> 15;
    this.#b ^= this.#a >>> 13;
  }
}
