// Concurrent requests share inserts: whatever arrives while one is under way goes into the next together. Nobody waits for
// a clock. With size 1 every request is an insert, and a commit, of its own.
export class Intake {
  #insert;
  #lanes;
  #size;
  #waiting = [];
  #busy = 0;
  commits = 0;
  approvals = 0;

  constructor(insert, { lanes, size }) {
    this.#insert = insert;
    this.#lanes = lanes;
    this.#size = size;
  }

  add(job) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, resolve, reject });
      if (this.#busy < this.#lanes) this.#run();
    });
  }

  async #run() {
    ++this.#busy;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#size);
      try {
        await this.#insert(batch.map((each) => each.job));
        ++this.commits;
        this.approvals += batch.length;
        for (const each of batch) each.resolve();
      } catch (error) {
        for (const each of batch) each.reject(error);
      }
    }
    --this.#busy;
  }
}
