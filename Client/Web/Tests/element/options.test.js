// @ts-check
import assert from "node:assert/strict";
import test from "node:test";
import { decidesToGive, isMetered } from "../../element/giving.js";
import { keyCommand, keyHelp } from "../../element/keys.js";
import { bufferMilliseconds, displayName, isOn } from "../../element/options.js";

test("a buffer is a length of time within bounds", () => {
    assert.equal(bufferMilliseconds("3s"), 3_000);
    assert.equal(bufferMilliseconds("800ms"), 800);
    assert.equal(bufferMilliseconds("2"), 2_000);
    assert.equal(bufferMilliseconds(" 1.5 s "), 1_500);
    assert.equal(bufferMilliseconds("1ms"), 200);
    assert.equal(bufferMilliseconds("999999s"), 30_000);
    for (const text of [null, "", "s", "-3s", "3 m", "1e3", "3s3s", "٣s", "0x10"]) {
        assert.equal(bufferMilliseconds(text), undefined, String(text));
    }
});

test("a switch is on unless it is told off", () => {
    for (const text of [null, "", "on", "true", "yes"]) assert.ok(isOn(text));
    for (const text of ["off", "OFF", " false ", "no", "0"]) assert.ok(!isOn(text));
});

test("a stream is shown by the last part of its address", () => {
    assert.equal(displayName("http://host:8080/live"), "live");
    assert.equal(displayName("http://host:8080/watch/show/?p2p=0"), "show");
    assert.equal(displayName("http://host:8080/"), "");
    assert.equal(displayName("no address"), "");
    assert.equal(displayName("http://host/%E0%A4%A"), "");
});

test("who pays by volume takes and does not give, until the visitor decides", () => {
    assert.ok(isMetered({ saveData: true }));
    assert.ok(isMetered({ type: "cellular" }));
    assert.ok(isMetered({ metered: true }));
    assert.ok(!isMetered({ type: "wifi", saveData: false }));
    assert.ok(!isMetered(undefined));
    assert.ok(!decidesToGive({ chosen: null, isAllowed: true, isMetered: true }));
    assert.ok(decidesToGive({ chosen: true, isAllowed: true, isMetered: true }));
    assert.ok(decidesToGive({ chosen: true, isAllowed: false, isMetered: false }));
    assert.ok(!decidesToGive({ chosen: false, isAllowed: true, isMetered: false }));
    assert.ok(!decidesToGive({ chosen: null, isAllowed: false, isMetered: false }));
    assert.ok(decidesToGive({ chosen: null, isAllowed: true, isMetered: false }));
});

const plain = { ctrlKey: false, metaKey: false, altKey: false };
const nowhere = { tag: "DIV", type: "", isEditable: false };

test("keys do what the list says", () => {
    const command = (/** @type {string} */ key, focus = nowhere) => keyCommand({ key, ...plain }, focus);
    assert.equal(command(" "), "playPause");
    assert.equal(command("K"), "playPause");
    assert.equal(command("d"), "figures");
    assert.equal(command("ArrowUp"), "louder");
    assert.equal(command("?"), "help");
    assert.equal(command("constructor"), null);
    assert.equal(command("x"), null);
    assert.equal(keyHelp.length, new Set(keyHelp.map(([, meaning]) => meaning)).size);
});

test("keys are left to what has the focus and to the browser", () => {
    const on = (/** @type {string} */ key, /** @type {string} */ tag, type = "", isEditable = false) =>
        keyCommand({ key, ...plain }, { tag, type, isEditable });
    assert.equal(on(" ", "BUTTON"), null);
    assert.equal(on(" ", "INPUT", "checkbox"), null);
    assert.equal(on("ArrowUp", "INPUT", "range"), null);
    assert.equal(on("m", "INPUT", "range"), "mute");
    assert.equal(on("m", "INPUT", "text"), null);
    assert.equal(on("m", "P", "", true), null);
    assert.equal(on("Escape", "INPUT", "text"), "close");
    assert.equal(on("m", "BUTTON"), "mute");
    for (const modifier of ["ctrlKey", "metaKey", "altKey"]) {
        assert.equal(keyCommand({ key: "f", ...plain, [modifier]: true }, nowhere), null);
    }
});
