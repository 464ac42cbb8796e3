// @ts-check
import { ViewingEngine } from "./ViewingEngine.js";

/** @typedef {import("./EngineMessages.js").EngineCommand} EngineCommand */

/**
 * The part of a worker's global scope that this needs; its type and that of a page exclude each other.
 * @typedef {object} WorkerScope
 * @property {(message: any, transfer?: Transferable[]) => void} postMessage
 * @property {(event: { data: EngineCommand }) => void} onmessage
 * @property {() => void} close
 */

const workerScope = /** @type {WorkerScope} */ (/** @type {unknown} */ (globalThis));
const workerEngine = new ViewingEngine((report, transfer) => workerScope.postMessage(report, transfer ?? []));

/**
 * Does what the page says, and ends with it.
 * @param {{ data: EngineCommand }} event
 */
async function obey({ data }) {
    await workerEngine.handle(data);
    if (data.kind === "stop") workerScope.close();
}

workerScope.onmessage = obey;
workerScope.postMessage({ kind: "ready" });
