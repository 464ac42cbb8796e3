// @ts-check

/**
 * @typedef {"playPause" | "mute" | "fullscreen" | "live" | "figures" | "help" | "close" | "louder"
 *   | "softer"} KeyCommand
 */

/** @type {Map<string, KeyCommand>} */
const keyCommands = new Map([
    [" ", "playPause"], ["k", "playPause"], ["m", "mute"], ["f", "fullscreen"], ["l", "live"], ["d", "figures"],
    ["?", "help"], ["Escape", "close"], ["ArrowUp", "louder"], ["ArrowDown", "softer"],
]);

/** What is to be known about keys, in the order in which it is shown. */
export const keyHelp = [
    ["Space or K", "Play or pause"],
    ["M", "Sound on or off"],
    ["↑ ↓", "Louder, softer"],
    ["L", "Jump to live"],
    ["F", "Full screen"],
    ["D", "Behind the picture: all figures"],
    ["?", "This list"],
    ["Esc", "Close"],
];

/**
 * What a key stands for; null where it belongs to what has the focus or to the browser.
 * @param {{ key: string, ctrlKey: boolean, metaKey: boolean, altKey: boolean }} event
 * @param {{ tag: string, type: string, isEditable: boolean }} focus
 * @returns {KeyCommand | null}
 */
export function keyCommand({ key, ctrlKey, metaKey, altKey }, { tag, type, isEditable }) {
    if (ctrlKey || metaKey || altKey) return null;
    const command = keyCommands.get(key.length === 1 ? key.toLowerCase() : key) ?? null;
    const isField = isEditable || tag === "TEXTAREA" || tag === "SELECT" || tag === "INPUT";
    const isToggle = tag === "INPUT" && (type === "checkbox" || type === "range");
    if (command === "close") return command;
    if (isField && !isToggle) return null;
    // A slider's own keys, and the key that presses a button, switch or link.
    if (key.startsWith("Arrow") && type === "range") return null;
    if (key === " " && (tag === "BUTTON" || tag === "A" || tag === "SUMMARY" || isToggle)) return null;
    return command;
}
