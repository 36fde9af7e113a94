// What the page asks of the server (see gathering_routes.py).

import { packed } from "./outbox.js";

export class Server {
  constructor(key, language) {
    this.headers = key ? { "X-Set-Key": key } : {};
    this.language = language;
  }

  address(path, values = {}) {
    const url = new URL(`gather/${path}`, document.baseURI);
    url.search = new URLSearchParams({ language: this.language, ...values });
    return url;
  }

  // "kept", "again" or the sentence of a refusal.
  async send(category, pictures) {
    const answer = await this.post("pictures", packed(category, pictures));
    if (answer === null || [429, 502, 503, 504].includes(answer.status)) return "again";
    return answer.ok ? "kept" : await sentence(answer);
  }

  // "" or the sentence of a refusal; null without a connection.
  async change(values) {
    const answer = await this.post("change", JSON.stringify(values));
    if (answer === null) return null;
    return answer.ok ? "" : await sentence(answer);
  }

  // What is on the server, {refused: sentence}, or null where nothing is new or there is no connection.
  async state(have) {
    try {
      const answer = await fetch(this.address("state", { have }), { headers: this.headers });
      if (answer.status === 204) return null;
      return answer.ok ? await answer.json() : { refused: await sentence(answer) };
    } catch {
      return null;
    }
  }

  picture(id) {
    return this.address(`picture/${id}`).href;
  }

  async post(path, body) {
    try {
      return await fetch(this.address(path), { method: "POST", headers: this.headers, body });
    } catch {
      return null;
    }
  }
}

async function sentence(answer) {
  try {
    return (await answer.json()).error;
  } catch {
    return `${answer.status}`;
  }
}
