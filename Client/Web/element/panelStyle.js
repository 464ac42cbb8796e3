// @ts-check

/** How the panel with all figures looks. */
export const panelStyle = `
.panel {
    position: absolute; top: 0; right: 0; bottom: 0; width: 396px; max-width: 100%; display: flex;
    flex-direction: column; background: #10161c; border-left: 1px solid var(--line); user-select: text; z-index: 2;
    font-size: 14px;
}
.panel > header { display: flex; align-items: center; gap: 4px; padding: 8px 8px 8px 20px; flex: none; }
.panel h2 { font-size: 16px; font-weight: 650; margin: 0; flex: 1; letter-spacing: -0.01em; }
.panel .scroll {
    overflow: auto; overscroll-behavior: contain; padding: 0 20px max(24px, env(safe-area-inset-bottom)); flex: 1;
    scrollbar-width: thin; scrollbar-color: #3a4854 transparent; outline: none;
}
.panel section { padding: 16px 0; border-top: 1px solid var(--line); }
.panel section:first-child { border-top: 0; padding-top: 4px; }
.panel h3 {
    margin: 0 0 10px; font-size: 12.5px; font-weight: 600; color: var(--soft); letter-spacing: 0.01em;
}
.panel .word { display: flex; align-items: center; gap: 7px; font: inherit; font-size: 13px; font-weight: 600;
    min-height: 44px; padding: 0 10px; }
.panel .word .icon { width: 19px; height: 19px; }
@media (hover: hover) { .panel .word:hover { background: var(--lift); } }
.share { display: flex; align-items: center; gap: 18px; }
.donut { width: 116px; height: 116px; flex: none; }
.donut circle { fill: none; stroke-width: 11; }
.donut .arc { transition: stroke-dasharray 500ms ease; }
.donut text { fill: var(--text); text-anchor: middle; font-weight: 660; font-size: 23px; letter-spacing: -0.02em; }
.donut .under { font-size: 9.5px; font-weight: 500; fill: var(--soft); letter-spacing: 0; }
.legend { list-style: none; margin: 0; padding: 0; display: grid; gap: 8px; flex: 1; min-width: 0; }
.legend li { display: grid; grid-template-columns: 10px 1fr auto; gap: 9px; align-items: center; }
.legend .dot { width: 10px; height: 10px; border-radius: 3px; }
.legend .value, .tile .value, td.number, .facts dd { font-variant-numeric: tabular-nums; }
.legend .value { font-weight: 600; white-space: nowrap; }
.legend .label { color: var(--soft); }
.area { width: 100%; height: 92px; display: block; margin-top: 16px; }
.axis { display: flex; justify-content: space-between; color: #92a0ab; font-size: 11.5px; margin-top: 4px; }
.tiles { display: grid; grid-template-columns: 1fr 1fr; gap: 16px 22px; }
.tile .label { color: var(--soft); font-size: 12.5px; }
.tile .value { font-size: 20px; font-weight: 640; letter-spacing: -0.015em; line-height: 1.3; }
.tile .aside { color: #92a0ab; font-size: 12px; }
.spark { width: 100%; height: 30px; display: block; margin-top: 5px; }
.picture { width: 100%; height: 214px; display: block; overflow: visible; }
.picture .link {
    fill: none; stroke-width: 2.2; opacity: 0.9; stroke-dasharray: 5 5; animation: flow 1s linear infinite;
}
@keyframes flow { to { stroke-dashoffset: -20; } }
.picture .node { fill: #1d2831; stroke: #51626f; stroke-width: 1.4; }
.picture .you { fill: #f4f7f8; stroke: none; }
.picture text { font-size: 10.5px; fill: var(--soft); text-anchor: middle; }
.picture .label { font-weight: 600; fill: var(--text); }
.picture .onyou { fill: #0b1116; font-weight: 680; font-size: 11px; }
.swatches { display: flex; gap: 14px; flex-wrap: wrap; color: var(--soft); font-size: 12px; margin-top: 8px; }
.swatches span { display: flex; gap: 6px; align-items: center; }
.swatches i { width: 14px; height: 3px; border-radius: 2px; }
.tablewrap { overflow-x: auto; margin: 0 -20px; padding: 0 20px; }
.panel table { border-collapse: collapse; width: 100%; font-size: 12.5px; }
.panel th { text-align: left; font-weight: 500; color: #92a0ab; padding: 0 8px 6px 0; white-space: nowrap; }
.panel td { padding: 7px 8px 7px 0; border-top: 1px solid var(--line); white-space: nowrap; vertical-align: top; }
.panel td small { display: block; color: #92a0ab; font-size: 11.5px; }
.panel td:last-child, .panel th:last-child { padding-right: 0; }
.panel td.number, .panel th.number { text-align: right; }
.panel code { font: 12px ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
.chips { display: inline-flex; gap: 3px; }
.chips i { width: 9px; height: 9px; border-radius: 2.5px; }
.empty { color: var(--soft); margin: 0; }
.facts { display: grid; grid-template-columns: auto 1fr; gap: 6px 16px; margin: 0; font-size: 13px; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; text-align: right; overflow-wrap: anywhere; }
.give { display: grid; grid-template-columns: 1fr auto; gap: 2px 16px; align-items: center; cursor: pointer; }
.give .label { font-weight: 600; }
.give .explains { grid-column: 1 / -1; color: var(--soft); font-size: 13px; }
.give input {
    appearance: none; width: 48px; height: 44px; margin: -6px 0; position: relative; cursor: pointer; flex: none;
    border-radius: 12px;
}
.give input::before {
    content: ""; position: absolute; left: 0; top: 8px; width: 48px; height: 28px; border-radius: 14px;
    background: #5b6a76; transition: background var(--ease);
}
.give input::after {
    content: ""; position: absolute; left: 3px; top: 11px; width: 22px; height: 22px; border-radius: 50%;
    background: #fff; transition: transform var(--ease);
}
.give input:checked::before { background: #12927f; }
.give input:checked::after { transform: translateX(20px); }
.give input:disabled { opacity: 0.45; cursor: default; }
@media (forced-colors: active) {
    .give input::before { border: 1px solid ButtonText; }
    .give input::after { background: ButtonText; forced-color-adjust: none; }
}
@container player (max-width: 820px) {
    .panel {
        top: auto; left: 0; width: auto; height: min(68%, 640px); border-left: 0; border-radius: 20px 20px 0 0;
        box-shadow: 0 -14px 50px rgb(0 0 0 / 0.55);
    }
    .frame.open video { width: 100%; height: calc(100% - min(68%, 640px)); }
    .frame.open .bar, .frame.open .caption, .frame.open .pill { display: none; }
    .frame.open .big { display: none; }
    .frame.open .veil { bottom: min(68%, 640px); padding: 56px 20px 16px; }
}
@container player (max-width: 820px) and (max-height: 480px) {
    .panel { height: 100%; border-radius: 0; }
}
`;
