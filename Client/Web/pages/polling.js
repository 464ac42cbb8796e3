// @ts-check

/**
 * Does something at once and then again and again while the page is visible, never twice at a time.
 * @param {() => Promise<unknown>} task that does not throw
 * @param {number} everyMs
 */
export function whileVisible(task, everyMs) {
    let isBusy = false;
    let last = -Infinity;
    const run = async () => {
        if (isBusy || document.hidden || performance.now() - last < everyMs * 0.9) return;
        isBusy = true;
        last = performance.now();
        try {
            await task();
        } finally {
            isBusy = false;
        }
    };
    document.addEventListener("visibilitychange", () => void run());
    setInterval(() => void run(), everyMs);
    void run();
}

/**
 * The JSON at an address. Throws when there is none.
 * @param {string} url
 * @param {number} [timeoutMs]
 * @returns {Promise<unknown>}
 */
export async function fetchJSON(url, timeoutMs = 8_000) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), timeoutMs);
    try {
        const answer = await fetch(url, { signal: stop.signal, headers: { Accept: "application/json" } });
        if (!answer.ok) throw new Error(`status ${answer.status}`);
        return await answer.json();
    } finally {
        clearTimeout(timer);
    }
}
