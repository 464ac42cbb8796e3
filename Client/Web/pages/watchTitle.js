// @ts-check

/** @type {Partial<Record<import("../viewer/ViewerTypes.js").ViewerState, string>>} */
const titleWords = {
    starting: "Joining", rebuffering: "Catching up", paused: "Paused", waiting: "Waiting", ended: "Ended",
    unknown: "Not live", unreachable: "No connection", unsupported: "Cannot be played", stopped: "Stopped",
};

/**
 * The title of a page that shows a stream: how it stands comes first, as tabs are narrow.
 * @param {string} name
 * @param {import("../viewer/ViewerTypes.js").ViewerState} state
 * @returns {string}
 */
export function watchTitle(name, state) {
    const word = titleWords[state];
    return word === undefined ? `● ${name} · p2plive` : `${word} · ${name} · p2plive`;
}

/**
 * What the address of a watch page asks for, as attributes of the player.
 * @param {URLSearchParams} query
 * @returns {Record<string, string>}
 */
export function watchAttributes(query) {
    /** @type {Record<string, string>} */
    const attributes = {};
    if (query.get("p2p") === "0") attributes.p2p = "off";
    if (query.get("give") === "0") attributes.give = "off";
    if (query.get("relay") === "1") attributes["relay-only"] = "";
    const buffer = query.get("buffer");
    if (buffer !== null) attributes.buffer = buffer.slice(0, 20);
    return attributes;
}
