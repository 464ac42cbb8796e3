// @ts-check
import { vectors } from "./vectors.js";
import { json, TestServer } from "./TestServer.js";

const tokens = vectors("tokens.json").cases.map(({ text }) => text);

/** A coordinate and a tracker in one, which speak just enough for one viewer. */
export class TestTracker {
    id = "00112233445566778899aabbccddeeff";
    token = tokens[0];
    /** What the next reports are answered with. */
    reportStatus = 200;
    joinStatus = 201;
    /** Headers of a refusal. */
    joinHeaders = {};
    isKnown = true;
    /** Whether streams of events open; polls are answered all the same. */
    opensStreams = true;
    /** Events since the join: `[name, fields]`; the first has the id 1. */
    events = [];
    #streams = new Set();

    static async open() {
        const made = new TestTracker();
        made.server = await TestServer.open({
            "GET /tracker": (_, response) => json(response, made.assignment),
            "POST /peers": (seen, response) => made.#join(seen, response),
            [`GET /peers/${made.id}/events`]: (seen, response) => made.#listen(seen, response),
            [`POST /peers/${made.id}/report`]: (seen, response) => made.#report(response),
            [`POST /peers/${made.id}/signal`]: (_, response) => response.writeHead(made.signalStatus ?? 202).end(),
            [`DELETE /peers/${made.id}`]: (_, response) => response.writeHead(204).end(),
        });
        return made;
    }

    close() {
        return this.server.close();
    }

    get url() {
        return this.server.url;
    }

    get assignment() {
        return {
            tracker: { name: "t1", region: "r", url: `${this.url}/` }, forwards: ["http://127.0.0.1:1"], region: "r",
            token: tokens[1], tokenExpiresAt: Date.now() + 60_000,
        };
    }

    get place() {
        return {
            id: this.id, token: this.token, tokenExpiresAt: Date.now() + 60_000, events: `/peers/${this.id}/events`,
            parents: [{ stripe: 0, forward: "any", depth: 1 }], children: [], ice: [], forwards: [], publicKey: "",
        };
    }

    /** Streams of events that are open. */
    get streams() {
        return this.#streams.size;
    }

    /** Joins, parsed. */
    get joins() {
        return this.server.asked("POST", "/peers").map(({ body }) => JSON.parse(body));
    }

    /** Reports, parsed. */
    get reported() {
        return this.server.asked("POST", `/peers/${this.id}/report`).map(({ body }) => JSON.parse(body));
    }

    /** Requests for events. */
    get listens() {
        return this.server.asked("GET", `/peers/${this.id}/events`);
    }

    /** Tells the viewer something that counts. */
    tell(name, fields) {
        this.events.push([name, fields]);
        const text = this.#text(this.events.length);
        for (const stream of this.#streams) stream.write(text);
    }

    /** Breaks the streams of events. */
    drop() {
        for (const stream of this.#streams) stream.destroy();
    }

    #text(id) {
        const [name, fields] = this.events[id - 1];
        return `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(fields)}\n\n`;
    }

    #join(_, response) {
        this.isKnown = this.joinStatus === 201;
        if (!this.isKnown) return response.writeHead(this.joinStatus, this.joinHeaders).end();
        this.events = [];
        return json(response, this.place, 201);
    }

    #listen({ headers, query }, response) {
        if (!this.isKnown || headers.authorization !== `Bearer ${this.token}`) return response.writeHead(404).end();
        const after = headers["last-event-id"];
        const begun = this.events.map((_, index) => index + 1).filter((id) => id > Number(after ?? 0));
        const text = begun.map((id) => this.#text(id)).join("");
        if (query.poll === "1") return response.writeHead(200).end(text);
        if (!this.opensStreams) return undefined;
        response.writeHead(200, { "Content-Type": "text/event-stream" }).write(`: hello\n\n${text}`);
        this.#streams.add(response);
        response.on("close", () => this.#streams.delete(response));
        return undefined;
    }

    #report(response) {
        const status = this.isKnown ? this.reportStatus : 404;
        if (status !== 200) return response.writeHead(status).end();
        return json(response, { token: this.token, tokenExpiresAt: Date.now() + 60_000 });
    }
}
