// @ts-check

/**
 * @typedef {import("./EngineMessages.js").EngineCommand} EngineCommand
 * @typedef {import("./EngineMessages.js").EngineReport} EngineReport
 */

/** Before an engine that could not be loaded is asked for again, doubled each time, and at most, in milliseconds. */
const loadAgainMs = 1_000;
const loadAgainMsMax = 10_000;
/** A worker that has not said anything by then never will, in milliseconds: a policy may forbid it without an error. */
const workerPatienceMs = 4_000;

/**
 * Where the engine runs: in a worker, or on the page where the site's policy, or the browser, forbids that.
 *
 * A worker can only be made of the page's own origin, and the player comes from the coordinate's: so a blob that
 * imports the engine by its URL starts it.
 */
export class EngineHost {
    /**
     * @param {(report: EngineReport) => void} onReport
     * @param {(what: string) => void} onProblem the engine could not be loaded; it goes on trying
     */
    constructor(onReport, onProblem) {
        this.onReport = onReport;
        this.onProblem = onProblem;
        this.failures = 0;
        this.isStopped = false;
        /**
         * Null until it is decided.
         * @type {boolean | null}
         */
        this.isWorker = null;
        /** @type {Worker | null} */
        this.worker = null;
        /** @type {import("./ViewingEngine.js").ViewingEngine | null} */
        this.engine = null;
        /** @type {{ command: EngineCommand, transfer: Transferable[] }[]} */
        this.waiting = [];
        /** @type {ReturnType<typeof setTimeout> | undefined} */
        this.patience = undefined;
        this.startWorker();
    }

    /**
     * Tells the engine something.
     * @param {EngineCommand} command
     * @param {Transferable[]} transfer
     */
    post(command, transfer = []) {
        if (this.isWorker === null) this.waiting.push({ command, transfer });
        else if (this.worker !== null) this.worker.postMessage(command, transfer);
        else this.engine?.handle(command);
    }

    /** Ends it; a worker says good-bye to others first. */
    stop() {
        this.isStopped = true;
        this.post({ kind: "stop" });
        clearTimeout(this.patience);
    }

    /**
     * The coordinate does not give the engine out: it is away, or has got another version meanwhile.
     * @param {unknown} error
     */
    failed(error) {
        this.onProblem(`the player cannot be loaded: ${error instanceof Error ? error.message : error}`);
        const pauseMs = Math.min(loadAgainMs * 2 ** this.failures, loadAgainMsMax);
        this.failures += 1;
        if (!this.isStopped) this.patience = setTimeout(() => this.startWorker(), pauseMs);
        return null;
    }

    startWorker() {
        try {
            const text = `import ${JSON.stringify(new URL("./engineWorker.js", import.meta.url).href)};`;
            const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
            const worker = new Worker(address, { type: "module" });
            const giveUp = () => {
                worker.terminate();
                URL.revokeObjectURL(address);
                this.decide(null);
            };
            worker.onerror = (event) => {
                if (this.isWorker !== null) return;
                event.preventDefault();
                giveUp();
            };
            worker.onmessage = ({ data }) => {
                if (data.kind === "ready") {
                    URL.revokeObjectURL(address);
                    this.decide(worker);
                } else this.onReport(data);
            };
            this.patience = setTimeout(giveUp, workerPatienceMs);
        } catch {
            this.decide(null);
        }
    }

    /** @param {Worker | null} worker null to run on the page */
    async decide(worker) {
        clearTimeout(this.patience);
        if (this.isWorker !== null) return;
        if (worker === null && this.engine === null) {
            const module = await import("./ViewingEngine.js").catch((error) => this.failed(error));
            if (module === null || this.isWorker !== null) return;
            const { ViewingEngine } = module;
            this.engine = new ViewingEngine((report) => {
                // Never within a call of the engine's own: it expects answers later, as a worker gets them.
                queueMicrotask(() => this.onReport(report));
            });
        }
        this.worker = worker;
        this.isWorker = worker !== null;
        const { waiting } = this;
        this.waiting = [];
        for (const { command, transfer } of waiting) this.post(command, transfer);
    }
}
