// @ts-check
import { make, setAttributes, setText } from "../element/dom.js";
import { fetchJSON, whileVisible } from "./polling.js";
import { embeddingText, publishingAddress, publishingWays } from "./publishing.js";
import { StreamCard } from "./StreamCard.js";
import { isStreamName, readStreams, summaryText } from "./streamList.js";

const listMs = 5_000;
const pictureMs = 10_000;

/** @param {string} id */
const byID = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @type {Map<string, StreamCard>} */
const cards = new Map();

/** Cards that are on the screen or next to it: only theirs are the pictures that are fetched. */
const nearby = new Set();
const nearness = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
        if (isIntersecting) nearby.add(target);
        else nearby.delete(target);
    }
    void updatePictures((card) => card.picture === null);
}, { rootMargin: "200px" });

/**
 * Fetches pictures one after another, as each is made for whoever asks.
 * @param {(card: StreamCard) => boolean} isWanted
 */
async function updatePictures(isWanted) {
    for (const card of [...cards.values()]) {
        if (nearby.has(card.element) && isWanted(card)) await card.refresh();
    }
}

/** Shows what is live by now. */
async function updateList() {
    let streams;
    try {
        streams = readStreams(await fetchJSON("/streams"));
    } catch {
        setText(byID("summary"), navigator.onLine ? "The server does not answer; trying again…" : "You are offline");
        return;
    }
    const now = Date.now();
    for (const [name, card] of cards) {
        if (streams.some((stream) => stream.name === name)) continue;
        card.element.remove();
        nearness.unobserve(card.element);
        nearby.delete(card.element);
        cards.delete(name);
    }
    const list = byID("streams");
    for (const [index, stream] of streams.entries()) {
        const known = cards.get(stream.name);
        const card = known ?? new StreamCard(stream.name);
        cards.set(stream.name, card);
        card.show(stream, now);
        if (list.children[index] !== card.element) list.insertBefore(card.element, list.children[index] ?? null);
        if (known === undefined) nearness.observe(card.element);
    }
    list.classList.toggle("few", streams.length === 2);
    list.classList.toggle("one", streams.length === 1);
    byID("empty").hidden = streams.length > 0;
    setText(byID("summary"), summaryText(streams));
}

/** The commands that publish a stream here. */
function showPublishing() {
    const field = /** @type {HTMLInputElement} */ (byID("name"));
    let way = publishingWays[0];
    const update = () => {
        const isGood = isStreamName(field.value);
        setAttributes(field, { "aria-invalid": String(!isGood) });
        setText(byID("nameproblem"), isGood ? "" : "1 to 64 letters, digits, dots, dashes");
        const name = isGood ? field.value : "NAME";
        // A line ends between words, never within one.
        const words = way.command(publishingAddress(location.origin, name)).split(" ");
        byID("command").replaceChildren(...words.flatMap((word, index) => [
            index === 0 ? "" : " ", make("span", {}, word),
        ]));
        setText(byID("hint"), way.hint);
        setText(byID("embed"), embeddingText(location.origin, name));
        for (const [index, button] of [...byID("kinds").children].entries()) {
            setAttributes(button, { "aria-pressed": String(publishingWays[index] === way) });
        }
    };
    byID("kinds").append(...publishingWays.map((each) => {
        const button = make("button", { type: "button" }, each.title);
        button.addEventListener("click", () => {
            way = each;
            update();
        });
        return button;
    }));
    field.addEventListener("input", update);
    for (const [button, text] of [["copy", "command"], ["copyembed", "embed"]]) {
        byID(button).addEventListener("click", async () => {
            const isCopied = await copiedFrom(byID(text));
            setText(byID(button), isCopied ? "Copied" : "Selected");
            setTimeout(() => setText(byID(button), "Copy"), 1_600);
        });
    }
    update();
}

/**
 * Copies the text of an element; where the page may not, it is selected at least.
 * @param {HTMLElement} element
 */
async function copiedFrom(element) {
    try {
        await navigator.clipboard.writeText(element.textContent ?? "");
        return true;
    } catch {
        const range = document.createRange();
        range.selectNodeContents(element);
        getSelection()?.removeAllRanges();
        getSelection()?.addRange(range);
        return document.execCommand("copy");
    }
}

showPublishing();
whileVisible(updateList, listMs);
whileVisible(() => updatePictures(() => true), pictureMs);
