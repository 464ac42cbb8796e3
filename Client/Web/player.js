// @ts-check
// The player for any page: `<script type="module" src="https://coordinate/player.js"></script>` defines `<p2p-live>`.
export * from "./element/P2PLiveElement.js";
export * from "./viewer/Viewer.js";
