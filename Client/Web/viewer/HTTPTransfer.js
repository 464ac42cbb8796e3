// @ts-check

/**
 * @typedef {object} HTTPRequest what is asked of a service
 * @property {string} url absolute, http or https
 * @property {string} [method] GET unless said otherwise
 * @property {Record<string, string>} [headers] beside `Authorization`
 * @property {string} [body] text; without it none is sent
 * @property {string} [token] goes along as Bearer token. A browser then asks the service first whether it may
 *   (`OPTIONS`), which costs a round trip that `?token=` spares
 * @property {number} [connectTimeoutMs] milliseconds until the head of the answer; 0, as without it, sets no limit
 * @property {number} [timeoutMs] milliseconds for the whole exchange; 5,000 unless said otherwise, 0 sets no limit, for
 *   streams, whose silence their owner judges
 * @property {number} [bytesMax] most bytes of an answer that `sendRequest` collects; 4 MiB unless said otherwise
 * @property {AbortSignal} [signal] ends it early
 */

/**
 * @typedef {object} HTTPTransferDelegate who hears of an exchange; nothing is called any more once it is cancelled
 * @property {(status: number, retryAfterMs: number | null) => void} onHead the answer has begun. `retryAfterMs`: how
 *   long to wait before asking again (`Retry-After`), at most an hour
 * @property {(bytes: Uint8Array) => void} onBytes the next portion of its body, of any size
 * @property {(problem: string | null) => void} onEnd it is over, last of all; with what went wrong, if anything did
 */

/**
 * One exchange with a service, whose answer is handed on as it comes. No cookies, no caches, no redirections, and no
 * word of the page that asks. A connection that is refused, mixed content and a missing permission of the service
 * (CORS) all look the same to a page: a problem without a status.
 */
export class HTTPTransfer {
    static timeoutMs = 5_000;
    /** Longest pause in seconds that a service may ask for. */
    static retryAfterMax = 3_600;

    /**
     * Begins at once.
     * @param {HTTPRequest} request
     * @param {HTTPTransferDelegate} delegate
     * @param {import("./Clock.js").Clock} clock
     */
    constructor(request, delegate, clock) {
        this.request = request;
        this.delegate = delegate;
        this.abort = new AbortController();
        this.isOver = false;
        /** True when it ended because the answer took too long. */
        this.hasTimedOut = false;
        const { connectTimeoutMs = 0, timeoutMs = HTTPTransfer.timeoutMs, signal } = request;
        /** @type {(ms: number) => import("./Clock.js").Timer | null} */
        const limit = (ms) => (ms > 0 ? clock.after(ms, () => this.timedOut(ms)) : null);
        this.headTimer = limit(connectTimeoutMs);
        this.timer = limit(timeoutMs);
        this.onAbort = () => this.end("cancelled");
        if (signal?.aborted) queueMicrotask(this.onAbort);
        else signal?.addEventListener("abort", this.onAbort);
        void this.run();
    }

    /** Ends it. Nobody is told. */
    cancel() {
        if (this.isOver) return;
        this.isOver = true;
        this.headTimer?.cancel();
        this.timer?.cancel();
        this.request.signal?.removeEventListener("abort", this.onAbort);
        this.abort.abort();
    }

    /**
     * Ends it, and says so.
     * @param {string | null} problem
     */
    end(problem) {
        if (this.isOver) return;
        this.cancel();
        this.delegate.onEnd(problem);
    }

    /**
     * The answer takes too long.
     * @param {number} ms
     */
    timedOut(ms) {
        this.hasTimedOut = true;
        this.end(`no answer within ${ms} ms`);
    }

    /** The exchange, from the question to the last byte. */
    async run() {
        const response = await this.settled(this.ask());
        if (response === null || this.isOver) return;
        this.headTimer?.cancel();
        this.tell(() => this.delegate.onHead(response.status, HTTPTransfer.retryAfterMs(response.headers)));
        const reader = this.isOver ? null : response.body?.getReader() ?? null;
        while (reader !== null) {
            const portion = await this.settled(reader.read());
            if (portion === null || this.isOver) return;
            const { done, value } = portion;
            if (done) break;
            this.tell(() => this.delegate.onBytes(value));
            if (this.isOver) return;
        }
        this.end(null);
    }

    /** Asks. */
    async ask() {
        const { url, method = "GET", headers = {}, body, token } = this.request;
        return fetch(url, {
            method,
            headers: token === undefined ? headers : { ...headers, Authorization: `Bearer ${token}` },
            ...(body !== undefined && { body }),
            signal: this.abort.signal,
            mode: "cors",
            credentials: "omit",
            cache: "no-store",
            redirect: "error",
            referrerPolicy: "no-referrer",
        });
    }

    /**
     * What a promise comes to; null after a failure, of which the delegate has been told.
     * @template Value
     * @param {Promise<Value>} promise
     * @returns {Promise<Value | null>}
     */
    async settled(promise) {
        try {
            return await promise;
        } catch (error) {
            this.end(error instanceof Error ? error.message : String(error));
            return null;
        }
    }

    /**
     * Calls the delegate. Should it throw, which is a mistake in the viewer, the exchange does not stay behind.
     * @param {() => void} call
     */
    tell(call) {
        try {
            call();
        } catch (error) {
            this.cancel();
            throw error;
        }
    }

    /**
     * The pause that a service asks for; null when it asks for none, or for something that is no number of seconds.
     * @param {Headers} headers
     * @returns {number | null}
     */
    static retryAfterMs(headers) {
        const text = headers.get("Retry-After");
        if (text === null || !/^[0-9]{1,9}$/.test(text)) return null;
        return Math.min(HTTPTransfer.retryAfterMax, Number(text)) * 1_000;
    }
}
