// @ts-check
import { ViewingEngine } from "./ViewingEngine.js";

/**
 * The part of a worker's global scope that this needs; its type and that of a page exclude each other.
 * @typedef {object} WorkerScope
 * @property {(message: any, transfer?: Transferable[]) => void} postMessage
 * @property {(event: { data: import("./EngineMessages.js").EngineCommand }) => void} onmessage
 * @property {() => void} close
 */

const workerScope = /** @type {WorkerScope} */ (/** @type {unknown} */ (globalThis));
const workerEngine = new ViewingEngine((report, transfer) => workerScope.postMessage(report, transfer ?? []));
workerScope.onmessage = async (/** @type {{ data: import("./EngineMessages.js").EngineCommand }} */ event) => {
    await workerEngine.handle(event.data);
    if (event.data.kind === "stop") workerScope.close();
};
workerScope.postMessage({ kind: "ready" });
