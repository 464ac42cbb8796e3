// @ts-check
import { createServer } from "node:http";

/** A service on loopback that answers as the test says: `routes` by method and path, the latter without its query. */
export class TestServer {
    /** Requests that came, oldest first: method, path, query, headers, and the body as text. */
    requests = [];
    routes = {};
    #sockets = new Set();

    /** A server that listens on a port of its own. */
    static async open(routes = {}) {
        const made = new TestServer();
        made.routes = routes;
        made.server = createServer((request, response) => made.#answer(request, response));
        made.server.keepAliveTimeout = 0;
        made.server.on("connection", (socket) => {
            made.#sockets.add(socket);
            socket.on("close", () => made.#sockets.delete(socket));
        });
        await new Promise((resolve) => made.server.listen(0, "127.0.0.1", () => resolve(undefined)));
        made.url = `http://127.0.0.1:${made.server.address().port}`;
        return made;
    }

    /** Ends it, and what is open. */
    async close() {
        this.breakAll();
        if (this.server.listening) await new Promise((resolve) => this.server.close(resolve));
    }

    /** Breaks what is open, and goes on listening. */
    breakAll() {
        for (const socket of this.#sockets) socket.destroy();
    }

    /** Requests of one method and path. */
    asked(method, path) {
        return this.requests.filter((each) => each.method === method && each.path === path);
    }

    async #answer(request, response) {
        const url = new URL(request.url, "http://x");
        let body = "";
        for await (const portion of request) body += portion;
        const seen = {
            method: request.method, path: url.pathname, query: Object.fromEntries(url.searchParams),
            headers: request.headers, body,
        };
        this.requests.push(seen);
        response.on("error", () => {});
        const route = this.routes[`${request.method} ${url.pathname}`];
        if (route === undefined) return response.writeHead(404).end();
        return route(seen, response);
    }
}

/** Answers with JSON. */
export function json(response, fields, status = 200, headers = {}) {
    response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(fields));
}
