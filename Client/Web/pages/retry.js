// @ts-check
// A script that did not arrive, as when a phone changes its network, leaves a page empty: then the page is loaded
// again, three times at most. It is a script of its own, without imports, so that it is there when others are not.
{
    const attemptsKey = "p2plive.reloads";
    const attemptsMax = 3;
    const pauseMs = 1_500;
    let isReloading = false;
    addEventListener("load", () => setTimeout(() => {
        try {
            if (!isReloading) sessionStorage.removeItem(attemptsKey);
        } catch {
            // Nothing is kept here.
        }
    }, pauseMs));
    addEventListener("error", ({ target }) => {
        if (!(target instanceof HTMLScriptElement) || isReloading) return;
        isReloading = true;
        try {
            const attempts = Number(sessionStorage.getItem(attemptsKey));
            if (attempts >= attemptsMax) return;
            sessionStorage.setItem(attemptsKey, String(attempts + 1));
        } catch {
            // Without a count it might go on for ever.
            return;
        }
        setTimeout(() => {
            if (navigator.onLine) location.reload();
            else addEventListener("online", () => location.reload(), { once: true });
        }, pauseMs);
    }, true);
}
