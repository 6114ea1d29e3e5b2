// What the grid tells the server and hears from it: a queue that loses nothing, and news of what others changed.

const POLL_MS = 3000;
const RETRY_MS = [1000, 2000, 4000, 8000, 15000];

export class Server {
  constructor(page, { onAnswer, onConflict, onRefusal, onState }) {
    this.urls = page.dataset;
    this.token = page.querySelector("[name=csrfmiddlewaretoken]").value;
    this.revision = Number(page.dataset.revision);
    this.can = { onAnswer, onConflict, onRefusal, onState };
    this.place = `evenhand.unsaved.${page.dataset.edit}`;
    this.queue = this.kept();
    this.busy = false;
    this.failures = 0;
    this.timer = 0;
    addEventListener("online", () => this.drain());
    addEventListener("beforeunload", (event) => {
      if (this.queue.length && this.failures) event.preventDefault();
    });
    setInterval(() => this.poll(), POLL_MS);
    if (this.queue.length) this.drain();
    else this.say("saved");
  }

  kept() {
    try {
      return JSON.parse(sessionStorage.getItem(this.place)) || [];
    } catch {
      return [];
    }
  }

  keep() {
    if (this.queue.length) sessionStorage.setItem(this.place, JSON.stringify(this.queue));
    else sessionStorage.removeItem(this.place);
  }

  say(state) {
    this.can.onState(state, this.queue.length);
  }

  // One step after the other, each under a key of its own: sent twice, it is done once.
  push(operation) {
    this.queue.push({ key: newKey(), operation });
    this.keep();
    this.drain();
  }

  get quiet() {
    return !this.queue.length && !this.busy;
  }

  async drain() {
    if (this.busy) return;
    clearTimeout(this.timer);
    this.busy = true;
    try {
      while (this.queue.length && (await this.send(this.queue[0]))) {
        this.queue.shift();
        this.keep();
      }
    } finally {
      this.busy = false;
    }
    if (!this.queue.length) this.say("saved");
  }

  async send(step) {
    if (!this.failures) this.say("saving");
    const about = { key: step.key, seen: this.revision, operation: step.operation };
    let answer;
    try {
      answer = await fetch(this.urls.edit, {
        method: "POST",
        redirect: "manual",
        headers: { "Content-Type": "application/json", "X-CSRFToken": this.token },
        body: JSON.stringify(about),
      });
    } catch {
      return this.later("offline");
    }
    if (answer.type === "opaqueredirect" || answer.status === 403) return this.later("logged-out");
    if (answer.status >= 500) return this.later("offline");
    this.failures = 0;
    const said = await answer.json();
    if (answer.status === 409) return this.settle(step, said);
    if (!answer.ok) this.can.onRefusal(said.error, step.operation);
    this.hear(said);
    return true;
  }

  // Somebody else changed the same cell: the person chooses, the page never does.
  async settle(step, said) {
    const mine = await this.can.onConflict(said, step.operation);
    if (mine) {
      step.operation.was = said.newest;
      step.key = newKey();
      this.keep();
      return this.send(step);
    }
    this.hear(said);
    return true;
  }

  later(state) {
    const wait = RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)];
    this.failures += 1;
    this.say(state);
    this.timer = setTimeout(() => this.drain(), wait);
    return false;
  }

  hear(said) {
    if (said.revision === undefined) return;
    this.revision = said.revision;
    this.can.onAnswer(said);
  }

  async poll() {
    if (document.hidden || !this.quiet) return;
    try {
      const answer = await fetch(`${this.urls.since}?seen=${this.revision}`, { redirect: "manual" });
      if (!answer.ok) return;
      const said = await answer.json();
      if (this.quiet) this.hear(said);
    } catch {
      // no news; the next step or the next poll says so
    }
  }
}

function newKey() {
  const parts = crypto.getRandomValues(new Uint8Array(16));
  const digits = Array.from(parts, (part) => part.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
